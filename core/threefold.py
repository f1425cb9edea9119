"""One batch of an adversarial run taken apart: what each of its steps moved, and how far."""

import base64
from typing import TYPE_CHECKING, Any, cast

import torch

from core.census import pixels
from core.dissect import SHOWN, told
from core.health import Measure, ratios, tidy
from core.sheets import sheet
from core.watch import norms

if TYPE_CHECKING:
    from core.adversarial import Adversarial
    from core.training import Run
    from models.aae import AAE

POINTS = 200  # codes of the batch that are kept
TALL = 56


class Threefold(Measure):
    """Watches reconstruct, discriminate and fool, and looks at the codes after each of them."""

    def __init__(self, run: "Run") -> None:
        super().__init__(run.model)
        self.run = run
        self.steps: list[dict[str, Any]] = []
        self.pictures = {"seen": "", "again": ""}
        self.batch = torch.empty(0)
        self.last: list[list[torch.Tensor]] = []
        self.pull: list[float | None] = []

    def begins(self) -> None:
        """The weights as they are before the first step."""
        super().begins()
        self.last = self.before

    def answered(self, x: torch.Tensor, logits: torch.Tensor) -> None:
        """The first pictures, and what the decoder made of them before it learned from them."""
        super().answered(x, logits)
        self.batch = x[:POINTS]
        seen = self.run.normalise.undo(x[:SHOWN].detach())
        self.pictures = {"seen": _row(seen), "again": _row(pixels(logits[:SHOWN].detach()))}
        self.steps.append({"name": "batch", "codes": self._codes()})

    def pulled(self) -> None:
        """The gradients of the step that is under way, and of those before it."""
        super().pulled()
        self.pull = norms([p.grad for p in layer.parameters] for layer in self.layers)

    def took(self, step: str, loss: torch.Tensor) -> None:
        """Which layers this step has moved; the others hold gradients that are not its own."""
        pairs = zip(self.layers, self.last, strict=True)
        changes = norms([torch._foreach_sub(list(now.parameters), was) for now, was in pairs])
        moved = ratios(changes, norms(self.last))
        pulls = zip(self.pull, moved, strict=True)
        entry: dict[str, Any] = {
            "name": step,
            "loss": tidy([loss.item()])[0],
            "gradient": tidy([pull if far else None for pull, far in pulls]),
            "update": tidy(moved),
        }
        if step != "discriminate":  # which leaves the codes where they are
            entry["codes"] = self._codes()
        self.steps.append(entry)
        self.last = [[p.detach().clone() for p in layer.parameters] for layer in self.layers]

    @torch.no_grad()
    def _codes(self) -> list[list[float]]:
        """Where the batch lies now, by the first two numbers; no chance is drawn for it."""
        model = cast("AAE", self.run.model)
        modes = [(module, module.training) for module in model.modules()]
        model.eval()
        try:
            codes = model.encode(self.batch).mean[:, :2]
        finally:
            for module, training in modes:
                module.training = training
        return [[round(n, 3) for n in pair] for pair in codes.nan_to_num().tolist()]

    def record(self) -> dict[str, Any]:
        """Everything, ready for JSON; to be asked for when the step is done."""
        run = self.run
        return {
            "kind": "adversarial",
            "step": run.step + 1,  # counted when the step is over
            "epoch": run.epoch,
            "lr": tidy([run.rates.lr])[0],
            "layers": [told(layer) for layer in self.layers],
            "pictures": self.pictures,
            "box": list(cast("Adversarial", run.objective).prior.box),
            "steps": self.steps,
        }


def _row(pictures: torch.Tensor) -> str:
    shown = pictures.permute(0, 2, 3, 1).cpu().numpy()
    return base64.b64encode(sheet(shown, len(shown), TALL)).decode()
