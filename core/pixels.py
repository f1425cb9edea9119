"""Explanations by pixels: any net's slope at a picture, along a path to it, and when covered."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
import torch.nn.functional as F

from core import probe

if TYPE_CHECKING:
    from core.inference import Predictor

STEPS = 32
Ground = Literal["mean", "black"]


def saliency(net: "Predictor", packed: np.ndarray, index: int) -> np.ndarray:
    """How strongly the class's logit y reacts to each pixel. -> (h, w) ≥ 0

    max over colours of |∂y/∂x|. Simonyan, Vedaldi & Zisserman 2013, arXiv 1312.6034.

    Raises:
        ValueError: no such class, or a picture of another shape.
    """
    probe.check_class(net, index)
    slope = probe.slopes(net, probe.given(net, packed), index)
    return np.asarray(slope[0].abs().amax(0).cpu().numpy())


def integrated(
    net: "Predictor", packed: np.ndarray, index: int, ground: Ground = "mean", steps: int = STEPS
) -> np.ndarray:
    """What each pixel adds to the class's logit y on the way from an empty picture. -> (h, w)

    Σ over colours of (x − x₀) · mean of ∂y/∂x at x₀ + α (x − x₀), α at the middles of `steps`
    equal pieces of 0…1; all pixels together add up to y(x) − y(x₀), up to the size of the pieces.
    Sundararajan, Taly & Yan 2017, arXiv 1703.01365. The empty picture x₀ has the mean colour of
    the training pictures, or is black; where x equals it, nothing is ever added.

    Raises:
        ValueError: no such class, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed)
    start = empty(net, ground)
    shares = ((torch.arange(steps, device=x.device) + 0.5) / steps).view(-1, 1, 1, 1)
    slope = probe.slopes(net, start + shares * (x - start), index).mean(0)
    return np.asarray(((x - start)[0] * slope).sum(0).cpu().numpy())


def empty(net: "Predictor", ground: Ground) -> torch.Tensor:
    """A picture of one colour, normalised: the training pictures' mean is 0. -> (1, c, 1, 1)"""
    if ground == "mean":
        return torch.zeros(1, net.channels, 1, 1, device=net.device)
    return net.normalise(torch.zeros(1, net.channels, 1, 1, device=net.device))


def window(size: int) -> tuple[int, int]:
    """The usual side of the window that covers, and its step; larger pictures take fewer."""
    side = max(2, round(size / 7))
    return side, (max(1, side // 2) if size <= 64 else side)


def occlusion(net: "Predictor", packed: np.ndarray, index: int, side: int, step: int) -> np.ndarray:
    """What the class's logit loses when a window covers a place. -> (h, w), negative: it gains

    Each pixel's mean of y(x) − y(x with the window in the mean colour) over all windows that
    cover it, in batches. Zeiler & Fergus 2013, arXiv 1311.2901.

    Raises:
        ValueError: no such class, a picture of another shape, or a window that does not fit.
    """
    probe.check_class(net, index)
    if not 1 <= step <= side <= net.size:
        raise ValueError(
            f"a window of {side} pixels in steps of {step} does not fit a picture of {net.size}: "
            f"use 1 ≤ step ≤ window ≤ {net.size}"
        )
    x = probe.given(net, packed)
    masks = _windows(net.size, side, step).to(x.device)
    said = probe.logits(net, torch.cat([x, x * ~masks]))[:, index]
    lost = (said[0] - said[1:]).view(-1, 1, 1, 1)
    return np.asarray(((lost * masks).sum(0) / masks.sum(0))[0].cpu().numpy())


def _windows(size: int, side: int, step: int) -> torch.Tensor:
    """All places of a window; the last ones lie at the edge. -> (n, 1, h, w) bool"""
    starts = torch.tensor(sorted({*range(0, size - side, step), size - side}))
    at = torch.arange(size)
    inside = (at >= starts[:, None]) & (at < starts[:, None] + side)
    return (inside[:, None, :, None] & inside[None, :, None, :]).flatten(0, 1)[:, None]


def blurred(x: torch.Tensor, reach: float) -> torch.Tensor:
    """Pictures out of focus: a Gaussian of deviation `reach` pixels. (b, c, h, w) -> the same"""
    half = min(int(3 * reach) + 1, x.shape[-1] - 1)
    at = torch.arange(-half, half + 1, device=x.device, dtype=x.dtype)
    bell = (-(at**2) / (2 * reach**2)).exp()
    bell = (bell / bell.sum()).expand(x.shape[1], 1, 1, -1)
    wide = F.pad(x, (half, half, half, half), mode="reflect")
    wide = F.conv2d(wide, bell, groups=x.shape[1])
    return F.conv2d(wide, bell.transpose(2, 3), groups=x.shape[1])
