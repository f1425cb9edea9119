"""A net under observation: at rest, in float32, its layers tapped by hooks that never stay."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.objectives import answers

if TYPE_CHECKING:
    from core.inference import Predictor

PIXELS = 2**21  # numbers of a batch of pictures that go through a net at once
LEARNING = 2**19  # the same where gradients are asked for, which keeps all that lies between
SIDE = 5  # a map finer than this shows places, a coarser one hardly
# Layers after which a feature is finished: its bend, or its pooling.
ENDS: tuple[type[nn.Module], ...] = (
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
    nn.Sigmoid,
    nn.ReLU6,
)
ENDS += (nn.Hardswish, nn.MaxPool2d, nn.AvgPool2d)


@dataclass(frozen=True)
class Layer:
    """A layer that makes maps: its name in the net, what it is, how many maps of which side.

    tokens: the maps are those of a ViT, one token per place, as a block's attention gets them.
    """

    name: str
    kind: str
    maps: int
    side: int
    tokens: bool = False


@contextmanager
def at_rest(net: "Predictor", *, gradients: bool = False) -> Iterator[nn.Module]:
    """The net for oneself: eval mode, float32, gradients on or off; afterwards all is as before.

    Others who ask the same net wait, so nobody meets a hook or a flag of ours.
    """
    with net.lock:
        flags = [(module, module.training) for module in net.model.modules()]
        try:
            net.model.eval()
            with torch.inference_mode(False), torch.set_grad_enabled(gradients), _plain(net):
                yield net.model
        finally:
            for module, training in flags:
                module.training = training


def _plain(net: "Predictor") -> AbstractContextManager[Any]:
    """cuDNN goes back through an LSTM in training mode only; torch's own kernels do so always."""
    if net.device.type == "cuda" and any(isinstance(m, nn.RNNBase) for m in net.model.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return nullcontext()


def given(net: "Predictor", packed: np.ndarray) -> torch.Tensor:
    """A packed picture as the net's first layer gets it. uint8 (c, h, w) -> (1, c, h, w)

    Raises:
        ValueError: the net takes pictures of another shape.
    """
    wanted = (net.channels, net.size, net.size)
    if packed.shape != wanted:
        raise ValueError(
            f"the net takes {'×'.join(map(str, wanted))} pictures, this one is "
            f"{'×'.join(map(str, packed.shape))}"
        )
    with torch.inference_mode(False), torch.no_grad():
        x = net.normalise(torch.tensor(packed)[None].to(net.device))
        return x.contiguous(memory_format=torch.channels_last)


def check_class(net: "Predictor", index: int) -> None:
    """Refuse a class that the net does not have.

    Raises:
        ValueError: the index is out of range.
    """
    if not 0 <= index < len(net.classes):
        raise ValueError(f"class {index} is unknown: the net has 0 to {len(net.classes) - 1}")


def logits(net: "Predictor", x: torch.Tensor) -> torch.Tensor:
    """What the net says, a piece at a time and without gradients. (b, c, h, w) -> (b, k)"""
    said = []
    for part in x.split(max(1, PIXELS // x[0].numel())):
        with at_rest(net) as model:
            said.append(answers(model, part, net.config.mirror).float())
    return torch.cat(said)


def slopes(net: "Predictor", x: torch.Tensor, index: int) -> torch.Tensor:
    """How the class's logit changes with every number of each input. (b, c, h, w) -> the same"""
    found = []
    for part in x.split(max(1, LEARNING // x[0].numel())):
        with at_rest(net, gradients=True) as model:
            part = part.detach().requires_grad_()
            score = answers(model, part, net.config.mirror)[:, index].sum()
            found.append(torch.autograd.grad(score, part)[0])
    return torch.cat(found)


@contextmanager
def tap(model: nn.Module, name: str) -> Iterator[list[torch.Tensor]]:
    """Collect what a layer hands on, once per forward pass; gradients reach back to there.

    Raises:
        ValueError: the net has no such layer.
    """
    kept: list[torch.Tensor] = []

    def keep(module: nn.Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        leaf = output.detach().requires_grad_(torch.is_grad_enabled())
        kept.append(leaf)
        return leaf.clone()  # the next layer may write into it

    try:
        layer = model.get_submodule(name) if name else None
    except AttributeError:
        layer = None
    if layer is None:
        raise ValueError(f"the net has no layer {name[:60]!r}: choose one of `layers`")
    hook = layer.register_forward_hook(keep)
    try:
        yield kept
    finally:
        hook.remove()


def as_maps(activations: torch.Tensor) -> torch.Tensor:
    """A layer's output as maps; of tokens the CLS token is left out. -> (b, maps, h, w)"""
    if activations.dim() == 4:
        return activations
    count = activations.shape[1]
    side = isqrt(count)
    patches = activations[:, count - side**2 :]
    return patches.transpose(1, 2).unflatten(2, (side, side))


def layers(net: "Predictor") -> list[Layer]:
    """The layers on whose maps a class can be located, from the picture to the head.

    Of a convolutional net the outputs of bends, poolings and blocks; of a ViT the tokens that
    each attention is given. Empty for nets without maps, such as MLP and LSTM.
    """
    x = torch.zeros(1, net.channels, net.size, net.size, device=net.device)
    with at_rest(net) as model, _everything(model) as seen:
        model(x.contiguous(memory_format=torch.channels_last))
    calls = Counter(name for name, *_ in seen)
    groups: dict[int, list[tuple[str, nn.Module, torch.Tensor]]] = {}
    asked = {id(inputs[0]) for _, m, inputs, _ in seen if is_attention(m)}
    for name, module, _, output in seen:
        groups.setdefault(id(output), []).append((name, module, output))
    found = []
    for key, group in groups.items():
        once = [(name, module) for name, module, _ in group if calls[name] == 1]
        layer = _layer(once, group[0][2], key in asked) if once else None
        if layer and (layer.tokens or any(_finished(module) for _, module, _ in group)):
            found.append(layer)
    return found or _last_resort(seen, calls)


def default(found: list[Layer]) -> Layer:
    """Where to look first: the deepest layer that is still fine enough to show places."""
    fine = [layer for layer in found if layer.side >= SIDE]
    return (fine or found)[-1]


def is_attention(module: nn.Module) -> bool:
    """Whether a module is an attention whose maps can be watched."""
    return isinstance(module, nn.MultiheadAttention) or hasattr(module, "attend")


Seen = list[tuple[str, nn.Module, tuple[Any, ...], torch.Tensor]]


@contextmanager
def _everything(model: nn.Module) -> Iterator[Seen]:
    """Every module's inputs and output, in the order of computation."""
    seen: Seen = []
    hooks = []

    def listen(name: str) -> Any:
        def hear(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, torch.Tensor):
                seen.append((name, module, inputs, output))

        return hear

    try:
        for name, module in model.named_modules():
            if name:
                hooks.append(module.register_forward_hook(listen(name)))
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _layer(named: list[tuple[str, nn.Module]], output: torch.Tensor, asked: bool) -> Layer | None:
    """What makes this output, by the shortest of its names; None where it is no set of maps."""
    name, module = min(named, key=lambda pair: len(pair[0]))
    kind = type(named[0][1]).__name__
    if output.dim() == 4 and output.shape[2] == output.shape[3] >= 2:
        return Layer(name, kind, output.shape[1], output.shape[2])
    if asked and output.dim() == 3 and (side := isqrt(output.shape[1])) >= 2:
        whole = output.shape[1] - side**2 in (0, 1)
        return Layer(name, kind, output.shape[2], side, tokens=True) if whole else None
    return None


def _finished(module: nn.Module) -> bool:
    whole = any(module.children()) and not isinstance(module, nn.Sequential)
    return isinstance(module, ENDS) or whole


def _last_resort(seen: Seen, calls: Counter[str]) -> list[Layer]:
    """The last maps of any layer, for nets whose blocks hand on something else."""
    for name, module, _, output in reversed(seen):
        if calls[name] == 1 and (layer := _layer([(name, module)], output, False)):
            return [layer]
    return []


def enlarged(values: np.ndarray, size: int) -> np.ndarray:
    """A map at the picture's side, bilinear. (h, w) -> (size, size)"""
    x = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    return np.asarray(F.interpolate(x, (size, size), mode="bilinear")[0, 0].numpy())
