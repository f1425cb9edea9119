"""Worth: what a trained autoencoder is worth on pictures that it has not seen."""

from collections.abc import Iterator

import torch

from core.adversarial import Adversarial
from core.batches import in_chunks
from core.maker import Maker
from core.objectives import EVALUATION_BATCH, Score


def evaluate(maker: Maker, images: torch.Tensor, labels: torch.Tensor) -> Score:
    """Reconstruction, distance to the prior and samples. (n, c, h, w) uint8, (n)

    Raises:
        ValueError: the net takes pictures of another shape.
    """

    def chunks() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for part in in_chunks(torch.arange(len(labels)), EVALUATION_BATCH):
            yield maker.ready(images[part].numpy()), labels[part].to(maker.device)

    goal = Adversarial(maker.config, maker.model, (), bfloat16=maker.half, device=maker.device)
    with maker.lock:
        scoring = goal.evaluate(chunks, len(maker.classes))
        while True:
            try:
                next(scoring)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
