"""A Run at rest ↔ a checkpoint: everything needed to look at it later or to go on with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from core import checkpoint
from core.device import autocast

if TYPE_CHECKING:
    from core.training import Run


def view(run: "Run") -> dict[str, Any]:
    """The gallery's predictions now and the last validation's confusion matrix, as JSON."""
    before = run.model.training
    run.model.eval()
    try:
        with torch.inference_mode(), autocast(run.half, run.device):
            logits = run.model(run.normalise(run.gallery.images.to(run.device)))
    finally:
        run.model.train(before)
    return {
        "classes": list(run.pictures.classes),
        "gallery": run.gallery.view(logits.float().softmax(1)),
        "confusion": run.score.confusion.tolist() if run.score else None,
        "step": run.step,
        "epoch": run.epoch,
    }


def save(run: "Run", folder: Path) -> dict[str, Any]:
    """Write weights, optimiser state, chance and card; the card is returned.

    Raises:
        OSError: disk full; an earlier checkpoint in `folder` stays whole.
    """
    pictures = run.pictures
    card = {
        "config": run.config.model_dump(mode="json"),
        "data": pictures.name,
        "classes": list(pictures.classes),
        "mean": list(pictures.mean),
        "std": list(pictures.std),
        "channels": pictures.channels,
        "size": pictures.size,
        "bfloat16": run.half,
        "step": run.step,
        "epoch": run.epoch,
        "seconds": run.seconds,
        "trained_images": run.trained_images,
        "best": run.best if run.epoch else None,
        "metrics": dict(run.score.means) if run.score else {},
        "live": run.rates.state(),
        "view": view(run),
    }
    optimizer = checkpoint.pack(run.optimizers) | {"random": torch.get_rng_state()}
    return checkpoint.save_checkpoint(
        folder, card, {"model": run.model.state_dict(), "optimizer": optimizer}
    )


def restore(run: "Run", folder: Path) -> torch.Tensor:
    """Put a checkpoint into a fresh Run of the same config; the random state is returned.

    Raises:
        ValueError: damaged, or from another network.
    """
    card = checkpoint.read_card(folder)
    checkpoint.load_model(run.model, checkpoint.load_part(folder, "model", card))
    packed = checkpoint.load_part(folder, "optimizer", card)
    chance = packed.pop("random")
    checkpoint.unpack(run.optimizers, packed)
    run.rates.restore(card["live"])
    run.step, run.epoch = card["step"], card["epoch"]
    run.seconds, run.trained_images = card["seconds"], card["trained_images"]
    if card["best"] is not None:
        run.best = card["best"]
    return chance
