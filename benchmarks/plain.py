"""Rollout, relevance and Grad-CAM as public notebooks write them, to be measured against."""

from typing import Any

import torch
from torch import nn

Maps = list[torch.Tensor]


def _attends(model: nn.Module) -> list[nn.Module]:
    return [module for name, module in model.named_modules() if name.endswith("attend")]


def rollout(model: nn.Module, x: torch.Tensor, discard: float = 0.0) -> torch.Tensor:
    """Forward hooks, then a product of matrices over the blocks. (1, c, h, w) -> (p)

    In the manner of https://github.com/jacobgil/vit-explain, with its row sums put right.
    """
    maps: Maps = []
    hooks = [
        module.register_forward_hook(lambda m, args, output: maps.append(output.cpu()))
        for module in _attends(model)
    ]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return joined([found.mean(1)[0] for found in maps], discard)


def joined(fused: Maps, discard: float = 0.0) -> torch.Tensor:
    """The product Â_L ⋯ Â_1 and its CLS row. [(n, n)] -> (p)"""
    eye = torch.eye(len(fused[0]))
    result = eye
    for found in fused:
        free = found[:, 1:].flatten().clone()
        free[free.argsort()[: int(discard * len(free))]] = 0
        kept = torch.cat([found[:, :1], free.view(len(found), -1)], 1)
        mixed = (kept + eye) / 2
        result = mixed / mixed.sum(-1, keepdim=True) @ result
    return result[0, 1:]


def pulled(model: nn.Module, x: torch.Tensor, index: int) -> tuple[Maps, Maps]:
    """Each block's maps and their gradients, by hooks and a whole backward pass."""
    maps: Maps = []
    slopes: Maps = []

    def keep(module: nn.Module, args: Any, output: torch.Tensor) -> None:
        maps.append(output)
        output.register_hook(slopes.append)

    hooks = [module.register_forward_hook(keep) for module in _attends(model)]
    chosen = torch.zeros(1, 10)
    logits = model(x)
    chosen[0, index] = 1
    model.zero_grad()
    (logits * chosen).sum().backward()
    for hook in hooks:
        hook.remove()
    return [found.detach() for found in maps], slopes[::-1]  # gradients come last block first


def relevance(model: nn.Module, x: torch.Tensor, index: int) -> torch.Tensor:
    """In the manner of https://github.com/hila-chefer/Transformer-MM-Explainability. -> (p)"""
    maps, slopes = pulled(model, x, index)
    reached = torch.eye(maps[0].shape[-1])
    for found, slope in zip(maps, slopes, strict=True):
        step = (slope * found).clamp(min=0).mean(1)[0]
        reached = reached + step @ reached
    return reached[0, 1:]


def gradient_rollout(model: nn.Module, x: torch.Tensor, index: int) -> torch.Tensor:
    """In the manner of https://github.com/jacobgil/vit-explain. -> (p)"""
    maps, slopes = pulled(model, x, index)
    pairs = zip(maps, slopes, strict=True)
    return joined([(slope * found).mean(1)[0].clamp(min=0) for found, slope in pairs])


def grad_cam(model: nn.Module, x: torch.Tensor, index: int, layer: str) -> torch.Tensor:
    """In the manner of https://github.com/jacobgil/pytorch-grad-cam, unscaled. -> (h, w)"""
    maps: Maps = []
    slopes: Maps = []

    def keep(module: nn.Module, args: Any, output: torch.Tensor) -> None:
        maps.append(output)
        output.register_hook(slopes.append)

    hook = model.get_submodule(layer).register_forward_hook(keep)
    model.zero_grad()
    model(x)[:, index].sum().backward()
    hook.remove()
    weights = slopes[0].mean((2, 3), keepdim=True)
    return (weights * maps[0].detach()).sum(1).relu()[0]
