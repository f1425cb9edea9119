"""Summary: what a net is made of, layer by layer, found by one forward pass without numbers."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from models import build

Shape = tuple[int, ...]
SUMMED = ("times", "parameters", "frozen", "multiply_adds")  # of stages that are told as one


@dataclass(frozen=True)
class Layer:
    """One row: `name` as in the state dict, `kind` its class, `shape` of its output per picture.

    parameters are learned, frozen ones are not; multiply_adds are those of convolutions and
    matrix products for one picture, forward.
    """

    name: str
    kind: str
    note: str
    shape: Shape
    parameters: int
    frozen: int
    multiply_adds: int


@dataclass(frozen=True)
class Stage:
    """Neighbouring layers as one step of the data's way; `times` alike ones follow each other.

    parameters are learned, frozen ones are not.
    """

    kind: str
    note: str
    shape: Shape
    times: int
    parameters: int
    frozen: int
    multiply_adds: int


def _window(layer: Any) -> str:
    """A sliding window in words: 3×3, stride 2, padding 1."""
    pooling = isinstance(layer, nn.MaxPool2d | nn.AvgPool2d)  # these stride by their own side
    usual = {"kernel_size": None, "padding": (0, 0)}
    usual["stride"] = _pair(layer.kernel_size) if pooling else (1, 1)
    words = []
    for name in ("kernel_size", "stride", "padding"):
        if (pair := _pair(getattr(layer, name))) != usual[name]:
            word = "" if name == "kernel_size" else f"{name} "
            high, wide = pair
            words.append(word + (f"{high}×{wide}" if not word or high != wide else str(high)))
    return ", ".join(words)


def _pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _recurrent(layer: nn.LSTM) -> str:
    words = [f"{layer.hidden_size} units"]
    words += [f"{layer.num_layers} layers"] if layer.num_layers > 1 else []
    return ", ".join(words + ["bidirectional"] * layer.bidirectional)


NOTES: dict[str, Callable[[Any], str]] = {
    "Conv2d": _window,
    "ConvTranspose2d": _window,
    "MaxPool2d": _window,
    "AvgPool2d": _window,
    "AdaptiveAvgPool2d": lambda layer: f"to {layer.output_size}×{layer.output_size}",
    "Linear": lambda layer: f"{layer.in_features} → {layer.out_features}",
    "Dropout": lambda layer: f"p = {layer.p:g}",
    "LSTM": _recurrent,
    "Attention": lambda layer: f"{layer.heads} heads",
    "Rearrange": lambda layer: layer.pattern,
}


@dataclass
class _Row:
    """A layer while the pass goes on."""

    name: str
    module: nn.Module
    multiply_adds: int = 0


class _Watch(TorchDispatchMode):
    """Sees every operation of a pass and books its multiply-adds on the module it happens in."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.rows: dict[str, _Row] = {}
        self.shapes: dict[str, Shape] = {}
        self.path: list[tuple[str, nn.Module]] = [("", net)]

    def row(self) -> _Row:
        """The row of the module that is at work, made when it is first asked for."""
        name, module = self.path[-1]
        return self.rows.setdefault(name, _Row(name, module))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.row().multiply_adds += count(*args, **(kwargs or {}), out_val=result) // 2
        return result

    def hooked(self, net: nn.Module) -> ExitStack:
        """Hooks on every module of this net alone, removed when the stack is closed."""
        stack = ExitStack()
        for name, module in net.named_modules():
            enter = module.register_forward_pre_hook(self._enter(name))
            leave = module.register_forward_hook(self._leave)
            stack.callback(enter.remove)
            stack.callback(leave.remove)
        return stack

    def _enter(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any) -> None:
            self.path.append((name, module))
            if not any(module.children()) and not isinstance(module, nn.Identity):
                self.row()

        return hook

    def _leave(self, module: nn.Module, inputs: Any, output: Any) -> None:
        name, _ = self.path.pop()
        first = output[0] if isinstance(output, tuple) else output  # LSTMs give their state too
        self.shapes[name] = tuple(first.shape[1:])


def summarise(config: Any, *, channels: int, image: int, classes: int) -> list[Layer]:
    """The layers of the net that a model config describes, in the order of the data's way.

    Raises:
        ValueError: the settings do not fit the picture.
    """
    net, watch = _passed(config, channels, image, classes)
    return _with_loose([_layer(row, watch) for row in watch.rows.values()], net)


def _passed(config: Any, channels: int, image: int, classes: int) -> tuple[nn.Module, _Watch]:
    """The net and what was seen when one picture went through it."""
    with torch.device("meta"):  # shapes without numbers: a net of any size takes no memory
        net = build(config, channels=channels, image=image, classes=classes).eval()
        picture = torch.empty(1, channels, image, image)
    watch = _Watch(net)
    with watch.hooked(net), torch.no_grad(), watch:
        net(picture)
    return net, watch


def _note(module: nn.Module) -> str:
    return NOTES[kind](module) if (kind := type(module).__name__) in NOTES else ""


def _layer(row: _Row, watch: _Watch) -> Layer:
    own = [] if any(row.module.children()) else list(row.module.parameters())
    learned = sum(p.numel() for p in own if p.requires_grad)
    frozen = sum(p.numel() for p in own) - learned
    kind, note, shape = type(row.module).__name__, _note(row.module), watch.shapes[row.name]
    return Layer(row.name, kind, note, shape, learned, frozen, row.multiply_adds)


def _with_loose(layers: list[Layer], net: nn.Module) -> list[Layer]:
    """Rows for parameters that a module of modules holds itself, after its first layer."""
    for owner, module in net.named_modules():
        if not any(module.children()):
            continue
        prefix = f"{owner}." if owner else ""
        at = next((n for n, layer in enumerate(layers) if layer.name.startswith(prefix)), -1) + 1
        for name, parameter in reversed(list(module.named_parameters(recurse=False))):
            size, learned = parameter.numel(), parameter.requires_grad
            counts = (size, 0) if learned else (0, size)
            shape = tuple(parameter.shape)
            row = Layer(prefix + name, "Parameter", "", shape, counts[0], counts[1], 0)
            layers.insert(at, row)
    return layers


def _stage(name: str, net: nn.Module) -> str:
    """The part of the net that a layer belongs to: lists of parts are looked into."""
    module, path = net, ""
    for part in name.split("."):
        module = getattr(module, part) if part else module
        path = f"{path}.{part}" if path else part
        plain = all(not any(child.children()) for child in module.children())
        listed = isinstance(module, nn.ModuleList) or path == "base"
        if not listed and (plain or not isinstance(module, nn.Sequential)):
            break
    return path


def way(config: Any, *, channels: int, image: int, classes: int) -> list[Stage]:
    """The data's way in few steps: the parts that multiply, alike neighbours counted as one.

    Raises:
        ValueError: the settings do not fit the picture.
    """
    net, watch = _passed(config, channels, image, classes)
    parts: dict[str, list[_Row]] = {}
    for row in watch.rows.values():
        if row.multiply_adds:
            parts.setdefault(_stage(row.name, net), []).append(row)
    made: list[Stage] = []
    for name, rows in parts.items():
        stage = _step(net.get_submodule(name), rows, watch.shapes[name])
        last = made[-1] if made else None
        if last and (last.kind, last.note, last.shape) == (stage.kind, stage.note, stage.shape):
            sums = {n: getattr(last, n) + getattr(stage, n) for n in SUMMED}
            made[-1] = replace(last, **sums)
        else:
            made.append(stage)
    return made


def _step(part: nn.Module, rows: list[_Row], shape: Shape) -> Stage:
    """A part as one step: by its own name if it is a block, else by its layers that multiply."""
    learned = sum(p.numel() for p in part.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in part.parameters()) - learned
    counts = learned, frozen, sum(row.multiply_adds for row in rows)
    alike = len({type(row.module) for row in rows}) == 1
    if len(rows) > 1 and not (alike and isinstance(part, nn.Sequential)):
        return Stage(type(part).__name__, "", shape, 1, *counts)
    kind, note = type(rows[0].module).__name__, _note(rows[0].module)
    return Stage(kind, note, shape, len(rows), *counts)


def multiply_adds(config: Any, *, channels: int, image: int, classes: int) -> int:
    """Multiply-adds of one picture's way forward through the net.

    Raises:
        ValueError: the settings do not fit the picture.
    """
    layers = summarise(config, channels=channels, image=image, classes=classes)
    return sum(layer.multiply_adds for layer in layers)
