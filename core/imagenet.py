"""torchvision's classifiers as they are, with the thousand classes of ImageNet, asked like ours."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import torch
from PIL import Image

from core import hub, imaging
from core.batches import Normalise
from core.checkpoint import load_model
from core.config import parse
from core.device import device, fast_bfloat16
from core.inference import Predictor
from models import bases, build
from models.transfer import Transfer

PREFIX = "imagenet:"


class ImageNet(Predictor):
    """A classifier of torchvision at rest, safe to share between threads.

    Pictures go the way of its own evaluation: the shorter side is brought to a size, and of that
    the middle is taken; both at once here, by one resampling.

    Raises:
        ValueError: torchvision has no such classifier, or its weights are not here.
    """

    def __init__(self, name: str) -> None:
        weights = hub.load(name)
        listed = bases.listed(name)
        shown = listed.transforms()
        self.classes = tuple(listed.meta["categories"])
        self.channels, self.size = 3, int(shown.crop_size[0])
        self.share = self.size / int(shown.resize_size[0])
        mean, std = tuple(shown.mean), tuple(shown.std)
        settings = {"name": "transfer", "base": name, "head": "kept", "side": self.size}
        self.config = parse({"model": settings})
        self.device = device()
        net = build(self.config.model, channels=3, image=self.size, classes=len(self.classes))
        if not isinstance(net, Transfer):
            raise ValueError(f"{name} cannot be asked as it is")
        load_model(net, net.begin_from(weights, mean, std))
        self.model = net.to(self.device).to(memory_format=torch.channels_last)
        self.model.eval()
        self.normalise = Normalise(mean, std, self.device)
        self.half = fast_bfloat16(self.device)
        self.card: Mapping[str, Any] = {
            "data": "imagenet",
            "mean": mean,
            "std": std,
            "classes": list(self.classes),
            "channels": 3,
            "size": self.size,
            "config": self.config.model_dump(mode="json"),
        }
        self.lock = Lock()

    def tensor(self, picture: Image.Image) -> torch.Tensor:
        """The middle of the picture as the net takes it. -> (3, h, w) uint8"""
        side = min(picture.size)
        kept = max(1, round(side * self.share))
        left, top = (picture.width - kept) // 2, (picture.height - kept) // 2
        middle = picture.crop((left, top, left + kept, top + kept))
        return torch.tensor(imaging.to_array(middle, 3, self.size))
