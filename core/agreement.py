"""Agreement: a picture and a varied copy of it are to fall into the same cluster."""

import math

import torch

from core.augment import warp

TURN, SLANT = math.radians(15), math.tan(math.radians(10))
STRETCH, MOVE = 0.1, 1 / 7  # MOVE of half a side: two pixels of 28
TINY = 1e-8  # so that no logarithm is infinite


def varied(x: torch.Tensor) -> torch.Tensor:
    """Each picture turned, slanted, stretched and moved a little. (b, c, h, w) -> (b, c, h, w)"""
    chance = 2 * torch.rand(5, len(x), device=x.device) - 1
    angle, slant, size, right, down = chance.unbind()
    size = 1 + STRETCH * size
    cosine, sine, slant = (TURN * angle).cos() * size, (TURN * angle).sin() * size, SLANT * slant
    rows = (cosine, cosine * slant - sine, MOVE * right, sine, sine * slant + cosine, MOVE * down)
    return warp(x, torch.stack(rows, 1))


def information(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Mutual information of the clusters of two views, in nats. Logits (b, k) twice -> ()

    The most is log k: every picture surely in the same cluster twice, all clusters used evenly.
    Ji et al. 2019, invariant information clustering, arXiv 1807.06653, equation 3.
    """
    both = first.softmax(1).T @ second.softmax(1) / len(first)
    both = ((both + both.T) / 2).clamp_min(TINY)
    alone = both.sum(1)
    return (both * (both / alone.outer(alone)).log()).sum()
