"""From picture to tokens: patches, the filters that embed them, and how alike tokens are."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from einops import rearrange
from torch import nn

from core import probe
from core.journey import Journey
from core.operating import operate, places
from core.parts import Parts, opened
from core.surgery import NONE, Surgery
from models.patches import check_patch, patchify

if TYPE_CHECKING:
    from core.inference import Predictor

How = Literal["pca", "tsne"]
MOST = 28  # filters on a sheet, as in figure 7 of the ViT paper
GREY = 128  # what a weight of zero looks like
FEW = 4  # tokens that t-SNE needs at least


@dataclass(frozen=True)
class Projection:
    """Main directions of a net's patch filters, as pictures uint8 (m, patch, patch, c).

    shares (m) are of all filters' variance; count is how many filters there are.
    """

    pictures: np.ndarray
    shares: np.ndarray
    count: int


@dataclass(frozen=True)
class Spread:
    """Tokens as points (n, dimensions); shares (dimensions) of variance, None for t-SNE."""

    points: np.ndarray
    shares: np.ndarray | None


def sizes(side: int) -> tuple[int, ...]:
    """The patch sides that tile a picture, from one pixel to the whole."""
    return tuple(patch for patch in range(1, side + 1) if side % patch == 0)


def cut(picture: np.ndarray, patch: int) -> np.ndarray:
    """A picture's patches, row by row. (s, s, c) -> (p, patch, patch, c)

    Raises:
        ValueError: the patches leave a rest.
    """
    check_patch(len(picture), patch)
    return rearrange(picture, "(h p1) (w p2) c -> (h w) p1 p2 c", p1=patch, p2=patch)


def flat(journey: Journey, number: int) -> np.ndarray:
    """A patch as the vector that meets the matrix: pixel by pixel, its colours together.

    -> (patch · patch · c)

    Raises:
        ValueError: there is no such patch.
    """
    token = journey.token(number) - journey.first
    return np.asarray(cut(journey.given.transpose(1, 2, 0), journey.patch)[token].reshape(-1))


def same(net: "Predictor", packed: np.ndarray) -> float:
    """How far cutting, flattening and multiplying is from the convolution, at most.

    Both are equation 1 of Dosovitskiy et al. 2020, arXiv 2010.11929, so it is rounding alone.

    Raises:
        ValueError: the net is no ViT, or takes pictures of another shape.
    """
    x = probe.given(net, packed)
    with probe.at_rest(net) as model, opened(model) as parts:
        given, convolved = _first(model, parts, x)
        matrix = rearrange(parts.project.weight, "d c p1 p2 -> d (p1 p2 c)")
        vectors = patchify(given, parts.patch)
        multiplied = torch.nn.functional.linear(vectors, matrix, parts.project.bias)
        return float((multiplied - convolved.flatten(2).transpose(1, 2)).abs().max())


class _Enough(Exception):
    """What was wanted has been heard: the rest of the net need not run."""


def _first(model: nn.Module, parts: Parts, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the projection is given and what it makes of it; nothing after it is computed."""
    heard: list[torch.Tensor] = []

    def keep(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        heard.extend((given[0], output))
        raise _Enough

    hook = parts.project.register_forward_hook(keep)
    try:
        with suppress(_Enough):
            model(x)
    finally:
        hook.remove()
    return heard[0], heard[1]


def projection(net: "Predictor", most: int = MOST) -> Projection:
    """The patch projection's filters by their main directions (PCA), as small pictures.

    Dosovitskiy et al. 2020, figure 7. Each picture has its own scale with zero in mid grey; its
    strongest weight is bright.

    Raises:
        ValueError: the net is no ViT.
    """
    with probe.at_rest(net) as model, opened(model) as parts:
        weight = parts.project.weight.float().cpu().numpy()
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    _, strength, directions = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    # Where nothing varies, a direction is chance: it stays grey.
    kept = _pointed(directions[:most]) * (strength[:most, None] > 1e-6 * strength[0])
    reach = np.abs(kept).max(1, keepdims=True)
    shades = np.rint(GREY + kept / np.maximum(reach, 1e-12) * (255 - GREY)).astype(np.uint8)
    pictures = shades.reshape(-1, *weight.shape[1:]).transpose(0, 2, 3, 1)
    return Projection(np.ascontiguousarray(pictures), _shares(strength)[:most], len(weight))


def _pointed(directions: np.ndarray) -> np.ndarray:
    """Directions whose strongest part is positive: a sign is chance, and must not jump."""
    strongest = np.abs(directions).argmax(1)
    signs = np.sign(directions[np.arange(len(directions)), strongest])
    return np.asarray(directions * np.where(signs == 0, 1, signs)[:, None])


def _shares(strength: np.ndarray) -> np.ndarray:
    whole = (strength**2).sum()
    return np.asarray(strength**2 / whole if whole else strength, dtype=np.float32)


def likeness(vectors: np.ndarray) -> np.ndarray:
    """Cosine of every vector with every other; 0 with a vector of zeros. (n, d) -> (n, n)"""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return np.asarray(np.clip(unit @ unit.T, -1, 1), dtype=np.float32)


def position_grid(net: "Predictor", surgery: Surgery = NONE) -> np.ndarray | None:
    """Cosine of every patch's position with all others. -> (p, p); None: there are no positions

    Dosovitskiy et al. 2020, figure 7: a trained ViT shows rows and columns.

    Raises:
        ValueError: the net is no ViT.
    """
    with probe.at_rest(net) as model, operate(model, surgery) as parts:
        added = places(parts, surgery)[parts.first :].detach().float().cpu().numpy()
    return likeness(added) if added.any() else None


def spread(vectors: np.ndarray, how: How = "pca", dimensions: int = 2, seed: int = 0) -> Spread:
    """Vectors as points on a plane or in space. (n, d) -> (n, dimensions)

    pca: along the directions of most variance. tsne: neighbours stay neighbours, far means
    little; van der Maaten & Hinton 2008, JMLR 9.

    Raises:
        ValueError: neither two nor three dimensions, an unknown way, or too few vectors.
    """
    if dimensions not in (2, 3) or how not in ("pca", "tsne"):
        raise ValueError(f"{how!r} to {dimensions} dimensions: use pca or tsne, to 2 or 3")
    if len(vectors) < FEW:
        raise ValueError(f"{len(vectors)} vectors: at least {FEW} are needed to spread them out")
    middle = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    _, strength, directions = np.linalg.svd(middle, full_matrices=False)
    directions = _pointed(directions)
    if how == "pca":
        points = (middle @ directions[:dimensions].T).astype(np.float32)
        return Spread(points, _shares(strength)[:dimensions])
    from sklearn.manifold import TSNE  # it takes a second to come

    near = min(30.0, (len(vectors) - 1) / 3)
    told = TSNE(dimensions, perplexity=near, init="pca", random_state=seed).fit_transform(middle)
    return Spread(np.asarray(told, dtype=np.float32), None)


def colours(vectors: np.ndarray) -> np.ndarray:
    """Vectors by their three main directions as red, green and blue. (n, d) -> uint8 (n, 3)

    Like tokens have like colours: Amir et al. 2021, arXiv 2112.05814.

    Raises:
        ValueError: too few vectors.
    """
    points = spread(vectors, "pca", 3).points
    low, reach = points.min(0), np.ptp(points, axis=0)
    return np.rint(255 * (points - low) / np.where(reach > 0, reach, 1)).astype(np.uint8)
