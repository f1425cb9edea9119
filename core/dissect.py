"""Dissection: one real training step, with what each of its five phases changed."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from core.health import Measure, ratios, tidy
from core.sheets import sheet
from core.watch import Layer, norms

if TYPE_CHECKING:
    from core.training import Run

SHOWN = 6  # pictures of the batch whose answers are kept
TOP = 3
PHASES = ("zero_grad", "forward", "loss", "backward", "step")


class Dissection(Measure):
    """Watches a step of `run` and writes down what zero_grad, forward, loss, backward, step did.

    It looks between the phases of the very step that training takes, and changes nothing in it.
    """

    def __init__(self, run: "Run") -> None:
        super().__init__(run.model)
        self.run = run
        self.phases: dict[str, dict[str, Any]] = {}

    def _gradients(self) -> list[float | None]:
        return tidy(norms([p.grad for p in layer.parameters] for layer in self.layers))

    def begins(self) -> None:
        """The gradients that the last step has left."""
        super().begins()
        self.phases["zero_grad"] = {"before": self._gradients()}

    def cleared(self) -> None:
        """What is left of them."""
        self.phases["zero_grad"]["after"] = self._gradients()

    def answered(self, x: torch.Tensor, logits: torch.Tensor) -> None:
        """The first pictures as the net saw them, and its answers."""
        super().answered(x, logits)
        shown = self.run.normalise.undo(x[:SHOWN].detach()).permute(0, 2, 3, 1).cpu().numpy()
        first = logits[:SHOWN].detach().float()
        best = first.softmax(1).topk(min(TOP, first.shape[1]))
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        self.phases["forward"] = {
            "pictures": base64.b64encode(sheet(shown, len(shown), 56)).decode(),
            "logits": [tidy(row) for row in first.tolist()],
            "top": [[list(pair) for pair in zip(*row, strict=True)] for row in pairs],
        }

    def judged(self, labels: torch.Tensor, each: Callable[[], torch.Tensor]) -> None:
        """The loss of every picture, the mean of which is the one that counts."""
        losses = each().detach().float()
        self.phases["loss"] = {
            "labels": labels[:SHOWN].tolist(),
            "each": tidy(losses[:SHOWN].tolist()),
            "mean": tidy([losses.mean().item()])[0],
            "least": tidy([losses.min().item()])[0],
            "most": tidy([losses.max().item()])[0],
        }

    def pulled(self) -> None:
        """Where each layer is pulled, and how hard."""
        super().pulled()
        self.phases["backward"] = {"gradient": tidy(self.gradient), "total": _total(self.gradient)}

    def moved(self) -> None:
        """How far each layer went."""
        super().moved()
        after = norms(layer.parameters for layer in self.layers)
        self.phases["step"] = {
            "update": tidy(self.update),
            "ratio": tidy(ratios(self.update, self.weight)),
            "before": tidy(self.weight),
            "after": tidy(after),
        }
        if self.run.config.clip:
            self.phases["step"]["clipped"] = self._gradients()

    def record(self) -> dict[str, Any]:
        """Everything, ready for JSON; to be asked for when the step is done.

        {"step", "epoch", "lr", "classes", "layers", "phases": {phase: what it did}}
        """
        run = self.run
        return {
            "step": run.step + 1,  # counted when the step is over
            "epoch": run.epoch,
            "lr": tidy([run.rates.lr])[0],
            "classes": list(run.pictures.classes),
            "layers": [told(layer) for layer in self.layers],
            "phases": self.phases,
        }


def told(layer: Layer) -> dict[str, Any]:
    """A layer in words and numbers."""
    count = sum(p.numel() for p in layer.parameters)
    return {"name": layer.name, "kind": layer.kind, "parameters": count}


def _total(parts: list[float | None]) -> float | None:
    """The length of all layers' vectors taken as one."""
    return tidy([sum(part**2 for part in parts if part is not None) ** 0.5])[0]
