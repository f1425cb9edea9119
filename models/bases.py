"""Bases of transfer: torchvision's nets, their stages and last layer, and how to freeze them."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

# Parts that only hold the stages, in our nets and in torchvision's.
OPENED = {"base", "features", "encoder", "layers", "blocks", "stages", "trunk_output"}
OPENED |= {"classifier", "heads", "head"}
NORMS = (_BatchNorm, nn.LayerNorm, nn.GroupNorm)
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # further heads, for training from nothing only
PORTED = {"aux_logits": False, "init_weights": False, "transform_input": True}
PARTITION = 224  # pixels that the attention of maxvit must be able to divide


@dataclass(frozen=True)
class Source:
    """A base before it is changed: classes, channels and side of its pictures, their moments."""

    net: nn.Module
    classes: int
    channels: int
    side: int
    mean: Sequence[float]
    std: Sequence[float]


def listed(name: str) -> Any:
    """torchvision's best ImageNet weights for a classifier, by its name: address and facts.

    Raises:
        ValueError: torchvision has no such classifier.
    """
    from torchvision import models  # it takes a second, and other nets can do without

    names = models.list_models(module=models)
    if name not in names:
        close = difflib.get_close_matches(name, names, n=3) or ["resnet18"]
        raise ValueError(
            f"base {name[:60]!r} is unknown: use zoo:NAME, run:ID or a classifier of torchvision, "
            f"such as {', '.join(close)}"
        )
    return models.get_model_weights(name).DEFAULT


def of_torchvision(name: str, side: int) -> Source:
    """A classifier of torchvision, not yet trained, for pictures of this side.

    Raises:
        ValueError: there is no such classifier, or it does not take pictures of this side.
    """
    from torchvision import models

    weights = listed(name)
    _check_side(name, side, max(weights.meta["min_size"]))
    settings: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        settings = PORTED
    elif name.startswith("vit_"):
        settings = {"image_size": side}
    elif name.startswith("maxvit"):
        settings = {"input_size": (side, side)}
    # RegNets count their channels with tensors, which must hold numbers to be counted with.
    with torch.device("cpu") if name.startswith("regnet") else nullcontext():
        made = models.get_model(name, weights=None, **settings)
    made = made.to(torch.get_default_device())
    shown = weights.transforms()
    return Source(
        made, len(weights.meta["categories"]), 3, side, tuple(shown.mean), tuple(shown.std)
    )


def _check_side(name: str, side: int, least: int) -> None:
    step, what = 1, ""
    if name.startswith("vit_"):
        step = least = int(name.rpartition("_")[2])
        what = f" and a multiple of {step}"
    elif name.startswith("maxvit"):
        step = PARTITION
        what = f" and a multiple of {step}"
    if side < least or side % step:
        nearest = max(least, step * round(side / step))
        raise ValueError(
            f"side {side}: {name} takes pictures of at least {least} pixels a side{what}, "
            f"the nearest is {nearest}"
        )


def find_head(net: nn.Module, classes: int) -> str:
    """The name of a classifier's last layer: the last one with an output per class."""
    found = ""
    for name, layer in net.named_modules():
        width = getattr(layer, "out_features", getattr(layer, "out_channels", None))
        if isinstance(layer, nn.Linear | nn.Conv2d) and width == classes:
            found = name
    if not found:
        raise ValueError(f"{type(net).__name__} has no last layer for {classes} classes")
    return found


def replace_head(net: nn.Module, name: str, classes: int) -> None:
    """Put a fresh layer for `classes` classes in the place of the last one."""
    old: Any = net.get_submodule(name)
    bias = old.bias is not None
    fresh: nn.Module
    if isinstance(old, nn.Linear):
        fresh = nn.Linear(old.in_features, classes, bias)
    else:
        fresh = nn.Conv2d(old.in_channels, classes, old.kernel_size, bias=bias)
    net.set_submodule(name, fresh)


def stages(net: nn.Module, last: str) -> list[list[str]]:
    """A net's stages from picture to head, each as the names of its parts; the head is none.

    A norm belongs to what it follows, and parts without weights are left out.
    """
    found: list[list[str]] = []
    for name, part in _parts(net, last):
        held = [m for m in part.modules() if any(True for _ in m.parameters(recurse=False))]
        if found and all(isinstance(module, NORMS) for module in held):
            found[-1].append(name)
        else:
            found.append([name])
    return found


def _parts(net: nn.Module, last: str, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    for name, part in net.named_children():
        path = prefix + name
        if path == last:
            continue
        if name in OPENED and any(part.children()):
            yield from _parts(part, last, f"{path}.")
        elif any(True for _ in part.parameters()):
            yield path, part


def freeze_stages(net: nn.Module, last: str, depth: int) -> list[str]:
    """Freeze the first `depth` stages, and with them what stands before them; their parts' names.

    Frozen parameters ask for no gradient, so no optimiser ever gets them.
    """
    found = stages(net, last)
    frozen = [name for stage in found[:depth] for name in stage]
    learning = [name for stage in found[depth:] for name in stage] + [last]
    for name, parameter in net.named_parameters():
        # Loose parameters, such as positions, are added to what the first stage makes.
        if depth and not any(name.startswith(f"{part}.") for part in learning):
            parameter.requires_grad_(False)
    return frozen


def adapted(
    name: str, weights: Mapping[str, torch.Tensor], net: nn.Module
) -> dict[str, torch.Tensor]:
    """A base's published weights as its net without auxiliary heads, for its side, takes them."""
    if ":" in name:
        return dict(weights)
    kept = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12])\.", r"\1\2.", key): value
        for key, value in weights.items()
        if not key.startswith(AUXILIARY)
    }
    if name.startswith("vit_"):
        from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

        if isinstance(net, VisionTransformer):
            kept = dict(interpolate_embeddings(net.image_size, net.patch_size, kept))
    return kept
