"""Pictures that people bring: files and photographs, decoded apart, one of them looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from PIL import Image

from core.centre import Centred, centre, on_paper
from core.imaging import BadPicture, display_name
from core.opinions import ask
from pages.ui import shots
from pages.ui.asking import Asked, decoders, draws
from pages.ui.words import plain, t

FILE = "predict.file"
MOST = 12  # files at once; more go another way


@dataclass(frozen=True)
class Subject:
    """What nets are asked about; truth is its class where that is known.

    name tells it from others, centred is how a drawing was fitted, notes are what was done to a
    file on the way in.
    """

    image: Image.Image
    name: str
    truth: str = ""
    centred: Centred | None = None
    notes: tuple[str, ...] = ()


def upload(asked: Sequence[Asked]) -> Subject | None:
    """Files dropped here; where there are several, one of them is looked at."""
    decoders()
    files = st.file_uploader(
        t("predict.upload"),
        accept_multiple_files=True,
        key="predict.files",
        max_upload_size=20,
        help=t("predict.upload_help"),
    )
    if len(files) > MOST:
        st.caption(t("predict.upload_most", most=MOST))
    known = _looked_at(files[:MOST], asked[0])
    good = [one for one in known if not one["problem"]]
    for one in known:
        if one["problem"]:
            st.error(plain(one["problem"]), icon=":material/broken_image:")
    if not good:
        return None
    names = [one["name"] for one in good]
    chosen = st.session_state.get(FILE)
    chosen = chosen if chosen in names else names[0]
    if len(good) > 1:
        chosen = shots.choice(good, chosen, t("predict.upload_which"), "predict.brought")
    st.session_state[FILE] = chosen
    brought = _decoded(next(file for file in files if file.file_id == chosen))
    return _paper(brought, draws(asked), usual=False)


def _paper(brought: Subject | None, digits: bool, usual: bool) -> Subject | None:
    """For nets that know digits: the ink of a photographed one, fitted like a drawn one."""
    if brought is None or not digits:
        return brought
    if not st.toggle(
        t("predict.paper"), value=usual, key=f"predict.paper.{usual}", help=t("predict.paper_help")
    ):
        return brought
    fitted = centre(on_paper(brought.image))
    if fitted is None:
        st.caption(t("predict.paper_none"))
        return brought
    return replace(brought, image=Image.fromarray(fitted.picture), centred=fitted)


def _looked_at(files: Sequence[Any], first: Asked) -> list[dict[str, str]]:
    """Each file as a small picture with the first net's answer, or what is wrong with it."""
    kept: dict[str, dict[str, str]] = st.session_state.setdefault("predict.looks", {})
    asker = f"{first.net.source} {id(first.predictor)}"
    for gone in kept.keys() - {file.file_id for file in files}:
        del kept[gone]
    for file in files:
        if (known := kept.get(file.file_id)) and known["asker"] in (asker, ""):
            continue
        told = {"name": file.file_id, "note": display_name(file.name), "problem": "", "asker": ""}
        try:
            image = decoders().open(file.getvalue(), file.name)
            answer = ask(first.predictor, image).answer
            kept[file.file_id] = told | {
                "source": shots.thumbnail(image),
                "text": answer,
                "asker": asker,
            }
        except BadPicture as problem:
            kept[file.file_id] = told | {"problem": str(problem)}
    return [kept[file.file_id] for file in files]


def _decoded(file: Any) -> Subject | None:
    """The picture that is looked at; only one is held."""
    held = st.session_state.get("predict.held")
    if held is None or held[0] != file.file_id:
        try:
            held = (file.file_id, decoders().open(file.getvalue(), file.name))
        except BadPicture as problem:
            st.error(plain(str(problem)), icon=":material/broken_image:")
            return None
        st.session_state["predict.held"] = held
    image = held[1]
    notes = tuple(t(f"predict.note.{note}") for note in image.info["notes"])
    return Subject(image, display_name(file.name), notes=notes)


def photo(digits: bool) -> Subject | None:
    """A picture of the camera."""
    decoders()
    taken = st.camera_input(t("predict.camera"), key="predict.camera", resolution="480p")
    st.caption(t("predict.camera_why"))
    return None if taken is None else _paper(_decoded(taken), digits, usual=True)
