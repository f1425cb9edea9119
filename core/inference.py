"""From a checkpoint to answers: pictures in, class names and probabilities out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from PIL import Image

from core import checkpoint, imaging
from core.batches import Normalise, in_chunks
from core.config import parse
from core.device import autocast, device
from core.faults import spoil
from core.objectives import EVALUATION_BATCH, Classify, Score, answers
from core.zoo import checkpoint_of
from models import build, classifies


@dataclass(frozen=True)
class Prediction:
    """What a net says to one picture: all classes, best first, and the picture as it saw it.

    probabilities sum to 1; seen is uint8 (h, w, c).
    """

    names: tuple[str, ...]
    probabilities: tuple[float, ...]
    seen: np.ndarray


class Predictor:
    """A trained net at rest, safe to share between threads.

    Raises:
        ValueError: no such checkpoint, damaged, or its weights do not fit.
    """

    def __init__(self, folder: Path) -> None:
        card = checkpoint.read_card(folder)
        self.card: Mapping[str, Any] = card
        self.classes: tuple[str, ...] = tuple(card["classes"])
        self.channels, self.size = int(card["channels"]), int(card["size"])
        self.device = device()
        self.config = parse(card["config"])
        if not classifies(self.config.model.name):
            raise ValueError(
                f"{folder.name} makes pictures and names none: look at it in the latent studio, or "
                "with `sample`"
            )
        shape = {"channels": self.channels, "image": self.size, "classes": len(self.classes)}
        self.model = spoil(build(self.config.model, **shape), self.config.fault)
        self.model = self.model.to(self.device).to(memory_format=torch.channels_last)
        checkpoint.load_model(self.model, checkpoint.load_part(folder, "model", card))
        self.model.eval()
        self.normalise = Normalise(card["mean"], card["std"], self.device)
        self.half = bool(card["bfloat16"])
        self.lock = Lock()

    def tensor(self, picture: Image.Image) -> torch.Tensor:
        """The picture as training would have packed it. -> (c, h, w) uint8"""
        return torch.tensor(imaging.to_array(picture, self.channels, self.size))

    @torch.inference_mode()
    def logits(self, pictures: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) uint8 -> (b, k) float32, in the number format of training."""
        x = self.normalise(pictures.to(self.device))
        with self.lock, autocast(self.half, self.device):
            x = x.contiguous(memory_format=torch.channels_last)
            return answers(self.model, x, self.config.mirror).float()

    def predict(self, pictures: Sequence[Image.Image]) -> list[Prediction]:
        """All classes with probabilities for each picture, best first."""
        if not pictures:
            return []
        packed = torch.stack([self.tensor(picture) for picture in pictures])
        parts = [
            self.logits(packed[part])
            for part in in_chunks(torch.arange(len(packed)), EVALUATION_BATCH)
        ]
        probabilities, order = torch.cat(parts).softmax(1).cpu().sort(1, descending=True)
        seen = packed.permute(0, 2, 3, 1).numpy()
        return [
            Prediction(tuple(self.classes[c] for c in classes), tuple(shares), image)
            for classes, shares, image in zip(
                order.tolist(), probabilities.tolist(), seen, strict=True
            )
        ]

    def evaluate(self, images: torch.Tensor, labels: torch.Tensor) -> Score:
        """Accuracy, loss and confusion on packed pictures. (n, c, h, w) uint8, (n)

        Raises:
            ValueError: the pictures have another shape, or labels outside the net's classes.
        """
        if images.shape[1:] != (self.channels, self.size, self.size):
            raise ValueError(
                f"the net takes {self.channels}×{self.size}×{self.size} pictures, "
                f"these are {'×'.join(map(str, images.shape[1:]))}"
            )
        if len(labels) and int(labels.max()) >= len(self.classes):
            raise ValueError(
                f"the net knows {len(self.classes)} classes, the set has {int(labels.max()) + 1}"
            )

        def chunks() -> Any:
            for part in in_chunks(torch.arange(len(labels)), EVALUATION_BATCH):
                x = self.normalise(images[part].to(self.device))
                yield (
                    x.contiguous(memory_format=torch.channels_last),
                    labels[part].to(self.device),
                )

        objective = Classify(
            self.model, (), mirror=self.config.mirror, bfloat16=self.half, device=self.device
        )
        with self.lock:
            scoring = objective.evaluate(chunks, len(self.classes))
            while True:
                try:
                    next(scoring)
                except StopIteration as done:
                    return done.value  # type: ignore[no-any-return]


def open_predictor(source: str, tag: str = "last") -> Predictor:
    """The net of a run or of `zoo:NAME`, at one of its checkpoints.

    Raises:
        ValueError: no such run, net or checkpoint.
    """
    return Predictor(checkpoint_of(source, tag))
