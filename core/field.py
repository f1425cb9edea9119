"""The receptive field: how much of the picture a place in a convolutional layer can see."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core import probe

if TYPE_CHECKING:
    from core.inference import Predictor

LOOKS = 8  # pictures of noise: bends are shut here in one and there in another


def field(
    net: "Predictor", layer: str, row: int, column: int
) -> tuple[tuple[int, int, int, int], np.ndarray]:
    """What a place in a layer's maps can see: its bounds in pixels, and how strongly each counts.

    -> (top, left, bottom, right), the last two exclusive, and (h, w) of 0…1: the mean size of the
    slope of all maps there at each pixel of noise, as a share of the largest, which is the
    effective field. Luo et al. 2016, arXiv 1701.04128. A net that looks at the whole picture on
    the way, such as by squeeze and excitation, has no bounds.

    Raises:
        ValueError: the net has no such layer, or that has no such place.
    """
    with torch.inference_mode(False), torch.no_grad():
        chance = torch.Generator().manual_seed(1)
        shape = (LOOKS, net.channels, net.size, net.size)
        x = torch.randn(shape, generator=chance).to(net.device)
    with probe.at_rest(net, gradients=True) as model:
        maps = _heard(model, layer, x.requires_grad_())
        high, wide = maps.shape[2:]
        if not (0 <= row < high and 0 <= column < wide):
            raise ValueError(f"place {row}, {column} is unknown: {layer} has {high}×{wide} places")
        slopes = torch.autograd.grad(maps[:, :, row, column].sum(), x)[0]
    strength = slopes.abs().sum(1).mean(0).cpu().numpy()
    rows, columns = (np.flatnonzero(strength.any(axis)) for axis in (1, 0))
    if not len(rows):
        return (0, 0, net.size, net.size), strength
    bounds = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    return bounds, np.asarray(strength / strength.max())


def _heard(model: nn.Module, layer: str, x: torch.Tensor) -> torch.Tensor:
    """A layer's maps with their graph."""
    kept: list[torch.Tensor] = []

    def keep(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        kept.append(output.clone())  # the next layer may write into it

    named = dict(model.named_modules())
    if layer not in named or not layer:
        raise ValueError(f"the net has no layer {layer[:60]!r}: choose one of `layers`")
    hook = named[layer].register_forward_hook(keep)
    try:
        model(x)
    finally:
        hook.remove()
    if not kept or not isinstance(kept[0], torch.Tensor) or kept[0].dim() != 4:
        raise ValueError(f"layer {layer[:60]!r} makes no maps: choose one of `layers`")
    return kept[0]
