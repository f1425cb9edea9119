"""The autoencoder's parts by themselves: noise, clouds, divergence, and distances of codes."""

import math

import pytest
import torch

from core import measures, priors
from core.settings import assemble
from models import AAE


def test_the_gradient_through_the_noise_is_the_analytic_one():
    """z = μ + σ·ε: of E[z²] = μ² + σ² the slopes are 2μ by μ and σ² by log σ²."""
    mean = torch.tensor(0.7, requires_grad=True)
    log_variance = torch.tensor(-0.4, requires_grad=True)
    noise = torch.randn(400_000, generator=torch.Generator().manual_seed(0))
    ((mean + (log_variance / 2).exp() * noise) ** 2).mean().backward()
    assert float(mean.grad) == pytest.approx(1.4, abs=0.01)
    assert float(log_variance.grad) == pytest.approx(math.exp(-0.4), abs=0.01)
    net = AAE(encoder="gaussian", width=32).eval()
    x, draw = torch.randn(5, 1, 28, 28), torch.randn(5, 2)
    code = net.encode(x, draw)
    code.z.sum().backward()
    slope = torch.autograd.grad(
        net.encode(x, draw).log_variance.sum(), net.encoder.heads["spread"].bias
    )
    scale = ((code.log_variance / 2).exp() * draw / 2).sum(0)
    assert torch.allclose(net.encoder.heads["spread"].bias.grad, scale * slope[0] / 5, atol=1e-5)


def test_a_gaussian_encoder_without_spread_is_the_deterministic_one():
    net = AAE(encoder="gaussian", width=32).eval()
    plain = AAE(width=32).eval()
    state = {n: v for n, v in net.state_dict().items() if "spread" not in n}
    plain.load_state_dict(state)
    x, draw = torch.randn(5, 1, 28, 28), torch.randn(5, 2)
    with torch.no_grad():
        net.encoder.heads["spread"].weight.zero_()
        net.encoder.heads["spread"].bias.fill_(-12.0)
        assert torch.allclose(net.encode(x, draw).z, plain.encode(x).z, atol=0.01)
        assert torch.equal(net.encode(x).z, plain.encode(x).z)


def test_a_universal_encoder_makes_a_cloud_of_noise():
    net = AAE(encoder="universal", width=32).eval()
    x = torch.randn(3, 1, 28, 28)
    with torch.no_grad():
        one, other = (net.encode(x, torch.randn(3, net.noise)).z for _ in range(2))
        still = net.encode(x).z
    assert not torch.allclose(one, other)
    assert torch.equal(still, net.encode(x, torch.zeros(3, net.noise)).z)


def test_the_divergence_of_a_vae_is_torchs_own():
    mean, log_variance = torch.randn(6, 3), torch.randn(6, 3)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    own = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    assert float(measures.kl(mean, log_variance)) == pytest.approx(
        float(own.sum(1).mean()), rel=1e-5
    )


def test_distances_tell_samples_of_a_prior_from_others():
    prior = priors.make("mixture")
    floor, width = measures.floor(prior, 500), measures.scale(prior)
    draw = lambda name, seed: priors.make(name).draw(  # noqa: E731
        500, chance=torch.Generator().manual_seed(seed)
    )
    own = measures.mmd(draw("mixture", 7), draw("mixture", 8), width)
    far = measures.mmd(draw("gaussian", 7), draw("mixture", 8), width)
    assert own == pytest.approx(floor, rel=0.25)
    assert far > 3 * floor
    same = draw("ring", 1)
    assert measures.mmd(same, same, width) == 0
    assert measures.spread(torch.zeros(5, 4), torch.randn(50, 4)) == 0
    assert measures.evenness(torch.tensor([5, 5, 5])) == pytest.approx(1)
    assert measures.evenness(torch.tensor([9, 0])) == pytest.approx(0)


def test_settings_of_the_command_line_make_an_autoencoder():
    config = assemble("mnist-5k", "aae", None, None, 3, 0, ["prior=ring", "code=2", "net=conv"])
    assert (config.model.prior, config.model.net, config.epochs) == ("ring", "conv", 3)
