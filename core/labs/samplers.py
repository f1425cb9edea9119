"""Samplers: which pictures a DataLoader takes, in which order, and what becomes of the classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch.utils import data
from torch.utils.data import distributed

from core.data import load

SET = "mnist-5k"
UNEVEN = {"0": 12, "1": 6, "7": 2}  # how many of which digit: the last is rare
REPLICAS = 2
SUBSET = 10
KINDS = (
    "SequentialSampler",
    "RandomSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "DistributedSampler",
    "BatchSampler",
)


class Digits(data.Dataset[tuple[torch.Tensor, int]]):
    """A few real digits, uneven on purpose. An item is a picture (1, 28, 28) and its class."""

    def __init__(self, counts: dict[str, int]) -> None:
        pictures = load(SET)
        rows = []
        for name, count in counts.items():
            mine = (pictures.train_labels == pictures.classes.index(name)).nonzero()[:, 0]
            rows.append(mine[:count])
        chosen = torch.cat(rows)
        chosen = chosen[torch.randperm(len(chosen), generator=torch.Generator().manual_seed(3))]
        self.images = pictures.train_images[chosen]
        names = list(counts)
        labels = pictures.train_labels[chosen].tolist()
        self.labels = [names.index(pictures.classes[label]) for label in labels]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.images[index], self.labels[index]


@dataclass(frozen=True)
class Choice:
    """What is asked of the loader: the sampler, batch size, whether a rest is left out, seed."""

    kind: str
    batch: int = 4
    drop_last: bool = False
    seed: int = 0


@lru_cache(maxsize=4)
def _digits(home: str) -> Digits:
    """The set; `home` is part of the key alone."""
    return Digits(UNEVEN)


def digits() -> Digits:
    """The uneven set, opened once for a home."""
    from core.home import home

    return _digits(str(home()))


def counts(labels: Sequence[int]) -> list[int]:
    """How many there are of each class. (n) -> (classes)"""
    return np.bincount(np.asarray(labels, dtype=int), minlength=len(UNEVEN)).tolist()


def weights(labels: Sequence[int]) -> list[float]:
    """What each picture must weigh for all classes to come equally often: 1 / its class's count."""
    known = counts(labels)
    return [1 / known[label] for label in labels]


def sampler(choice: Choice, labels: Sequence[int], rank: int = 0) -> data.Sampler[int]:
    """Torch's own sampler of that name over a set with these labels.

    Raises:
        ValueError: there is none of that name here.
    """
    n, everything = len(labels), list(range(len(labels)))
    chance = torch.Generator().manual_seed(choice.seed)
    match choice.kind:
        case "SequentialSampler" | "BatchSampler":
            return data.SequentialSampler(everything)
        case "RandomSampler":
            return data.RandomSampler(everything, generator=chance)
        case "SubsetRandomSampler":
            return data.SubsetRandomSampler(range(SUBSET), generator=chance)
        case "WeightedRandomSampler":
            return data.WeightedRandomSampler(weights(labels), n, generator=chance)
        case "DistributedSampler":
            return distributed.DistributedSampler(  # a list is a dataset for it: it asks its length
                everything,  # type: ignore[arg-type]
                REPLICAS,
                rank,
                seed=choice.seed,
                drop_last=choice.drop_last,
            )
    raise ValueError(f"sampler {choice.kind[:40]!r} is unknown: choose of {', '.join(KINDS)}")


def epoch(choice: Choice, labels: Sequence[int], number: int = 0, rank: int = 0) -> list[list[int]]:
    """The indices that a DataLoader takes in an epoch, batch by batch.

    Epochs before it are gone through as well, because a generator goes on where it was;
    DistributedSampler is told the number by `set_epoch`.
    """
    order = sampler(choice, labels, rank)
    indices = list(range(len(labels)))  # the items are their own numbers
    if choice.kind == "BatchSampler":
        whole = data.BatchSampler(order, choice.batch, choice.drop_last)
        loader: data.DataLoader[int] = data.DataLoader(
            indices,  # type: ignore[arg-type]
            batch_sampler=whole,
            collate_fn=list,
        )
    else:
        loader = data.DataLoader(
            indices,  # type: ignore[arg-type]
            batch_size=choice.batch,
            sampler=order,
            drop_last=choice.drop_last,
            collate_fn=list,
        )
    if isinstance(order, distributed.DistributedSampler):
        order.set_epoch(number)
        return list(loader)
    for _ in range(number):
        list(loader)
    return list(loader)


def code(choice: Choice, number: int = 0) -> str:
    """The PyTorch of the choice."""
    made = {
        "SequentialSampler": "SequentialSampler(dataset)",
        "RandomSampler": f"RandomSampler(dataset, generator=manual_seed({choice.seed}))",
        "SubsetRandomSampler": f"SubsetRandomSampler(range({SUBSET}))",
        "WeightedRandomSampler": "WeightedRandomSampler(1 / counts[labels], len(dataset))",
        "DistributedSampler": f"DistributedSampler(dataset, {REPLICAS}, rank, seed={choice.seed})",
        "BatchSampler": "SequentialSampler(dataset)",
    }[choice.kind]
    asked = f"batch_size={choice.batch}, sampler=sampler, drop_last={choice.drop_last}"
    lines = [f"sampler = {made}"]
    if choice.kind == "BatchSampler":
        lines.append(f"batches = BatchSampler(sampler, {choice.batch}, {choice.drop_last})")
        asked = "batch_sampler=batches"
    if choice.kind == "DistributedSampler":
        lines.append(f"sampler.set_epoch({number})  # else every epoch has the same order")
    lines += [f"loader = DataLoader(dataset, {asked})", "for pictures, labels in loader: ..."]
    return "\n".join(lines)


DATASET = """class Digits(Dataset):
    def __init__(self, images, labels):  # once: what is known at the start
        self.images, self.labels = images, labels

    def __len__(self):  # how many: samplers draw from range(len(dataset))
        return len(self.labels)

    def __getitem__(self, index):  # one item: the loader calls this for each index
        return self.images[index], self.labels[index]"""


def rare(drawn: int = 2000, seed: int = 0) -> float:
    """Share of the rarest class when the weighted sampler draws that often."""
    labels = digits().labels
    chance = torch.Generator().manual_seed(seed)
    found = data.WeightedRandomSampler(weights(labels), drawn, generator=chance)
    return counts([labels[i] for i in found])[-1] / drawn


SHARES = (0.1, 1 / 3, 0.5, 0.9)


def asked() -> int:
    """Which of SHARES the rarest class has under weights of 1 / count: drawn and counted."""
    found = rare()
    return int(np.argmin([abs(share - found) for share in SHARES]))
