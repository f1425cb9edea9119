"""Pictures as rows of patches and back, and the embedding that turns patches into tokens."""

import torch
from einops import rearrange
from torch import nn

from models.layers import nearest_divisor


def check_patch(image: int, patch: int) -> None:
    """Refuse patches that leave a rest.

    Raises:
        ValueError: patches of `patch` pixels do not tile a picture of `image` pixels.
    """
    if patch < 1 or image % patch:
        raise ValueError(
            f"patches of {patch} pixels do not tile a {image}×{image} picture: the nearest side "
            f"that does is {nearest_divisor(image, patch)}"
        )


def patchify(images: torch.Tensor, patch: int) -> torch.Tensor:
    """Cut pictures into patches, row by row. (b, c, h, w) -> (b, n, patch · patch · c)"""
    return rearrange(images, "b c (h p1) (w p2) -> b (h w) (p1 p2 c)", p1=patch, p2=patch)


def unpatchify(patches: torch.Tensor, patch: int, height: int) -> torch.Tensor:
    """Put patches back together, `height` of them on top of each other; undoes patchify."""
    return rearrange(
        patches, "b (h w) (p1 p2 c) -> b c (h p1) (w p2)", h=height, p1=patch, p2=patch
    )


class PatchEmbedding(nn.Module):
    """Every patch times one matrix, as a convolution that strides by whole patches.

    (b, c, h, w) -> (b, n, d). Dosovitskiy et al. 2020, arXiv 2010.11929, equation 1.
    """

    def __init__(self, channels: int, width: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.project = nn.Conv2d(channels, width, patch, stride=patch)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, n, d)"""
        return rearrange(self.project(images), "b d h w -> b (h w) d")

    def unrolled(self, images: torch.Tensor) -> torch.Tensor:
        """The same in the words of equation 1: cut, flatten, multiply. (b, c, h, w) -> (b, n, d)"""
        matrix = rearrange(self.project.weight, "d c p1 p2 -> d (p1 p2 c)")
        return nn.functional.linear(patchify(images, self.patch), matrix, self.project.bias)
