"""Several nets asked about one picture: what each saw, what it says, and whether they agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from core.calibration import agreement, entropy, softmax
from core.inference import Predictor
from core.perturb import Disturbance, disturb
from core.study import Study, look

NOTHING = Disturbance()
STRANGE = (
    1.25  # strangeness from which on a warning is due; 1 is the limit of 99 % of test pictures
)


@dataclass(frozen=True)
class Opinion:
    """What one net says to one picture.

    logits (k); seen is uint8 (h, w, c), exactly what the net was given, before normalisation;
    strangeness is None where nothing is known of what it has learned from.
    """

    classes: tuple[str, ...]
    logits: np.ndarray
    seen: np.ndarray
    strangeness: float | None

    def probabilities(self, temperature: float = 1.0) -> np.ndarray:
        """(k), in the order of the classes."""
        return softmax(self.logits, temperature)

    def top(self, most: int, temperature: float = 1.0) -> list[tuple[int, str, float]]:
        """The likeliest classes, best first: number, name, probability."""
        shares = self.probabilities(temperature)
        order = np.argsort(-shares, kind="stable")[:most]
        return [(int(at), self.classes[at], float(shares[at])) for at in order]

    def bits(self, temperature: float = 1.0) -> float:
        """Entropy, 0 for one answer alone."""
        return float(entropy(self.probabilities(temperature)))

    @property
    def answer(self) -> str:
        """The likeliest class; no temperature changes it."""
        return self.classes[int(self.logits.argmax())]

    @property
    def strange(self) -> bool:
        """Whether the picture is so unlike the training data that the answer means little."""
        return self.strangeness is not None and self.strangeness >= STRANGE


@dataclass(frozen=True)
class Verdict:
    """How several nets' opinions lie to each other.

    answers are the different ones with how many nets gave each, most first; alike is 1 where all
    probabilities are the same and 0 where no net shares anything with another.
    """

    answers: tuple[tuple[str, int], ...]
    alike: float

    @property
    def unanimous(self) -> bool:
        """Whether there is only one answer."""
        return len(self.answers) == 1


def ask(
    net: Predictor, picture: Image.Image, how: Disturbance = NOTHING, known: Study | None = None
) -> Opinion:
    """One net's opinion of a picture, disturbed as it is given to the net."""
    packed = net.tensor(picture).numpy()
    if how:
        packed = disturb(packed, how, tuple(net.card["mean"]))
    (opinion,) = ask_packed(net, packed[None], known)
    return opinion


def ask_packed(net: Predictor, packed: np.ndarray, known: Study | None = None) -> list[Opinion]:
    """One net's opinions of pictures as it is given them. uint8 (b, c, h, w)"""
    logits, features = (part.numpy() for part in look(net, torch.from_numpy(packed)))
    strange: Sequence[float | None] = [None] * len(packed)
    if known is not None:
        strange = [float(s) for s in known.strangeness(packed, features)]
    return [
        Opinion(net.classes, row, picture.transpose(1, 2, 0), s)
        for row, picture, s in zip(logits, packed, strange, strict=True)
    ]


def compare(opinions: Sequence[Opinion], temperature: float = 1.0) -> Verdict | None:
    """Whether nets that know the same classes agree; None for fewer than two of them."""
    if len(opinions) < 2 or len({opinion.classes for opinion in opinions}) > 1:
        return None
    answers = Counter(opinion.answer for opinion in opinions)
    alike = agreement([opinion.probabilities(temperature) for opinion in opinions])
    return Verdict(tuple(answers.most_common()), alike)
