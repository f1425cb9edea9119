"""Nets to look into: small ones of every kind with weights drawn by a seed, ready to be asked."""

from threading import Lock

import numpy as np
import torch
from torch import nn

from core.batches import Normalise
from core.config import parse
from core.inference import Predictor
from models import build

SMALL = {
    "cnn": {"name": "cnn", "widths": [6, 8]},
    "resnet": {"name": "resnet", "width": 4, "blocks": 1},
    "fastnet": {"name": "fastnet", "widths": [8, 12]},
    "vit": {"name": "vit", "patch": 7, "width": 16, "depth": 3, "heads": 2, "pooling": "mean"},
    "vit-cls": {"name": "vit", "patch": 7, "width": 16, "depth": 3, "heads": 2, "pooling": "cls"},
    "lstm": {"name": "lstm", "width": 8},
    "mlp": {"name": "mlp", "widths": [16]},
}
CONVOLUTIONAL = ("cnn", "resnet", "fastnet")
ATTENTIVE = ("vit", "vit-cls")


def net(kind: str, mirror: bool = False, channels: int = 1, size: int = 28) -> Predictor:
    """A net that was never trained, its batch norm moved off the trivial."""
    torch.manual_seed(5)
    config = parse({"model": SMALL[kind], "mirror": mirror})
    made = Predictor.__new__(Predictor)
    made.model = build(config.model, channels=channels, image=size, classes=10)
    for module in made.model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
    made.model = made.model.to(memory_format=torch.channels_last).eval()
    made.config, made.classes = config, tuple("0123456789")
    made.channels, made.size = channels, size
    made.device, made.half, made.lock = torch.device("cpu"), False, Lock()
    made.normalise = Normalise((0.2,) * channels, (0.3,) * channels)
    made.card = {"mean": (0.2,) * channels}
    return made


def picture(channels: int = 1, size: int = 28, seed: int = 2) -> np.ndarray:
    """A packed picture of noise, brighter to one corner."""
    noise = np.random.default_rng(seed).integers(0, 160, (channels, size, size))
    return (noise + np.linspace(0, 95, size)[None, None]).astype(np.uint8)


def marks(of: Predictor) -> tuple[int, list[bool], list[bool], list[bool], bool]:
    """What an explanation must leave as it was: hooks, flags, gradients, the lock."""
    modules = list(of.model.modules())
    hooks = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in modules)
    hooks += sum(len(m._backward_hooks) for m in modules)
    weights = list(of.model.parameters())
    return (
        hooks,
        [m.training for m in modules],
        [w.requires_grad for w in weights],
        [w.grad is None for w in weights],
        of.lock.locked(),
    )
