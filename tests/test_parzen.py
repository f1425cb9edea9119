"""Parzen windows: equal to the sum written out, to the density of a known Gaussian, by the rule."""

import math

import pytest
import torch

from core import parzen


def pictures(count: int, seed: int, *shape: int) -> torch.Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=chance)


def by_hand(samples: torch.Tensor, picture: torch.Tensor, width: float) -> float:
    """The mean of normal densities, one number after the other."""
    total = 0.0
    for sample in samples.flatten(1).tolist():
        density = 1.0
        for x, centre in zip(picture.flatten().tolist(), sample, strict=True):
            density *= math.exp(-(((x - centre) / 255) ** 2) / (2 * width**2))
            density /= width * math.sqrt(2 * math.pi)
        total += density
    return math.log(total / len(samples))


def test_it_is_the_log_of_the_mean_of_normal_densities():
    samples, asked = pictures(7, 0, 1, 3, 2), pictures(5, 1, 1, 3, 2)
    widths = (0.2, 0.5, 1.0)
    found = parzen.log_likelihood(samples, asked, widths)
    slow = [[by_hand(samples, picture, width) for picture in asked] for width in widths]
    assert found.dtype == torch.float64
    assert found.numpy() == pytest.approx(torch.tensor(slow).numpy(), abs=1e-4)


def test_far_pictures_have_a_likelihood_though_their_densities_vanish():
    samples = torch.zeros(3, 1, 28, 28, dtype=torch.uint8)
    asked = torch.full((2, 1, 28, 28), 255, dtype=torch.uint8)
    found = parzen.log_likelihood(samples, asked, [0.1])[0]
    exact = -784 / (2 * 0.01) - 392 * math.log(2 * math.pi * 0.01)  # of 784 ones, squared
    assert found.tolist() == pytest.approx([exact, exact], rel=1e-12)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    samples, asked = pictures(40, 2, 1, 4, 4), pictures(23, 3, 1, 4, 4)
    whole = parzen.log_likelihood(samples, asked, [0.3])
    monkeypatch.setattr(parzen, "CHUNK", 4)
    assert torch.allclose(parzen.log_likelihood(samples, asked, [0.3]), whole, atol=1e-10)
    assert parzen.log_likelihood(samples, asked[:0], [0.3]).shape == (1, 0)


def gaussian(count: int, seed: int, spread: float) -> torch.Tensor:
    """Pictures of two pixels that are normal about the middle grey, as bytes."""
    chance = torch.Generator().manual_seed(seed)
    values = 0.5 + spread * torch.randn(count, 1, 1, 2, generator=chance)
    return (values * 255).round().clamp(0, 255).byte()


def test_samples_of_a_known_gaussian_give_its_likelihood():
    spread = 0.1
    found = parzen.estimate(
        gaussian(4_000, 0, spread), gaussian(500, 1, spread), gaussian(2_000, 2, spread),
        [0.001, 0.02, 0.3],
    )  # fmt: skip
    # The mean log-density of a Gaussian in two dimensions is −ln(2πσ²) − 1.
    exact = -math.log(2 * math.pi * spread**2) - 1
    assert found.width == 0.02  # neither spikes on the samples nor one heap
    assert found.mean == pytest.approx(exact, abs=0.1)
    assert found.error == pytest.approx(1 / math.sqrt(2_000), rel=0.15)  # its deviation is 1


def test_the_window_is_chosen_on_validation_pictures_alone():
    samples = torch.zeros(10, 1, 2, 2, dtype=torch.uint8)
    near = torch.full((20, 1, 2, 2), 13, dtype=torch.uint8)  # about 0.05 away from the samples
    far = torch.full((20, 1, 2, 2), 128, dtype=torch.uint8)
    widths = [0.05, 0.5]
    assert parzen.estimate(samples, near, far, widths).width == 0.05
    assert parzen.estimate(samples, far, near, widths).width == 0.5


def test_the_usual_widths_run_from_a_tenth_to_one():
    ratios = [b / a for a, b in zip(parzen.WIDTHS, parzen.WIDTHS[1:], strict=False)]
    assert (parzen.WIDTHS[0], parzen.WIDTHS[-1]) == pytest.approx((0.1, 1.0))
    assert ratios == pytest.approx([ratios[0]] * 19)


def test_what_cannot_be_measured_is_refused():
    two = pictures(2, 0, 1, 2, 2)
    with pytest.raises(ValueError, match="samples of the same size"):
        parzen.log_likelihood(two[:0], two, [0.1])
    with pytest.raises(ValueError, match="samples of the same size"):
        parzen.log_likelihood(pictures(2, 0, 1, 3, 3), two, [0.1])
    with pytest.raises(ValueError, match="widths above 0"):
        parzen.log_likelihood(two, two, [0.1, 0.0])
    with pytest.raises(ValueError, match="too few"):
        parzen.estimate(two, two[:0], two)
    with pytest.raises(ValueError, match="too few"):
        parzen.estimate(two, two, two[:1])
