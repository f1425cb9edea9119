"""A Run at rest ↔ a checkpoint: everything needed to look at it later or to go on with it."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from core import checkpoint, filmstrip
from core.device import autocast
from core.draft import Draft, draft
from core.objectives import Adversarial, answers

if TYPE_CHECKING:
    from core.training import Run


def view(run: "Run") -> dict[str, Any]:
    """The gallery's predictions now and the last validation's confusion matrix, as JSON.

    Of an autoencoder what it makes: see `filmstrip.view`.
    """
    if isinstance(run.objective, Adversarial):
        return filmstrip.view(run, run.objective)
    before = run.judged.training
    run.judged.eval()
    try:
        with torch.inference_mode(), autocast(run.half, run.device):
            x = run.normalise(run.gallery.images.to(run.device))
            logits = answers(run.judged, x, run.config.mirror).float()
    finally:
        run.judged.train(before)
    return {
        "classes": list(run.pictures.classes),
        # Finite weights of a net that diverged may still overflow; what is shown must be numbers.
        "gallery": run.gallery.view(logits.nan_to_num().softmax(1)),
        "confusion": matrix(run),
        "step": run.step,
        "epoch": run.epoch,
    }


def matrix(run: "Run") -> list[list[int]] | None:
    """The last validation's confusion matrix, if there was one."""
    found = run.score.confusion if run.score else None
    return None if found is None else list(found.tolist())


def take(run: "Run") -> Draft:
    """Weights, optimiser state, chance and card, as they are now."""
    pictures = run.pictures
    card = {
        "config": run.config.model_dump(mode="json"),
        "data": pictures.name,
        "classes": list(pictures.classes),
        "mean": run.moments[0],
        "std": run.moments[1],
        "channels": pictures.channels,
        "size": pictures.size,
        "bfloat16": run.half,
        "step": run.step,
        "epoch": run.epoch,
        "seconds": run.seconds,
        "trained_images": run.trained_images,
        "best": run.patience.accuracy if math.isfinite(run.patience.accuracy) else None,
        "best_epoch": run.patience.epoch,
        "metrics": dict(run.score.means) if run.score else {},
        "live": run.rates.state(),
        "view": view(run),
    }
    optimizer = checkpoint.pack(run.optimizers) | {"random": torch.get_rng_state()}
    parts = {"model": run.judged.state_dict(), "optimizer": optimizer}
    if run.judged is not run.model:
        parts["raw"] = run.model.state_dict()
    if run.patience.weights is not None:
        parts["best"] = run.patience.weights
    return draft(card, parts, run.frozen)


def restore(run: "Run", folder: Path) -> torch.Tensor | None:
    """Put a checkpoint into a fresh Run of the same config; the random state, if it has one.

    Raises:
        ValueError: damaged, or from another network.
    """
    card = checkpoint.read_card(folder)
    checkpoint.load_model(run.judged, checkpoint.load_part(folder, "model", card))
    if run.judged is not run.model:
        part = "raw" if "raw" in card["files"] else "model"
        checkpoint.load_model(run.model, checkpoint.load_part(folder, part, card))
    chance = None
    if "optimizer" in card["files"]:  # a branch with another optimiser begins without memory
        packed = checkpoint.load_part(folder, "optimizer", card)
        chance = packed.pop("random")
        checkpoint.unpack(run.optimizers, packed)
    run.rates.restore(card["live"])
    run.step, run.epoch = card["step"], card["epoch"]
    run.seconds, run.trained_images = card["seconds"], card["trained_images"]
    _restore_best(run, folder, card)
    return chance


def _restore_best(run: "Run", folder: Path, card: dict[str, Any]) -> None:
    """What the run was waiting to be beaten; a best whose weights are lost cannot be kept."""
    patience = run.patience
    if patience.epochs and "best" in card["files"]:
        patience.weights = checkpoint.load_part(folder, "best", card)
    if card["best"] is not None and (patience.weights is not None or not patience.epochs):
        patience.accuracy = card["best"]
        patience.epoch = card.get("best_epoch", card["epoch"])
    elif patience.epochs:
        patience.epoch = card["epoch"]
