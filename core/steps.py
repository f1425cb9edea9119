"""Steps: the layers of a convolutional net in the order of their work, told as they work."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import nn

from core import probe
from core.reach import Follow, Reach

if TYPE_CHECKING:
    from core.inference import Predictor

Role = Literal["conv", "norm", "bend", "max", "mean", "dense", "other"]
AGAIN = "#"  # before the number of the use, for layers that a net uses more than once


@dataclass(frozen=True)
class Window:
    """A sliding window: pairs are height and width; groups as in nn.Conv2d."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int = 1


@dataclass(frozen=True)
class Step:
    """What a net does next: a layer at work, `given` and `shape` of what goes in and comes out.

    name is as in the state dict, with #2 after it where the layer is used for the second time;
    parameters are its weights, bias tells whether it has one; reach is what its places see of the
    picture, None where it makes no maps or that is not known.
    """

    name: str
    kind: str
    role: Role
    given: tuple[int, ...]
    shape: tuple[int, ...]
    window: Window | None
    parameters: int
    bias: bool
    reach: Reach | None

    @property
    def maps(self) -> int:
        """How many maps come out, 0 for none."""
        return self.shape[0] if len(self.shape) == 3 else 0

    @property
    def products(self) -> int:
        """Multiply-adds for one picture, counted for convolutions and dense layers."""
        if self.role == "dense":
            return self.given[-1] * self.shape[-1]
        if self.role != "conv" or self.window is None:
            return 0
        high, wide = self.window.kernel
        return high * wide * self.given[0] // self.window.groups * int(np.prod(self.shape))


def role_of(module: nn.Module, given: Sequence[int]) -> Role:
    """What kind of arithmetic a layer does."""
    if isinstance(module, nn.Conv2d):
        return "conv"
    if isinstance(module, nn.BatchNorm2d):
        return "norm"
    if isinstance(module, nn.MaxPool2d):
        return "max"
    if isinstance(module, nn.AvgPool2d | nn.AdaptiveAvgPool2d) and len(given) == 3:
        return "mean" if window_of(module, given) else "other"
    if isinstance(module, nn.Linear):
        return "dense"
    return "bend" if isinstance(module, probe.ENDS) else "other"


def window_of(module: nn.Module, given: Sequence[int]) -> Window | None:
    """The window that a layer slides; None where it slides none."""
    if isinstance(module, nn.Conv2d):
        pads = module._reversed_padding_repeated_twice
        return Window(
            _pair(module.kernel_size),
            _pair(module.stride),
            (int(pads[2]), int(pads[0])),
            _pair(module.dilation),
            module.groups,
        )
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        kernel, dilation = _pair(module.kernel_size), getattr(module, "dilation", 1)
        return Window(
            kernel, _pair(module.stride or kernel), _pair(module.padding), _pair(dilation)
        )
    if isinstance(module, nn.AdaptiveAvgPool2d) and _pair(module.output_size) == (1, 1):
        return Window((given[1], given[2]), (1, 1), (0, 0), (1, 1))
    return None


def _pair(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if isinstance(value, int) else (int(value[0]), int(value[1]))


def steps(net: "Predictor") -> list[Step]:
    """The layers of a net in the order in which they work, found by one pass."""
    found: list[Step] = []
    x = torch.zeros(1, net.channels, net.size, net.size, device=net.device)
    x = x.contiguous(memory_format=torch.channels_last)
    with probe.at_rest(net) as model:
        follow = Follow(x)

        def hear(name: str, module: nn.Module, given: torch.Tensor, made: torch.Tensor) -> None:
            shape = tuple(given.shape[1:])
            found.append(
                Step(
                    name,
                    type(module).__name__,
                    role_of(module, shape),
                    shape,
                    tuple(made.shape[1:]),
                    window_of(module, shape),
                    sum(p.numel() for p in module.parameters()),
                    getattr(module, "bias", None) is not None,
                    follow.of(made) if made.dim() == 4 else None,
                )
            )

        with heard(model, hear), follow:
            model(x)
    return found


Hear = Callable[[str, nn.Module, torch.Tensor, torch.Tensor], None]


@contextmanager
def heard(model: nn.Module, hear: Hear, only: str = "") -> Iterator[None]:
    """Tell every layer's name, input and output as it works; layers that do nothing are left out.

    The output is told before the next layer can write into it, the input as it was.
    """
    uses: Counter[str] = Counter()
    before: dict[str, torch.Tensor] = {}
    hooks: list[Any] = []

    def enter(name: str) -> Any:
        def hook(module: nn.Module, given: tuple[Any, ...]) -> None:
            uses[name] += 1
            writes = getattr(module, "inplace", False)
            before[name] = given[0].clone() if writes else given[0]

        return hook

    def leave(name: str) -> Any:
        def hook(module: nn.Module, given: tuple[Any, ...], made: Any) -> None:
            if isinstance(made, torch.Tensor):
                again = f"{AGAIN}{uses[name]}" if uses[name] > 1 else ""
                hear(name + again, module, before.pop(name), made)

        return hook

    try:
        for name, module in model.named_modules():
            idle = isinstance(module, nn.Identity | nn.Dropout) or any(module.children())
            if not idle and name and only in ("", name):
                hooks.append(module.register_forward_pre_hook(enter(name)))
                hooks.append(module.register_forward_hook(leave(name)))
        yield
    finally:
        for hook in hooks:
            hook.remove()


def layer_of(net: "Predictor", name: str) -> nn.Module:
    """The layer of a step.

    Raises:
        ValueError: the net has no such layer.
    """
    try:
        return net.model.get_submodule(plain(name))
    except AttributeError:
        raise ValueError(f"the net has no layer {name[:60]!r}: choose one of its steps") from None


def plain(name: str) -> str:
    return name.split(AGAIN)[0]
