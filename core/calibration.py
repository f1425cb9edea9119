"""How far probabilities can be believed: reliability, temperature, and when to be silent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True)
class Reliability:
    """Pictures sorted by how sure a net was: per bin how many, how sure on average, how many right.

    sure and right are 0 where count is; gap is the expected calibration error, the mean distance
    between the two over all pictures.
    """

    count: tuple[int, ...]
    sure: tuple[float, ...]
    right: tuple[float, ...]
    accuracy: float
    gap: float


@dataclass(frozen=True)
class Silence:
    """What saying "I don't know" below a threshold brings: shares of test pictures.

    answered is how many get an answer, right how many of those are right, saved how many mistakes
    of all are not made.
    """

    answered: float
    right: float
    saved: float


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities; a temperature above 1 makes a net less sure, never another answer. (…, k)"""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """How undecided, in bits: 0 for a single answer, log2 k where all are alike. (…, k) -> (…)"""
    p = np.asarray(probabilities, dtype=np.float64)
    return -(p * np.log2(np.maximum(p, 1e-300))).sum(-1)


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> Reliability:
    """Sort pictures into bins of equal width by the top probability. (n, k), (n)

    Niculescu-Mizil and Caruana 2005; the gap is that of Guo et al. 2017, arXiv 1706.04599.
    """
    sure = probabilities.max(1)
    hit = probabilities.argmax(1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    least = np.maximum(count, 1)
    means = np.bincount(place, sure, bins) / least
    rights = np.bincount(place, hit, bins) / least
    gap = (np.abs(means - rights) * count).sum() / max(len(labels), 1)
    return Reliability(
        tuple(count.tolist()),
        tuple(means.tolist()),
        tuple(rights.tolist()),
        float(hit.mean()) if len(hit) else 0.0,
        float(gap),
    )


def best_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which the right answers are most likely. (n, k), (n)

    Temperature scaling, Guo et al. 2017, arXiv 1706.04599; a golden-section search over its
    logarithm, in which the likelihood has one peak.
    """
    rows = np.arange(len(labels))

    def loss(power: float) -> float:
        scaled = logits / np.exp(power)
        top = scaled.max(1)
        total = np.log(np.exp(scaled - top[:, None]).sum(1)) + top
        return float((total - scaled[rows, labels]).mean())

    low, high = np.log(COLDEST), np.log(HOTTEST)
    golden = (5**0.5 - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def silence(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> Silence:
    """What a net would be worth that keeps silent where it is less sure than the threshold."""
    hit = probabilities.argmax(1) == labels
    kept = probabilities.max(1) >= threshold
    wrong = (~hit).sum()
    return Silence(
        float(kept.mean()),
        float(hit[kept].mean()) if kept.any() else 1.0,
        float((~hit & ~kept).sum() / wrong) if wrong else 0.0,
    )


def agreement(answers: Sequence[np.ndarray]) -> float:
    """How alike several nets' probabilities are: 1 for the same, 0 where none shares an answer.

    One minus the Jensen-Shannon divergence, as a share of the most that it can be. Each (k)
    """
    if len(answers) < 2:
        return 1.0
    mean = np.mean(answers, axis=0)
    apart = float(entropy(mean) - np.mean([entropy(p) for p in answers]))
    most = np.log2(min(len(answers), len(mean)))
    return float(np.clip(1 - apart / most, 0, 1))
