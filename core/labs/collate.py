"""collate_fn: short texts of different length padded to one tensor, with what the padding costs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

PAD, UNKNOWN = 0, 1
TOPICS = ("World", "Sports", "Business", "Science")
# A few lines of our own in the manner of a news-topic set: a topic and a headline.
TEXTS: tuple[tuple[int, str], ...] = (
    (3, "probe finds ice"),
    (1, "late goal wins the final"),
    (2, "markets rise"),
    (0, "leaders meet to talk about water rights along the river"),
    (3, "small net learns to read digits in one minute"),
    (1, "runner breaks record"),
    (2, "bank lowers rates after slow spring and weak exports"),
    (0, "storm closes harbour"),
    (3, "telescope sees the oldest light"),
    (1, "home team draws"),
    (2, "oil price falls for third week in a row"),
    (0, "vote counted"),
)


@dataclass(frozen=True)
class Batch:
    """A padded batch: tokens (b, n), lengths (b), topics (b), words of each row."""

    tokens: np.ndarray
    lengths: np.ndarray
    topics: np.ndarray
    words: tuple[tuple[str, ...], ...]

    @property
    def padding(self) -> int:
        """How many places hold no word."""
        return int(self.tokens.size - self.lengths.sum())


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, int]:
    """Every word of the texts with its number; 0 is padding, 1 a word never seen."""
    words = sorted({word for _, text in TEXTS for word in text.split()})
    return {word: number for number, word in enumerate(words, start=UNKNOWN + 1)}


def encode(text: str) -> torch.Tensor:
    """A text as the numbers of its words. -> (words) int64"""
    known = vocabulary()
    return torch.tensor([known.get(word, UNKNOWN) for word in text.lower().split()])


def collate(items: list[tuple[int, str]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One batch of texts of different length. -> tokens (b, longest), lengths (b), topics (b)"""
    rows = [encode(text) for _, text in items]
    lengths = torch.tensor([len(row) for row in rows])
    tokens = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
    return tokens, lengths, torch.tensor([topic for topic, _ in items])


def batches(size: int, alike: bool = False) -> list[Batch]:
    """All texts in batches by a real DataLoader; alike: those of like length come together.

    Raises:
        ValueError: a batch of less than one.
    """
    if size < 1:
        raise ValueError(f"a batch of {size} holds nothing: give 1 or more")
    texts = sorted(TEXTS, key=lambda item: len(item[1].split())) if alike else list(TEXTS)
    loader: DataLoader[tuple[int, str]] = DataLoader(
        texts,  # type: ignore[arg-type]
        batch_size=size,
        collate_fn=collate,
    )
    made = []
    for number, (tokens, lengths, topics) in enumerate(loader):
        words = tuple(tuple(text.split()) for _, text in texts[number * size : (number + 1) * size])
        made.append(Batch(tokens.numpy(), lengths.numpy(), topics.numpy(), words))
    return made


def waste(size: int, alike: bool = False) -> float:
    """Share of all places in all batches that is padding."""
    made = batches(size, alike)
    return sum(batch.padding for batch in made) / sum(batch.tokens.size for batch in made)


def refused(size: int) -> str:
    """What torch says to texts of different length without a collate_fn; "" if it takes them."""
    rows = [(encode(text), topic) for topic, text in TEXTS[:size]]
    try:
        next(iter(DataLoader(rows, batch_size=size)))  # type: ignore[arg-type]
    except RuntimeError as problem:
        return str(problem).splitlines()[0]
    return ""


def code(size: int, alike: bool = False) -> str:
    """The PyTorch of it."""
    order = "sorted(texts, key=length)" if alike else "texts"
    return f"""def collate(items):
    rows = [encode(text) for _, text in items]
    lengths = torch.tensor([len(row) for row in rows])
    tokens = pad_sequence(rows, batch_first=True, padding_value={PAD})
    return tokens, lengths, torch.tensor([topic for topic, _ in items])

loader = DataLoader({order}, batch_size={size}, collate_fn=collate)"""
