"""The peers of an adversarial autoencoder: the best loop by hand, and the loop of most scripts."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torchvision import transforms

from benchmarks.files import Files, shuffled
from core.config import RunConfig
from core.data import load
from models import build
from models.aae import AAE
from models.autoencoder import FRAME

Step = Callable[[], int]  # one round of all three steps; returns the pictures it took


def _net(config: RunConfig, **shape: int) -> AAE:
    torch.manual_seed(config.seed)
    net = build(config.model, **(load(config.data.name).shape | shape)).train()
    if not isinstance(net, AAE) or net.variant != "plain" or net.guided or net.noise:
        raise ValueError("the peers know the plain autoencoder with one code per picture only")
    return net


def by_hand(config: RunConfig) -> Step:
    """Whole batches by index, fused optimisers, one pass for real and made codes together."""
    net, images = _net(config), load(config.data.name).train_images
    rate = config.optimizer.lr
    both = [*net.encoder.parameters(), *net.decoder.parameters()]
    whole = torch.optim.Adam(both, lr=rate, fused=True)
    judge = torch.optim.Adam(net.discriminator.parameters(), lr=rate, fused=True)
    liar = torch.optim.Adam(net.encoder.parameters(), lr=rate, fused=True)
    order: Iterator[torch.Tensor] = iter(())
    truth = torch.cat([torch.ones(config.batch), torch.zeros(config.batch)])

    def step() -> int:
        nonlocal order
        try:
            index = next(order)
        except StopIteration:
            order = iter(torch.randperm(len(images)).split(config.batch)[:-1])
            index = next(order)
        x = images.index_select(0, index).float().div_(127.5).sub_(1)
        net.zero_grad(set_to_none=True)
        F.mse_loss(net.decode(net.encode(x).z), x).backward()
        whole.step()
        z = net.encode(x).z
        said = net.judge(torch.cat([torch.randn_like(z), z.detach()]))
        F.binary_cross_entropy_with_logits(said, truth).backward()
        judge.step()
        liar.zero_grad(set_to_none=True)
        for weight in net.discriminator.parameters():
            weight.requires_grad_(False)
        said = net.judge(z)
        F.binary_cross_entropy_with_logits(said, torch.ones_like(said)).backward()
        for weight in net.discriminator.parameters():
            weight.requires_grad_(True)
        liar.step()
        return len(index)

    return step


def by_loader(config: RunConfig) -> Step:
    """`DataLoader`, per-image transforms, plain Adam, a pass of its own for everything.

    Pictures are resized to the 32×32 pixels of the net, one by one, where ours frames a batch.
    """
    net, pictures = _net(config, image=FRAME), load(config.data.name)
    rate = config.optimizer.lr
    both = [*net.encoder.parameters(), *net.decoder.parameters()]
    whole = torch.optim.Adam(both, lr=rate)
    judge = torch.optim.Adam(net.discriminator.parameters(), lr=rate)
    liar = torch.optim.Adam(net.encoder.parameters(), lr=rate)
    files = Files(pictures, [transforms.Resize(FRAME)], moments=([0.5], [0.5]))
    batches = shuffled(files, config.batch)

    def step() -> int:
        x, _ = next(batches)
        ones, zeros = torch.ones(len(x)), torch.zeros(len(x))
        whole.zero_grad()
        F.mse_loss(net.decode(net.encode(x).z), x).backward()
        whole.step()
        judge.zero_grad()
        real = torch.sigmoid(net.judge(torch.randn(len(x), net.code)))
        made = torch.sigmoid(net.judge(net.encode(x).z.detach()))
        loss = F.binary_cross_entropy(real, ones) + F.binary_cross_entropy(made, zeros)
        (loss / 2).backward()
        judge.step()
        liar.zero_grad()
        fooled = torch.sigmoid(net.judge(net.encode(x).z))
        F.binary_cross_entropy(fooled, ones).backward()
        liar.step()
        return len(x)

    return step
