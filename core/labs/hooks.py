"""Hooks: every kind of them on a real net, and the order in which they are called."""

from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from core.inference import Predictor

NET = "zoo:mnist-mlp"
STAGES = ("forward", "backward", "state_dict", "load_state_dict")
CODE = {
    "forward_pre": "module.register_forward_pre_hook(hook)  # hook(module, args)",
    "forward": "module.register_forward_hook(hook)  # hook(module, args, output)",
    "backward_pre": "module.register_full_backward_pre_hook(hook)  # hook(module, grad_output)",
    "backward": "module.register_full_backward_hook(hook)  # hook(module, grad_input, grad_output)",
    "tensor": "output.register_hook(hook)  # hook(grad)",
    "accumulated": "parameter.register_post_accumulate_grad_hook(hook)  # hook(parameter)",
    "state": "net.register_state_dict_post_hook(hook)  # hook(module, state_dict, prefix, meta)",
    "load": "net.register_load_state_dict_post_hook(hook)  # hook(module, incompatible_keys)",
}
KINDS = tuple(CODE)
USUAL = ("forward_pre", "forward", "backward", "tensor")


@dataclass(frozen=True)
class Call:
    """One call of a hook: during which of STAGES, which of KINDS, where, what it was shown."""

    stage: str
    kind: str
    where: str
    shown: str


@dataclass(frozen=True)
class Fired:
    """All calls in order, the class the net named, and how many hooks are left on the net."""

    calls: tuple[Call, ...]
    said: str
    left: int


class Log:
    """Writes down who calls during which stage."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.stage = STAGES[0]

    def write(self, kind: str, where: str, shown: str) -> None:
        """A call."""
        self.calls.append(Call(self.stage, kind, where, shown))


def fired(net: "Predictor", packed: np.ndarray, label: int, kinds: Collection[str]) -> Fired:
    """Forward, backward, state dict and loading, on a copy of the net with these hooks on it.

    uint8 (c, h, w); the hooks are taken off again.
    """
    with net.lock:
        model = deepcopy(net.model).to("cpu", torch.float32).eval()
    x = torch.from_numpy(packed)[None].float() / 255
    mean, std = (torch.tensor(net.card[name]).view(-1, 1, 1) for name in ("mean", "std"))
    with torch.inference_mode(False), torch.enable_grad():
        given = ((x - mean) / std).requires_grad_()
        log = Log()
        handles = _attach(model, log, kinds)
        try:
            said = model(given)
            log.stage = "backward"
            F.cross_entropy(said, torch.tensor([label])).backward()
            log.stage = "state_dict"
            state = model.state_dict()
            log.stage = "load_state_dict"
            model.load_state_dict(state)
        finally:
            for handle in handles:
                handle.remove()
    return Fired(tuple(log.calls), net.classes[int(said.argmax())], _count(model))


def _attach(model: nn.Module, log: Log, kinds: Collection[str]) -> list[Any]:
    """Hooks of the kinds on all modules that have no modules inside, and on the net."""
    handles: list[Any] = []
    for name, module in model.named_modules():
        if next(module.children(), None) is None:
            handles += _on_module(module, f"{name}: {type(module).__name__}", log, kinds)
    if "accumulated" in kinds:
        for name, values in model.named_parameters():
            handles.append(values.register_post_accumulate_grad_hook(_parameter(log, name)))
    if "state" in kinds:
        handles.append(
            model.register_state_dict_post_hook(
                lambda module, state, prefix, meta: log.write("state", "net", f"{len(state)} keys")
            )
        )
    if "load" in kinds:
        handles.append(
            model.register_load_state_dict_post_hook(
                lambda module, keys: log.write("load", "net", f"{len(keys.missing_keys)} missing")
            )
        )
    return handles


def _parameter(log: Log, name: str) -> Callable[[Tensor], None]:
    return lambda values: log.write("accumulated", name, _shape(values.grad))


def _on_module(module: nn.Module, where: str, log: Log, kinds: Collection[str]) -> list[Any]:
    """Those that are told of one module's work."""
    handles: list[Any] = []

    def before(module: nn.Module, args: Any) -> None:
        log.write("forward_pre", where, _shape(args))

    def after(module: nn.Module, args: Any, output: Tensor) -> None:
        if "forward" in kinds:
            log.write("forward", where, _shape(output))
        if "tensor" in kinds and output.requires_grad:
            output.register_hook(lambda grad: log.write("tensor", where, _shape(grad)))

    def back_before(module: nn.Module, grad: Any) -> None:
        log.write("backward_pre", where, _shape(grad))

    def back(module: nn.Module, grad_in: Any, grad_out: Any) -> None:
        log.write("backward", where, f"{_shape(grad_out)} → {_shape(grad_in)}")

    if "forward_pre" in kinds:
        handles.append(module.register_forward_pre_hook(before))
    if {"forward", "tensor"} & set(kinds):
        handles.append(module.register_forward_hook(after))
    if "backward_pre" in kinds:
        handles.append(module.register_full_backward_pre_hook(back_before))
    if "backward" in kinds:
        handles.append(module.register_full_backward_hook(back))
    return handles


def _shape(values: Any) -> str:
    """The shape of a tensor, or of the first one of several."""
    one = values[0] if isinstance(values, tuple) and values else values
    return "×".join(map(str, one.shape)) if isinstance(one, Tensor) else "–"


def _count(model: nn.Module) -> int:
    """Hooks on a net's modules and parameters."""
    names: tuple[str, ...] = (
        "_forward_pre_hooks",
        "_forward_hooks",
        "_backward_pre_hooks",
        "_backward_hooks",
    )
    names += ("_state_dict_hooks", "_load_state_dict_post_hooks")
    on = sum(len(getattr(module, name)) for module in model.modules() for name in names)
    return on + sum(len(p._post_accumulate_grad_hooks or {}) for p in model.parameters())


def code(kinds: Collection[str]) -> str:
    """How the hooks of the kinds are put on, and taken off."""
    chosen = [f"handle = {CODE[kind]}" for kind in KINDS if kind in kinds]
    return "\n".join([*chosen, "handle.remove()"] if chosen else ["net(x)  # nobody listens"])
