"""Parzen windows: how likely pictures are under a smooth density laid over samples of a net."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

CHUNK = 500  # pictures held against all samples at a time: 40 MB for 10,000 of these
WIDTHS = tuple(10 ** (-1 + step / 19) for step in range(20))  # 0.1 … 1, even in the logarithm


@dataclass(frozen=True)
class Estimate:
    """Mean log-likelihood of pictures in nats, its standard error, the width of the window."""

    mean: float
    error: float
    width: float


def log_likelihood(
    samples: torch.Tensor, pictures: torch.Tensor, widths: Sequence[float]
) -> torch.Tensor:
    """Log of the mean of Gaussians round the samples, at each picture, for each of the widths.

    (m, …) uint8, (n, …) uint8 -> (len(widths), n) float64, nats per picture, for pixels in 0…1.

    Squares of distances are counted on bytes in float64, where they are exact: a window of 0.1
    multiplies what is rounded off them by fifty.

    Raises:
        ValueError: no samples, pictures of another size, or a width that is not above 0.
    """
    if not len(samples) or samples.shape[1:] != pictures.shape[1:] or min(widths) <= 0:
        raise ValueError(
            f"{tuple(samples.shape)} samples tell nothing of {tuple(pictures.shape)} pictures with "
            f"windows of {min(widths)}: take samples of the same size, and widths above 0"
        )
    known = samples.flatten(1).double()
    own = known.square().sum(1)
    size = known.shape[1]
    found = []
    for part in pictures.flatten(1).split(CHUNK):
        asked = part.double()
        far = asked.square().sum(1)[:, None] + own - 2 * (asked @ known.T)
        found.append(torch.stack([_window(far / 255**2, width, size) for width in widths]))
    return torch.cat(found, 1) if found else torch.empty(len(widths), 0, dtype=torch.double)


def _window(far: torch.Tensor, width: float, size: int) -> torch.Tensor:
    """Squared distances (n, m) of points with so many numbers to log-densities. -> (n)"""
    volume = size / 2 * math.log(2 * math.pi * width**2)
    return torch.logsumexp(far / (-2 * width**2), 1) - math.log(far.shape[1]) - volume


def estimate(
    samples: torch.Tensor,
    validation: torch.Tensor,
    test: torch.Tensor,
    widths: Sequence[float] = WIDTHS,
) -> Estimate:
    """The test pictures' likelihood, in the window under which the validation pictures' is largest.

    All (n, …) uint8. Goodfellow et al. 2014, arXiv 1406.2661, and Makhzani et al. 2015,
    arXiv 1511.05644 (10,000 samples). In many dimensions this says little of how good samples
    are: it is far from the true likelihood, and centres of clusters can beat the data themselves
    (Theis et al. 2016, A note on the evaluation of generative models, arXiv 1511.01844).

    Raises:
        ValueError: no samples or pictures, of different sizes, or a width that is not above 0.
    """
    if not len(validation) or len(test) < 2:
        raise ValueError(
            f"{len(validation)} validation and {len(test)} test pictures are too few: take one "
            "or more to choose the window by, and two or more to measure"
        )
    each = log_likelihood(samples, validation, widths).mean(1)
    width = widths[int(each.argmax())]
    found = log_likelihood(samples, test, [width])[0]
    return Estimate(float(found.mean()), float(found.std() / math.sqrt(len(found))), width)
