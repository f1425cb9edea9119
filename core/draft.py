"""A checkpoint taken while the net is at rest, to be written while it learns on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checkpoint import FROZEN, Tensors, packed, put, write_whole
from core.frozen import Frozen


@dataclass(frozen=True)
class Draft:
    """A checkpoint in memory: its card, and its parts as the bytes of their files.

    leaning: the parts that leave out what lies in the frozen part's own file.
    """

    card: Mapping[str, Any]
    parts: Mapping[str, bytes]
    leaning: frozenset[str] = frozenset()
    frozen: Frozen | None = None

    def write(self, folder: Path) -> dict[str, Any]:
        """Write parts and card into `folder`; the card as written is returned.

        Raises:
            OSError: disk full or not writable; what was there before is untouched.
        """
        files: dict[str, Any] = {}
        if self.frozen is not None and self.frozen.tensors:
            files[FROZEN] = self.frozen.lay(folder)
        for name, data in self.parts.items():
            files[name] = put(folder, name, data)
            if name in self.leaning:
                files[name]["rest"] = FROZEN
        written = {**self.card, "files": files}
        write_whole(folder / "card.json", json.dumps(written).encode())
        kept = {entry["file"] for entry in files.values()}
        for old in folder.glob("*.safetensors"):
            if old.name not in kept:
                old.unlink(missing_ok=True)
        return written


def draft(
    card: Mapping[str, Any], parts: Mapping[str, Tensors], frozen: Frozen | None = None
) -> Draft:
    """Take down `parts` (name → tensors) as they are now.

    frozen: tensors that are left out of the parts and lie in a file of their own, written before.
    """
    own = {
        name: tensors if frozen is None or name == "optimizer" else frozen.without(tensors)
        for name, tensors in parts.items()
    }
    leaning = frozenset(name for name in parts if len(own[name]) < len(parts[name]))
    return Draft(card, {name: packed(tensors) for name, tensors in own.items()}, leaning, frozen)


def save_checkpoint(
    folder: Path, card: Mapping[str, Any], parts: Mapping[str, Tensors]
) -> dict[str, Any]:
    """Write `parts` (name → tensors) and the card into `folder`; the card as written is returned.

    Raises:
        OSError: disk full or not writable; what was there before is untouched.
    """
    return draft(card, parts).write(folder)
