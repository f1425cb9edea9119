"""Film strip: what an autoencoder makes of the same pictures and the same noise, all along."""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from core import batches
from core.adversarial import Adversarial
from core.census import pixels, sampled

if TYPE_CHECKING:
    from core.training import Run

SEED = 9
SHOWN = 24  # samples beside each other, as many as pictures in the gallery
GREY = 300  # samples of the prior under them
POINTS = 400  # codes of validation pictures on the plane
DIGITS = 3


def view(run: "Run", goal: Adversarial) -> dict[str, Any]:
    """Samples, reconstructions and codes now, as JSON.

    {"kind": "adversarial", "classes", "gallery": [{"index", "label"}], "strip": {"samples",
    "reconstructions": PNG in base64, a row each}, "plane": {"codes", "prior", "labels", "box",
    "axes"}, "confusion", "step", "epoch"}
    """
    with goal.at_rest():
        strip, plane = _strip(run, goal), _plane(run, goal)
    gallery = run.gallery
    pairs = zip(gallery.indices.tolist(), gallery.labels.tolist(), strict=True)
    score = run.score
    matrix = score.confusion.tolist() if score and score.confusion is not None else None
    return {
        "kind": "adversarial",
        "classes": list(run.pictures.classes),
        "gallery": [{"index": index, "label": label} for index, label in pairs],
        "strip": strip,
        "plane": plane,
        "confusion": matrix,
        "step": run.step,
        "epoch": run.epoch,
    }


def _strip(run: "Run", goal: Adversarial) -> dict[str, str]:
    x = run.normalise(run.gallery.images.to(run.device))
    code = goal.judged.encode(x)
    again = goal.judged.decode(code.mean, goal.judged.told(code, run.gallery.labels.to(run.device)))
    drawn = sampled(goal.judged, goal.prior, SHOWN, SEED)
    return {"samples": row(pixels(drawn)), "reconstructions": row(pixels(again))}


def _plane(run: "Run", goal: Adversarial) -> dict[str, Any]:
    """Where validation pictures lie; of more than two numbers their two main axes."""
    chosen = run.validation[:POINTS]
    found = [
        goal.judged.encode(run.normalise(run.images[part].to(run.device))).mean.float().cpu()
        for part in batches.in_chunks(chosen, POINTS)
    ]
    codes = torch.cat(found).nan_to_num()
    drawn = goal.prior.draw(GREY, chance=torch.Generator().manual_seed(SEED))
    axes = "codes"
    if codes.shape[1] > 2:
        turn, axes = main_axes(codes), "pca"
        codes, drawn = codes @ turn, drawn @ turn
    return {
        "codes": _rounded(codes),
        "prior": _rounded(drawn),
        "labels": run.labels[chosen].tolist(),
        "box": list(goal.prior.box),
        "axes": axes,
    }


def _rounded(places: torch.Tensor) -> list[list[float]]:
    return [[round(n, DIGITS) for n in pair] for pair in places.tolist()]


def main_axes(codes: torch.Tensor) -> torch.Tensor:
    """The two directions in which codes differ most, their signs settled. (n, d) -> (d, 2)"""
    _, _, rows = torch.linalg.svd(codes - codes.mean(0), full_matrices=False)
    signs = torch.where(rows[:2].sum(1, keepdim=True) < 0, -1.0, 1.0)
    return (rows[:2] * signs).T


def row(pictures: torch.Tensor) -> str:
    """Pictures beside each other, pixel by pixel, as a PNG in base64. uint8 (n, c, h, w)"""
    n, c, h, w = pictures.shape
    flat = pictures.cpu().numpy().transpose(2, 0, 3, 1).reshape(h, n * w, c)
    out = io.BytesIO()
    Image.fromarray(flat[..., 0] if c == 1 else np.ascontiguousarray(flat)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
