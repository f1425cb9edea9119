"""Working: how a layer makes one map out of those it is given, number by number."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core import probe
from core.features import Seen, look
from core.steps import Role, Window, layer_of, role_of, window_of

if TYPE_CHECKING:
    from core.inference import Predictor

MOST = 24  # channels told one by one; the others are told as a sum
CURVE = 81  # points of a bend's curve
POINT = Window((1, 1), (1, 1), (0, 0), (1, 1))


@dataclass(frozen=True)
class Pixel:
    """How one number of a map comes about.

    window: what is looked at (c, kh, kw), 0 beyond the edge of the maps; inside (kh, kw): whether
    it lies within them; parts (c): what each channel adds; rest: what the channels not told add;
    total: the whole sum; made: what the layer gave.
    """

    window: np.ndarray
    inside: np.ndarray
    parts: np.ndarray
    rest: float
    total: float
    made: float


@dataclass(frozen=True)
class Working:
    """A map of a layer with all that it is made of, float32.

    given (c, h, w): the maps that it reads, numbered by `channels`; kernel (c, kh, kw) and bias
    are a convolution's; rest (h', w'): what channels beyond those add; made (h', w'): the map.
    Of a norm, mean, deviation, scale and shift are known; of a bend, points of its curve (2, n).
    """

    role: Role
    window: Window
    given: np.ndarray
    channels: tuple[int, ...]
    kernel: np.ndarray
    bias: float
    rest: np.ndarray
    others: int
    made: np.ndarray
    norm: tuple[float, float, float, float] = (0, 1, 1, 0)
    curve: np.ndarray | None = None
    full: bool = True  # whether a mean counts places beyond the edge, too

    def at(self, row: int, column: int) -> Pixel:
        """The arithmetic of one number, in float64."""
        window, inside = self._cut(row, column)
        parts, rest = self._parts(window, inside), float(self.rest[row, column])
        total = parts.sum() + rest + self.bias
        return Pixel(window, inside, parts, rest, float(total), float(self.made[row, column]))

    def _cut(self, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
        """What the window looks at, and which of it lies within the maps."""
        places = [
            start * stride - padding + np.arange(kernel) * dilation
            for start, kernel, stride, padding, dilation in zip(
                (row, column),
                self.window.kernel,
                self.window.stride,
                self.window.padding,
                self.window.dilation,
                strict=True,
            )
        ]
        sides = self.given.shape[1:]
        within = [(p >= 0) & (p < side) for p, side in zip(places, sides, strict=True)]
        rows, columns = (np.clip(p, 0, side - 1) for p, side in zip(places, sides, strict=True))
        inside = within[0][:, None] & within[1]
        found = self.given[:, rows][:, :, columns].astype(np.float64)
        return np.where(inside, found, 0.0), inside

    def _parts(self, window: np.ndarray, inside: np.ndarray) -> np.ndarray:
        match self.role:
            case "conv":
                return np.asarray((window * self.kernel).sum((1, 2)))
            case "max":
                return np.asarray(np.where(inside, window, -np.inf).max((1, 2)))
            case "mean":
                count = inside.size if self.full else inside.sum()
                return np.asarray(window.sum((1, 2)) / count)
            case "norm":
                mean, deviation, scale, shift = self.norm
                return np.asarray((window[:, 0, 0] - mean) / deviation * scale + shift)
        xs, ys = self.curve if self.curve is not None else (window, window)
        return np.asarray(np.interp(window[:, 0, 0], xs, ys))


def working(net: "Predictor", packed: np.ndarray, name: str, index: int) -> Working:
    """How the map `index` of a step comes about for a packed picture. uint8 (c, h, w)

    Raises:
        ValueError: no such step or map, or the step's arithmetic has no such form.
    """
    layer = layer_of(net, name)
    seen = look(net, packed, name)
    if not 0 <= index < len(seen.made):
        raise ValueError(
            f"map {index} is unknown: layer {name[:60]} makes 0 to {len(seen.made) - 1}"
        )
    role = role_of(layer, seen.given.shape)
    with torch.inference_mode(False), torch.no_grad():
        if isinstance(layer, nn.Conv2d):
            return convolved(layer, seen, index)
        if role not in ("norm", "bend", "max", "mean") or len(seen.given) != len(seen.made):
            raise ValueError(
                f"layer {name[:60]} makes its maps in another way: choose another step"
            )
        with probe.at_rest(net):
            return _by_itself(layer, role, seen, index)


def convolved(layer: nn.Conv2d, seen: Seen, index: int) -> Working:
    """A convolution's map: window × kernel for every channel, added up, and the bias.

    Channels that add most, summed over all places, come first, and those beyond the first MOST
    are told as one sum; up to four stand in their own order.
    """
    weight = layer.weight.detach().float().cpu()
    share = weight.shape[1]
    first = index // (weight.shape[0] // layer.groups) * share
    given = torch.from_numpy(np.ascontiguousarray(seen.given[first : first + share]))
    window = window_of(layer, seen.given.shape) or POINT
    if layer.padding_mode != "zeros":
        pads, mode = layer._reversed_padding_repeated_twice, layer.padding_mode
        given = F.pad(given[None], pads, mode=mode)[0]
        window = Window(window.kernel, window.stride, (0, 0), window.dilation, window.groups)
    each = _each(given, weight[index], layer, window)
    order = torch.arange(share)
    if share > 4:
        order = each.abs().sum((1, 2)).argsort(descending=True, stable=True)
    told, others = order[:MOST], order[MOST:]
    return Working(
        "conv",
        window,
        given[told].numpy(),
        tuple(int(first + at) for at in told),
        weight[index][told].numpy(),
        float(layer.bias.detach()[index]) if layer.bias is not None else 0.0,
        each[others].double().sum(0).float().numpy(),
        len(others),
        seen.made[index],
    )


def _each(
    given: torch.Tensor, kernel: torch.Tensor, layer: nn.Conv2d, window: Window
) -> torch.Tensor:
    """What every channel adds by itself. (c, h, w), (c, kh, kw) -> (c, h', w')"""
    x = given[None]
    if layer.padding_mode == "zeros":  # an even kernel may need more on the far sides
        x = F.pad(x, layer._reversed_padding_repeated_twice)
    alone = kernel[:, None].contiguous()
    return F.conv2d(x, alone, None, window.stride, 0, window.dilation, groups=len(alone))[0]


def _by_itself(layer: nn.Module, role: Role, seen: Seen, index: int) -> Working:
    """Layers that make every map of one map alone."""
    given, made = seen.given[index : index + 1], seen.made[index]
    window = window_of(layer, seen.given.shape) or POINT
    nothing = np.zeros((1, *window.kernel), dtype=np.float32)
    norm, curve = (0.0, 1.0, 1.0, 0.0), None
    if isinstance(layer, nn.BatchNorm2d):
        norm = _norm(layer, index)
    elif role == "bend":
        curve = _curve(layer, given)
    full = bool(getattr(layer, "count_include_pad", True))
    rest = np.zeros_like(made)
    return Working(role, window, given, (index,), nothing, 0.0, rest, 0, made, norm, curve, full)


def _norm(layer: nn.BatchNorm2d, index: int) -> tuple[float, float, float, float]:
    """Mean, deviation, scale and shift of a map; the shift is what the layer makes of the mean."""
    if layer.running_mean is None or layer.running_var is None:
        raise ValueError("this norm keeps no statistics: its numbers depend on the whole picture")
    means = layer.running_mean.detach()
    shift = float(layer(means.view(1, -1, 1, 1))[0, index, 0, 0])
    deviation = float((layer.running_var[index] + layer.eps).sqrt())
    scale = float(layer.weight[index]) if layer.weight is not None else 1.0
    return float(means[index]), deviation, scale, shift


def _curve(layer: nn.Module, given: np.ndarray) -> np.ndarray:
    """Points of a bend over what it is given, with every value that is in use among them."""
    reach = max(1.0, float(np.abs(given).max())) * 1.05
    even = np.linspace(-reach, reach, CURVE, dtype=np.float32)
    where = next((p.device for p in layer.parameters()), torch.device("cpu"))
    xs = torch.from_numpy(np.unique(np.concatenate([even, given.ravel()])))
    return np.stack([xs.numpy(), layer(xs.clone().to(where)).float().cpu().numpy()])
