"""Checkpoints: safetensors and a JSON card, whole or not there; the only file that saves weights.

A checkpoint is a folder: `card.json` names the tensor files beside it by their SHA-256. The card
is replaced last, so a kill at any moment leaves either the old checkpoint or the new one. What
a run never changes is a part of its own, "frozen": one file, linked into each of its checkpoints.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

from core.optim import Optimizers

Tensors = dict[str, torch.Tensor]
FROZEN = "frozen"
WAY_ON = ": use another checkpoint, or train the net again"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old bytes or the new ones, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def give(file: Path, name: Path) -> None:
    """A second name for a file that is never changed; a copy where the disk knows no links.

    Raises:
        OSError: there is no such file, or no room for a copy.
    """
    try:
        os.link(file, name)
    except FileExistsError:
        return
    except OSError:
        write_whole(name, file.read_bytes())


def packed(tensors: Tensors) -> bytes:
    """Tensors as the bytes of a safetensors file."""
    # safetensors refuses views and channels-last strides; a plain copy has neither.
    return save({k: v.detach().cpu().contiguous() for k, v in tensors.items()})


def put(folder: Path, part: str, data: bytes) -> dict[str, Any]:
    """Write one packed part into `folder`; what a card says of it.

    Raises:
        OSError: disk full or not writable.
    """
    digest = hashlib.sha256(data).hexdigest()
    file = f"{part}-{digest[:16]}.safetensors"
    if not (folder / file).exists():
        write_whole(folder / file, data)
    return {"file": file, "sha256": digest, "bytes": len(data)}


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a checkpoint.

    Raises:
        ValueError: there is no checkpoint, or its card is damaged.
    """
    try:
        card = json.loads((folder / "card.json").read_bytes())
    except FileNotFoundError:
        raise ValueError(f"there is no checkpoint {folder.name!r} in this run") from None
    except ValueError:
        raise ValueError(f"the card of checkpoint {folder.name!r} is damaged{WAY_ON}") from None
    return dict(card)


def load_part(folder: Path, part: str, card: Mapping[str, Any] | None = None) -> Tensors:
    """The tensors of one part ("model", "optimizer"), checked against their SHA-256.

    Those that the part has in common with others of its run are among them.

    Raises:
        ValueError: missing, damaged, or not finite.
    """
    card = card or read_card(folder)
    entry = file_of(folder, part, card)
    try:
        tensors = _read(folder, part, entry)
        if rest := entry.get("rest"):
            tensors = _read(folder, rest, file_of(folder, rest, card)) | tensors
        return tensors
    except FileNotFoundError:
        fresh = read_card(folder)  # a newer checkpoint took its place between the two reads
        if fresh["files"].get(part) == entry:
            raise ValueError(f"checkpoint {folder.name!r} lost its {part} file{WAY_ON}") from None
        return load_part(folder, part, fresh)


def _read(folder: Path, part: str, entry: Mapping[str, Any]) -> Tensors:
    data = (folder / entry["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise ValueError(f"the {part} file of checkpoint {folder.name!r} is damaged{WAY_ON}")
    try:
        return dict(load(data))
    except SafetensorError:
        raise ValueError(
            f"the {part} file of checkpoint {folder.name!r} is not valid safetensors{WAY_ON}"
        ) from None


def file_of(folder: Path, part: str, card: Mapping[str, Any]) -> dict[str, Any]:
    """What the card says of a part's file: its name, SHA-256 and bytes.

    Raises:
        ValueError: the checkpoint has no such part, or the card is damaged.
    """
    entry = card["files"].get(part)
    if entry is None:
        raise ValueError(f"checkpoint {folder.name!r} holds no {part} state{WAY_ON}")
    if Path(entry["file"]).name != entry["file"]:
        raise ValueError(f"the card of checkpoint {folder.name!r} is damaged{WAY_ON}")
    return dict(entry)


def load_tensor(folder: Path, part: str, name: str, card: Mapping[str, Any]) -> torch.Tensor:
    """One tensor of a part, read alone: quick, for looking only, as nothing checks its SHA-256.

    Raises:
        FileNotFoundError: a newer checkpoint took this one's place.
        ValueError: damaged, or it has no such tensor.
    """
    rest = file_of(folder, part, card).get("rest")
    if rest and name in names_in(folder, rest, card):
        part = rest
    path = folder / file_of(folder, part, card)["file"]
    try:
        with safe_open(path, framework="pt") as tensors:
            return tensors.get_tensor(name)  # type: ignore[no-any-return]
    except SafetensorError:
        said = f"checkpoint {folder.name!r} has no readable tensor {name}{WAY_ON}"
        raise ValueError(said) from None


def names_in(folder: Path, part: str, card: Mapping[str, Any]) -> set[str]:
    """Names of the tensors in one part's own file.

    Raises:
        FileNotFoundError: a newer checkpoint took this one's place.
        ValueError: damaged.
    """
    try:
        with safe_open(folder / file_of(folder, part, card)["file"], framework="pt") as tensors:
            return set(tensors.keys())
    except SafetensorError:
        said = f"the {part} file of checkpoint {folder.name!r} is damaged{WAY_ON}"
        raise ValueError(said) from None


def load_model(model: torch.nn.Module, tensors: Tensors) -> None:
    """Put weights into a model: all or nothing.

    Raises:
        ValueError: a name or shape differs, or a value is not finite; the model is untouched.
    """
    needed = model.state_dict()
    for name in sorted(needed.keys() | tensors.keys()):
        ours = tuple(needed[name].shape) if name in needed else None
        theirs = tuple(tensors[name].shape) if name in tensors else None
        if ours != theirs:
            raise ValueError(f"the weights do not fit: {name} is {theirs}, needed is {ours}")
        if tensors[name].is_floating_point() and not tensors[name].float().isfinite().all():
            raise ValueError(f"the weights hold values that are not finite, in {name}")
    with torch.no_grad():  # by hand: some classes want versions that safetensors do not hold
        for name, tensor in tensors.items():
            needed[name].copy_(tensor)


def pack(optimizers: Optimizers) -> Tensors:
    """The optimisers' state as named tensors: `<optimiser>.<parameter>.<field>`."""
    memory: Tensors = {}
    for o, optimizer in enumerate(optimizers):
        state = optimizer.state_dict()["state"]
        for index, fields in state.items():
            for field, value in fields.items():
                memory[f"{o}.{index}.{field}"] = torch.as_tensor(value)
    return memory


def unpack(optimizers: Optimizers, memory: Tensors) -> None:
    """Give packed state back to optimisers built from the same config."""
    for o, optimizer in enumerate(optimizers):
        params = [p for group in optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, Any]] = {}
        for name, tensor in memory.items():
            owner, index, field = name.split(".", 2)
            if int(owner) != o:
                continue
            like = params[int(index)]
            # Fused steps walk memory, not indices: the state must lie as its parameter does.
            own = torch.empty_like(like) if tensor.shape == like.shape else tensor.clone()
            state.setdefault(int(index), {})[field] = own.detach().copy_(tensor)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
