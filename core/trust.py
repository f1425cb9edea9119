"""Whether a map can be believed: pixels taken away and given back in its order, and by chance."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from core import pixels, probe

if TYPE_CHECKING:
    from core.inference import Predictor

STEPS = 28
DRAWS = 6  # random maps whose curves are averaged
BLUR = 1 / 9  # of the side: as much as leaves hardly a shape
WORTH = 0.1  # mean advantage over chance from which on a map is called good
ALIKE = 0.7  # rank correlation from which on two maps are called the same
Verdict = Literal["good", "some", "none"]


@dataclass(frozen=True)
class Curves:
    """The class's probability after each step: pixels taken away, pixels given back. (s + 1)"""

    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def areas(self) -> tuple[float, float]:
        """Means under both curves: small for deletion and large for insertion is good."""
        return _area(self.deletion), _area(self.insertion)


@dataclass(frozen=True)
class Trust:
    """A map's curves beside those of random maps and of the same method on a shuffled net.

    shares (s + 1) of pixels moved; alike is the rank correlation of the two maps, None where one
    of them is flat.
    """

    shares: np.ndarray
    own: Curves
    chance: Curves
    shuffled: Curves
    alike: float | None

    @property
    def worth(self) -> tuple[float, float]:
        """How much better than chance at deletion and at insertion, as areas."""
        (lost, gained), (lost_by_chance, gained_by_chance) = self.own.areas, self.chance.areas
        return lost_by_chance - lost, gained - gained_by_chance

    @property
    def verdict(self) -> Verdict:
        """good: clearly better than chance; none: not better."""
        mean = sum(self.worth) / 2
        return "good" if mean >= WORTH and min(self.worth) > 0 else "some" if mean > 0 else "none"

    @property
    def blind(self) -> bool:
        """Whether the map hardly depends on what the net has learned."""
        return self.alike is not None and self.alike >= ALIKE


def curves(
    net: "Predictor", packed: np.ndarray, index: int, maps: Sequence[np.ndarray], steps: int = STEPS
) -> list[Curves]:
    """What becomes of a class when pixels go and come in the order of each map, highest first.

    Deletion replaces them by the training pictures' mean colour, insertion brings them into the
    blurred picture. Petsiuk, Das & Saenko 2018, arXiv 1806.07421. maps (h, w) of any size; where a
    map is flat, patches as coarse as its grid come by chance.

    Raises:
        ValueError: no such class, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed)
    out_of_focus = pixels.blurred(x, max(1.0, BLUR * net.size))
    moved = np.rint(np.linspace(0, net.size**2, steps + 1))
    found = []
    for values in maps:
        taken = torch.from_numpy(_places(values, net.size)[None] < moved[:, None, None])
        taken = taken[:, None].to(x.device)
        pictures = torch.cat([x * ~taken, torch.where(taken, x, out_of_focus)])
        said = probe.logits(net, pictures).softmax(1)[:, index].cpu().numpy()
        found.append(Curves(said[: steps + 1], said[steps + 1 :]))
    return found


def _places(values: np.ndarray, size: int) -> np.ndarray:
    """Each pixel's place in the order from highest to lowest. (h, w) -> (size, size) int"""
    wide = probe.enlarged(values, size).ravel()
    ties = probe.enlarged(np.random.default_rng(3).random(values.shape), size).ravel()
    places = np.empty(wide.size, dtype=np.int64)
    places[np.lexsort((ties, -wide))] = np.arange(wide.size)
    return places.reshape(size, size)


def trust(
    net: "Predictor",
    packed: np.ndarray,
    index: int,
    method: "Callable[[Predictor], np.ndarray]",
    steps: int = STEPS,
    draws: int = DRAWS,
) -> Trust:
    """Judge a method's map of a class: by deletion and insertion, against chance, and blindfold.

    Random maps are as coarse as the map itself, and their curves are averaged. The same method on
    the net with shuffled weights shows whether it looks at what the net has learned: Adebayo et
    al. 2018, arXiv 1810.03292.

    Raises:
        ValueError: as the method does; no such class.
    """
    own, blind = method(net), method(shuffled(net))
    chance = np.random.default_rng(7)
    random = [chance.random(own.shape) for _ in range(draws)]
    first, second, *rest = curves(net, packed, index, [own, blind, *random], steps)
    mean = Curves(
        np.mean([part.deletion for part in rest], 0), np.mean([part.insertion for part in rest], 0)
    )
    return Trust(np.linspace(0, 1, steps + 1), first, mean, second, likeness(own, blind))


def likeness(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation of two maps; None where one is flat. (h, w), (h, w) -> -1…1"""
    ranks = [_ranks(values.ravel()) for values in (one, other)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(np.stack(ranks))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Places in rising order; equal values share the mean of theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[group])


def shuffled(net: "Predictor", seed: int = 0) -> "Predictor":
    """A twin of the net whose weights lie in random places, each layer's among themselves.

    So it is as large and as loud as the net, and knows nothing.
    """
    with net.lock:
        twin = copy.copy(net)
        twin.lock, twin.model = Lock(), copy.deepcopy(net.model)
    order = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in twin.model.parameters():
            mixed = torch.randperm(weights.numel(), generator=order).to(weights.device)
            weights.copy_(weights.reshape(-1)[mixed].view_as(weights))
    return twin


def _area(curve: np.ndarray) -> float:
    """Mean height of a curve over equal steps (trapezoids)."""
    return float((curve[:-1] + curve[1:]).mean() / 2)
