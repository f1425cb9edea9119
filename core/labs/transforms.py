"""Transforms before and after: torchvision's own, on real pictures, in the menu's order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.datasets import DATASETS
from core.samples import some

if TYPE_CHECKING:
    from torchvision.transforms.v2 import Transform

SETS = ("mnist-5k", "shapes")
SHOWN = 8


@dataclass(frozen=True)
class Entry:
    """A transform: its line for a picture of a side and a strength 0..1, and whether it is drawn.

    arguments says with what torchvision's class of that name is made; chance is False for those
    that do the same to every picture.
    """

    arguments: Callable[[int, float], Mapping[str, Any]]
    chance: bool = True


def _whole(value: float) -> int:
    return max(1, round(value))


TRANSFORMS: dict[str, Entry] = {
    "Resize": Entry(lambda side, s: {"size": _whole(side * (1 - 0.75 * s))}, chance=False),
    "CenterCrop": Entry(lambda side, s: {"size": _whole(side * (1 - 0.6 * s))}, chance=False),
    "RandomCrop": Entry(lambda side, s: {"size": side, "padding": _whole(side * s / 3)}),
    "RandomResizedCrop": Entry(
        lambda side, s: {"size": side, "scale": (round(1 - 0.8 * s, 2), 1.0), "antialias": True}
    ),
    "RandomHorizontalFlip": Entry(lambda side, s: {"p": round(s, 2)}),
    "RandomVerticalFlip": Entry(lambda side, s: {"p": round(s, 2)}),
    "RandomRotation": Entry(lambda side, s: {"degrees": round(90 * s)}),
    "RandomAffine": Entry(
        lambda side, s: {
            "degrees": round(30 * s),
            "translate": (round(0.3 * s, 2), round(0.3 * s, 2)),
            "scale": (round(1 - 0.4 * s, 2), round(1 + 0.4 * s, 2)),
            "shear": round(30 * s),
        }
    ),
    "RandomPerspective": Entry(lambda side, s: {"distortion_scale": round(s, 2), "p": 1.0}),
    "ColorJitter": Entry(
        lambda side, s: {
            "brightness": round(0.8 * s, 2),
            "contrast": round(0.8 * s, 2),
            "saturation": round(0.8 * s, 2),
            "hue": round(0.5 * s, 2),
        }
    ),
    "GaussianBlur": Entry(
        lambda side, s: {"kernel_size": 5, "sigma": (0.1, round(0.2 + 2 * s, 2))}
    ),
    "RandomInvert": Entry(lambda side, s: {"p": round(s, 2)}),
    "RandomErasing": Entry(lambda side, s: {"p": 1.0, "scale": (0.02, round(0.03 + 0.4 * s, 2))}),
}


def built(names: Sequence[str], side: int, strength: float) -> "list[Transform]":
    """Torchvision's objects, in the menu's order.

    Raises:
        ValueError: a name that is not on the menu, or a strength outside 0 to 1.
    """
    from torchvision.transforms import v2

    if not 0 <= strength <= 1:
        raise ValueError(f"strength {strength} is out of range: give 0 to 1")
    unknown = [name for name in names if name not in TRANSFORMS]
    if unknown:
        raise ValueError(f"transform {unknown[0][:40]!r} is unknown: {', '.join(TRANSFORMS)}")
    chosen = [name for name in TRANSFORMS if name in names]
    return [getattr(v2, n)(**TRANSFORMS[n].arguments(side, strength)) for n in chosen]


def pictures(name: str) -> np.ndarray:
    """Test pictures of a set, the classes taking turns. -> uint8 (SHOWN, c, h, w)"""
    found = some(name, DATASETS[name].classes, SHOWN)
    return np.stack([sample.picture for sample in found])


def after(
    images: np.ndarray, names: Sequence[str], strength: float, seed: int = 0
) -> list[np.ndarray]:
    """What becomes of each picture, every one varied on its own. (n, c, h, w) -> n × (c, h', w')

    Torchvision draws from torch's global generator, which is put back afterwards.
    """
    steps = built(names, images.shape[-1], strength)
    made = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for image in torch.from_numpy(np.ascontiguousarray(images)):
            for step in steps:
                image = step(image)
            made.append(image.numpy())
    return made


def code(names: Sequence[str], side: int, strength: float) -> str:
    """The PyTorch of it."""
    lines = []
    for name in (name for name in TRANSFORMS if name in names):
        told = TRANSFORMS[name].arguments(side, strength).items()
        lines.append(f"    v2.{name}({', '.join(f'{key}={value!r}' for key, value in told)}),\n")
    return (
        "from torchvision.transforms import v2\n\n"
        f"transform = v2.Compose([\n{''.join(lines)}"
        "    v2.ToDtype(torch.float32, scale=True),\n])"
    )
