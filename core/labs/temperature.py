"""Temperature: a real net's logits made softer or sharper, and how far its word can be taken."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from core import zoo
from core.calibration import BINS, Reliability, best_temperature, entropy, reliability, softmax
from core.checkpoint import read_card
from core.inference import Predictor
from core.study import FILE, Study, look, read

SHOWN = 10
COLDEST, HOTTEST = 0.1, 10.0
SWEEP = np.geomspace(0.25, 4, 41)


@dataclass(frozen=True)
class Case:
    """A net of the zoo with what it said to test pictures of its set.

    Half of them (fit) find the temperature, the other half (judge) tell what it is worth: logits
    (n, k) float64 and labels (n) each. pictures (s, h, w, c) uint8 with truth (s) and what the net
    says to them, said (s, k): the less sure it is the earlier they come.
    """

    name: str
    classes: tuple[str, ...]
    fit: tuple[np.ndarray, np.ndarray]
    judge: tuple[np.ndarray, np.ndarray]
    pictures: np.ndarray
    truth: np.ndarray
    said: np.ndarray


@dataclass(frozen=True)
class Judged:
    """A net at a temperature: its diagram, mean negative log-likelihood in nats, accuracy."""

    diagram: Reliability
    nll: float

    @property
    def accuracy(self) -> float:
        """Share of right answers; no temperature changes it."""
        return self.diagram.accuracy

    @property
    def error(self) -> float:
        """Expected calibration error."""
        return self.diagram.gap


def known() -> list[str]:
    """Nets of the zoo that were asked about test pictures."""
    return [entry.name for entry in zoo.entries() if (entry.folder / FILE).exists()]


def case(name: str) -> Case:
    """Open a net, and ask it.

    Raises:
        ValueError: the zoo has no such net, or nothing is known of its word.
    """
    folder = zoo.find(name).folder
    sha = str(read_card(folder)["files"]["model"]["sha256"])
    found = read(folder, sha)
    if found is None:
        raise ValueError(f"net {name!r} was never asked about test pictures: take another")
    return _case(name, Predictor(folder), found)


def _case(name: str, net: Predictor, study: Study) -> Case:
    logits, labels = study.logits.astype(np.float64), study.labels.astype(int)
    said = look(net, torch.from_numpy(study.shown))[0].double().numpy()
    order = np.argsort(softmax(said).max(1), kind="stable")[:SHOWN]
    return Case(
        name,
        net.classes,
        (logits[::2], labels[::2]),
        (logits[1::2], labels[1::2]),
        study.shown[order].transpose(0, 2, 3, 1),
        study.what[order].astype(int),
        said[order],
    )


def nll(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """Mean cross-entropy of logits / T, by torch. (n, k), (n) -> nats"""
    scaled = torch.from_numpy(logits) / temperature
    return F.cross_entropy(scaled, torch.from_numpy(labels)).item()


def judged(at: Case, temperature: float) -> Judged:
    """The net at a temperature, on the half that did not choose it."""
    logits, labels = at.judge
    diagram = reliability(softmax(logits, temperature), labels)
    return Judged(diagram, nll(logits, labels, temperature))


def fitted(at: Case) -> float:
    """The temperature with the lowest negative log-likelihood on the half kept for this."""
    return best_temperature(*at.fit)


def sweep(at: Case) -> tuple[np.ndarray, np.ndarray]:
    """Over SWEEP: likelihood on the half that fits, calibration error on the other. (41), (41)"""
    losses = [nll(*at.fit, float(temperature)) for temperature in SWEEP]
    errors = [judged(at, float(temperature)).error for temperature in SWEEP]
    return np.array(losses), np.array(errors)


def middles(bins: int = BINS) -> np.ndarray:
    """The middle of each bin of the diagram. (bins)"""
    return (np.arange(bins) + 0.5) / bins


def undecided(logits: np.ndarray, temperatures: np.ndarray) -> np.ndarray:
    """Entropy in bits at each temperature. (k), (t) -> (t)"""
    return np.array([float(entropy(softmax(logits, float(t)))) for t in temperatures])


def code(temperature: float, best: float) -> str:
    """The PyTorch: softmax at a temperature, and how the best one is found."""
    return f"""p = (logits / {temperature:g}).softmax(-1)
p.argmax(-1) == logits.argmax(-1)  # always: accuracy stays

log_t = torch.zeros((), requires_grad=True)  # T = 1
optimizer = torch.optim.LBFGS([log_t], max_iter=50)
def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(kept_logits / log_t.exp(), kept_labels)
    loss.backward()
    return loss
optimizer.step(closure)
log_t.exp()  # {best:.3f}"""


def by_gradient(at: Case) -> float:
    """The same temperature as `fitted`, found as the lines of `code` do."""
    logits, labels = (torch.from_numpy(part) for part in at.fit)
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=50)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(logits / log_t.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return log_t.exp().item()


OPTIONS = ("falls", "same", "rises")


def asked() -> int:
    """What becomes of accuracy when the temperature goes from 1 to 4: counted on a real net."""
    at = case(known()[0])
    change = judged(at, 4.0).accuracy - judged(at, 1.0).accuracy
    return int(np.sign(change)) + 1
