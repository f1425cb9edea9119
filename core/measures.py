"""Measures of codes and samples: how far codes are from their prior, how much samples vary."""

import torch

from core.prior import Prior

WIDTHS = (0.1, 0.2, 0.5, 1.0)  # of the kernels, in shares of the usual distance of two samples
LEAST = -80.0  # of the powers of e: what is smaller adds nothing to a sum
PAIRS = 4  # of samples whose distance is averaged


def mmd(a: torch.Tensor, b: torch.Tensor, scale: float) -> float:
    """Maximum mean discrepancy of two samples, 0 for the same one. (n, d), (m, d)

    The root of the biased estimate with a sum of Gaussian kernels, their widths in shares of
    `scale`. Gretton et al. 2012, A kernel two-sample test.
    """
    own, other, both = (_likeness(x, y, scale) for x, y in ((a, a), (b, b), (a, b)))
    return max(0.0, own + other - 2 * both) ** 0.5


def _likeness(a: torch.Tensor, b: torch.Tensor, scale: float) -> float:
    """The mean over all pairs of the sum of kernels. (n, d), (m, d)"""
    squares = torch.cdist(a, b).square_()
    # In place, and never so small that it is denormal: both take longer than the exponentials.
    powers = (squares.mul(-0.5 / (width * scale) ** 2).clamp_(min=LEAST) for width in WIDTHS)
    kernels = (power.exp_() for power in powers)
    return sum(float(kernel.mean()) for kernel in kernels)


def scale(prior: Prior) -> float:
    """How far two samples of a prior usually are from each other."""
    drawn = prior.draw(512, chance=torch.Generator().manual_seed(1))
    return float(torch.pdist(drawn).median())


def floor(prior: Prior, count: int) -> float:
    """The distance of two samples of a prior from each other, the mean of a few."""
    chance = torch.Generator().manual_seed(2)
    width = scale(prior)
    found = [
        mmd(prior.draw(count, chance=chance), prior.draw(count, chance=chance), width)
        for _ in range(PAIRS)
    ]
    return sum(found) / PAIRS


def spread(pictures: torch.Tensor, others: torch.Tensor) -> float:
    """How much pictures vary, in shares of how much others do; 0 when all are alike. (n, …)"""
    own, theirs = (float(x.float().var(0).mean()) for x in (pictures, others))
    return (own / theirs) ** 0.5 if theirs else 1.0


def evenness(counts: torch.Tensor) -> float:
    """1 where all classes are equally frequent, 0 where there is only one: entropy ÷ its most."""
    if len(counts) < 2 or not counts.sum():
        return 1.0
    share = counts.double() / counts.sum()
    entropy = -torch.special.xlogy(share, share).sum()
    return float(entropy / torch.tensor(float(len(counts))).log())


def kl(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Divergence of Gaussians from the standard one, in nats, mean over them. (n, d), (n, d)"""
    each = log_variance.exp() + mean.square() - 1 - log_variance
    return each.sum(1).mean() / 2
