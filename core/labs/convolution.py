"""Convolution: the size that comes out, its weights, and every number of it on a real picture."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.data import sample
from core.features import Seen
from core.labs.kernels import turned
from core.working import Working, convolved

PICTURES = {"digit": "mnist-5k", "shape": "shapes"}
BIAS = 0.1  # what the layer's bias is set to where it has one
SIDES = (1, 2, 4, 5)  # paddings to choose from in the question


class Misfit(ValueError):
    """A layer that cannot be: why, as a word and the numbers it needs, to be said in any language.

    reason: "long" (span, room), "half" (padding, most), "given" or "made" (groups, channels).
    """

    def __init__(self, reason: str, numbers: dict[str, int]) -> None:
        self.reason, self.numbers = reason, numbers
        told = ", ".join(f"{name} {number}" for name, number in numbers.items())
        super().__init__(f"the layer does not fit ({reason}): {told}; change one of these")


@dataclass(frozen=True)
class Layer:
    """Settings of a convolution; `given` and `made` are channels in and out."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    given: int = 1
    made: int = 1
    bias: bool = False

    @property
    def weights(self) -> tuple[int, int, int, int]:
        """The shape of the weight: (made, given / groups, k, k)."""
        return self.made, self.given // self.groups, self.kernel, self.kernel

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return int(np.prod(self.weights)) + self.bias * self.made

    def side(self, n: int) -> int:
        """The side of what comes out for a side n; Misfit where the layer cannot be."""
        for reason, channels in (("given", self.given), ("made", self.made)):
            if channels % self.groups:
                raise Misfit(reason, {"groups": self.groups, "channels": channels})
        return side(n, self.kernel, self.stride, self.padding, self.dilation)

    def module(self) -> nn.Conv2d:
        """torch's own layer with these settings."""
        return nn.Conv2d(
            self.given,
            self.made,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=self.bias,
        )


def side(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """⌊(n + 2p − d·(k−1) − 1)/s⌋ + 1: how often the window fits.

    Raises:
        Misfit: the window is longer than the padded picture.
    """
    span, room = dilation * (kernel - 1) + 1, n + 2 * padding
    if span > room:
        raise Misfit("long", {"span": span, "room": room})
    return (room - span) // stride + 1


def picture(kind: str, which: int) -> np.ndarray:
    """A picture of a bundled set, of class `which`. -> (c, h, w) float32, 0…1"""
    found = sample(PICTURES[kind], 1)[which, 0]
    return np.ascontiguousarray(found.transpose(2, 0, 1), dtype=np.float32) / 255


@dataclass(frozen=True, eq=False)
class Slid:
    """A layer at work: weight (made, given / groups, k, k), y (made, h', w') float32.

    gap: the largest difference between nn.Conv2d and F.conv2d.
    """

    x: np.ndarray
    weight: np.ndarray
    y: np.ndarray
    gap: float
    conv: nn.Conv2d

    def working(self, index: int) -> Working:
        """How map `index` comes about, number by number."""
        with torch.no_grad():
            return convolved(self.conv, Seen(self.x, self.y), index)


def slid(x: np.ndarray, layer: Layer, base: np.ndarray) -> Slid:
    """Slide a kernel (k, k) over a picture (c, h, w); further maps have it turned by 90° each.

    Every weight is divided by the channels that are added up, so that grey stays as it is.

    Raises:
        Misfit: the layer cannot be.
    """
    layer.side(x.shape[1])
    weight = turned(base, layer.made, layer.given // layer.groups)
    conv, given = layer.module(), torch.from_numpy(x)[None]
    with torch.inference_mode(False), torch.no_grad():
        conv.weight.copy_(torch.from_numpy(weight))
        if conv.bias is not None:
            conv.bias.fill_(BIAS)
        y = conv(given)[0]
        again = F.conv2d(
            given,
            torch.from_numpy(weight),
            conv.bias,
            stride=layer.stride,
            padding=layer.padding,
            dilation=layer.dilation,
            groups=layer.groups,
        )[0]
        return Slid(x, weight, y.numpy(), float((y - again).abs().max()), conv)


def code(layer: Layer) -> str:
    """The PyTorch of a layer, as a module and as a function."""
    same = f"stride={layer.stride}, padding={layer.padding}, dilation={layer.dilation}"
    same += f", groups={layer.groups}"
    bias = "conv.bias" if layer.bias else "None"
    return (
        f"conv = nn.Conv2d({layer.given}, {layer.made}, {layer.kernel}, {same}, "
        f"bias={layer.bias})\n"
        f"conv.weight.shape    # {layer.weights}\n"
        "y = conv(x)\n"
        f"y = F.conv2d(x, conv.weight, {bias}, {same})  # the same"
    )


def formula(n: int, layer: Layer) -> str:
    """The size that comes out, in LaTeX with the numbers in it."""
    sum_ = rf"{n} + 2\cdot{layer.padding} - {layer.dilation}\cdot({layer.kernel}-1) - 1"
    return (
        r"\begin{gathered}\left\lfloor\frac{n + 2p - d\,(k-1) - 1}{s}\right\rfloor + 1\\[8pt]"
        rf"\left\lfloor\frac{{{sum_}}}{{{layer.stride}}}\right\rfloor + 1 = "
        rf"{layer.side(n)}\end{{gathered}}"
    )


def asked() -> int:
    """Which of SIDES keeps the size for a kernel of 5 with dilation 2: torch's layer is asked."""
    x = torch.zeros(1, 1, 28, 28)
    return next(
        at
        for at, p in enumerate(SIDES)
        if nn.Conv2d(1, 1, 5, padding=p, dilation=2)(x).shape == x.shape
    )
