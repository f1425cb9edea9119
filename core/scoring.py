"""Pictures in class folders → the arrays and labels that a net is judged by."""

from dataclasses import dataclass
from pathlib import Path

import torch

from core import imaging
from core.inference import Predictor


@dataclass(frozen=True)
class Labelled:
    """Pictures (n, c, h, w) uint8 with labels (n), and what had to be left out."""

    images: torch.Tensor
    labels: torch.Tensor
    skipped: tuple[str, ...]


def from_folders(predictor: Predictor, folder: Path) -> Labelled:
    """Read `folder/<class>/<picture>`; class names must be the net's own.

    Raises:
        ValueError: no class folders, an unknown class, or no readable picture.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: give one with a sub-folder per class")
    known = {name.casefold(): index for index, name in enumerate(predictor.classes)}
    arrays, labels, skipped = [], [], []
    for sub in sorted(path for path in folder.iterdir() if path.is_dir()):
        if sub.name.casefold() not in known:
            raise ValueError(
                f"folder {sub.name!r} is no class of this net: "
                f"its classes are {', '.join(predictor.classes)}"
            )
        for path in sorted(path for path in sub.iterdir() if path.is_file()):
            try:
                picture = imaging.open_picture(path, path.name)
            except ValueError as problem:
                skipped.append(str(problem))
                continue
            arrays.append(predictor.tensor(picture))
            labels.append(known[sub.name.casefold()])
    if not arrays:
        raise ValueError(f"{folder} holds no picture in class folders")
    return Labelled(torch.stack(arrays), torch.tensor(labels), tuple(skipped))
