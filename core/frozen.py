"""What a run never changes in its net: found once, written once, shared by all its checkpoints."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch import equal, nn

from core.checkpoint import FROZEN, Tensors, give, names_in, packed, put, read_card


def at_rest(model: nn.Module) -> Iterator[str]:
    """Names of the tensors in a net's state dict that training leaves as they are.

    These are parameters that ask for no gradient, and the running statistics of modules that stay
    in eval mode while the others train. The net is put into training mode.
    """
    model.train()
    kept = model.state_dict()
    for owner, module in model.named_modules():
        prefix = f"{owner}." if owner else ""
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad:
                yield prefix + name
        for name, _ in () if module.training else module.named_buffers(recurse=False):
            if prefix + name in kept:
                yield prefix + name


class Frozen:
    """The tensors that a run's net and its average have in common and that never change."""

    def __init__(self, model: nn.Module, judged: nn.Module) -> None:
        ours, theirs = model.state_dict(), judged.state_dict()
        # An average that goes on from weights that learned may differ there: it is not at rest.
        self.tensors: Tensors = {
            name: ours[name] for name in at_rest(model) if equal(ours[name], theirs[name])
        }
        self._places = {
            (name, held[name].data_ptr()) for held in (ours, theirs) for name in self.tensors
        }
        self._entry: dict[str, Any] = {}
        self._file = Path()

    def copy(self, model: nn.Module) -> Tensors:
        """The net's tensors as they are now, to be kept while it learns on."""
        return {
            name: value if name in self.tensors else value.clone()
            for name, value in model.state_dict().items()
        }

    def without(self, tensors: Tensors) -> Tensors:
        """Those that learn; all of them where the others are not the run's own."""
        if any((name, tensors[name].data_ptr()) not in self._places for name in self.tensors):
            return tensors
        return {name: value for name, value in tensors.items() if name not in self.tensors}

    def adopt(self, folder: Path) -> None:
        """Go on with the file of the checkpoint that the net was given its weights from."""
        card = read_card(folder)
        entry = card["files"].get(FROZEN)
        shared = card["files"]["model"].get("rest") == FROZEN
        if entry and shared and names_in(folder, FROZEN, card) == set(self.tensors):
            self._entry, self._file = dict(entry), folder / entry["file"]

    def lay(self, folder: Path) -> dict[str, Any]:
        """See that the file lies in `folder`, linked where it was written before; its entry.

        Raises:
            OSError: disk full or not writable.
        """
        if not self._entry or not self._file.exists():
            self._entry = put(folder, FROZEN, packed(self.tensors))
        elif not (folder / self._entry["file"]).exists():
            folder.mkdir(parents=True, exist_ok=True)
            give(self._file, folder / self._entry["file"])
        self._file = folder / self._entry["file"]
        return self._entry
