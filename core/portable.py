"""A decoder as plain numbers, so that a browser can turn codes into pictures by itself."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from core.maker import Maker

MOST = 2_500_000  # weights that are sent to a browser, 5 MB; more stay on the server
Step = tuple[dict[str, Any], list[np.ndarray]]


class _Foreign(Exception):
    """A layer that the browser does not know."""


def packed(told: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Numbers with a description, for a browser: its length, itself as JSON, then the arrays.

    Arrays are listed in the description under "arrays": name, kind, shape, and where they begin.
    """
    listed, parts, at = [], [], 0
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        listed.append({"name": name, "kind": kind, "shape": list(array.shape), "at": at})
        parts.append(raw + b"\0" * (-len(raw) % 8))
        at += len(parts[-1])
    head = json.dumps(told | {"arrays": listed}).encode()
    head += b" " * (-(len(head) + 8) % 8)
    return len(head).to_bytes(8, "little") + head + b"".join(parts)


def decoder(maker: "Maker", about: dict[str, Any]) -> bytes | None:
    """The decoder's layers as 16-bit numbers, for a browser that counts in full.

    None where it is too large, has other layers, or computes in 16 bits itself.

    about is put into its description.
    """
    net = maker.model.decoder
    if maker.half or sum(weights.numel() for weights in net.parameters()) > MOST:
        return None
    try:
        steps = list(_steps(net.layers))
    except _Foreign:
        return None
    told: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for number, (step, weights) in enumerate(steps):
        told.append(step)
        arrays |= {f"{number}.{part}": array for part, array in enumerate(weights)}
    kind = {"code": maker.code, "content": maker.content, "channels": maker.channels}
    frame = {"first": net.frame[0], "size": maker.size}
    return packed(about | {"steps": told} | kind | frame, arrays)


def _steps(layers: nn.Sequential) -> Iterator[Step]:
    for layer in layers:
        step = _step(layer)
        if step is not None:
            yield step


def _step(layer: nn.Module) -> Step | None:
    """What a browser does instead of a layer, None for nothing."""
    if isinstance(layer, nn.Linear):
        told = {"kind": "linear", "given": layer.in_features, "made": layer.out_features}
        return told, [_half(layer.weight), _bias(layer.bias, layer.out_features)]
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        return {"kind": "scale"}, _scale(layer)
    if isinstance(layer, nn.LeakyReLU):
        return {"kind": "bend", "slope": layer.negative_slope}, []
    if isinstance(layer, nn.ReLU):
        return {"kind": "bend", "slope": 0.0}, []
    if isinstance(layer, nn.Tanh):
        return {"kind": "tanh"}, []
    if isinstance(layer, nn.Unflatten):
        return {"kind": "shape", "shape": list(layer.unflattened_size)}, []
    if isinstance(layer, nn.ConvTranspose2d):
        return _transposed(layer)
    if isinstance(layer, nn.Dropout | nn.Identity):
        return None
    raise _Foreign(type(layer).__name__)


def _transposed(layer: nn.ConvTranspose2d) -> Step:
    plain = (layer.dilation, layer.output_padding, layer.groups) == ((1, 1), (0, 0), 1)
    sides = {len(set(pair)) for pair in (layer.kernel_size, layer.stride, layer.padding)}
    if not plain or sides != {1}:
        raise _Foreign("transposed convolution")
    told = {
        "kind": "grow",
        "given": layer.in_channels,
        "made": layer.out_channels,
        "kernel": layer.kernel_size[0],
        "stride": layer.stride[0],
        "padding": int(layer.padding[0]),
    }
    return told, [_half(layer.weight), _bias(layer.bias, layer.out_channels)]


def _scale(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> list[np.ndarray]:
    """Batch norm at rest is a factor and a term for each channel."""
    mean, variance = layer.running_mean, layer.running_var
    if mean is None or variance is None:
        raise _Foreign("batch norm without memory")
    factor = (layer.weight.double() / (variance.double() + layer.eps).sqrt()).detach()
    term = (layer.bias.double() - mean.double() * factor).detach()
    return [_single(factor), _single(term)]


def _half(weights: torch.Tensor) -> np.ndarray:
    return np.asarray(weights.detach().cpu().numpy().astype(np.float16))


def _single(values: torch.Tensor) -> np.ndarray:
    return np.asarray(values.detach().cpu().numpy().astype(np.float32))


def _bias(bias: torch.Tensor | None, count: int) -> np.ndarray:
    return np.zeros(count, np.float32) if bias is None else _single(bias)
