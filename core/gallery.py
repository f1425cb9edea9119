"""Gallery: the same few validation pictures, looked at again and again as a net learns."""

from typing import Any

import torch

from core.data import Pictures

SHOWN = 24
TOP = 3


class Gallery:
    """A fixed choice of validation pictures, the classes taking turns."""

    def __init__(self, pictures: Pictures, validation: torch.Tensor) -> None:
        self.classes = pictures.classes
        labels = pictures.train_labels[validation]
        turn = torch.zeros(len(labels), dtype=torch.int64)
        for label in range(len(self.classes)):
            mine = labels == label
            turn[mine] = torch.arange(int(mine.sum()))
        # Sorting by (turn, class) deals one picture of each class per round.
        order = torch.argsort(turn * len(self.classes) + labels, stable=True)[:SHOWN]
        self.indices = validation[order]
        self.labels = labels[order]
        self.images = pictures.train_images[self.indices]

    def view(self, probabilities: torch.Tensor) -> list[dict[str, Any]]:
        """What the net says to each picture, best first. (n, k) -> n entries"""
        most = min(TOP, probabilities.shape[1])
        top = probabilities.float().cpu().topk(most, dim=1)
        rows = zip(self.indices.tolist(), self.labels.tolist(), strict=True)
        return [
            {
                "index": index,
                "label": label,
                "top": [[c, round(p, 4)] for c, p in zip(classes, shares, strict=True)],
            }
            for (index, label), classes, shares in zip(
                rows, top.indices.tolist(), top.values.tolist(), strict=True
            )
        ]
