"""The peers: the best loop one would write by hand, and the loop that most scripts have."""

import time
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

from benchmarks import adversaries
from benchmarks.files import Files, shuffled
from core.config import RunConfig
from core.data import Pictures, load
from core.device import autocast, bfloat16
from core.optim import OPTIMIZERS
from models import build

CPU = torch.device("cpu")
Step = Callable[[], int]  # one training step; returns the pictures it took


def _net(config: RunConfig, pictures: Pictures) -> nn.Module:
    torch.manual_seed(config.seed)
    return build(
        config.model,
        channels=pictures.channels,
        image=pictures.size,
        classes=len(pictures.classes),
    ).train()


def _optimizers(net: nn.Module, config: RunConfig) -> Sequence[torch.optim.Optimizer]:
    learned = [p for p in net.parameters() if p.requires_grad]
    return OPTIMIZERS[config.optimizer.name].build(learned, config.optimizer)


def by_hand(config: RunConfig) -> Step:
    """Whole batches by index, same net, precision and layout; no page, no store, no scores."""
    return _by_index(config, bfloat16(config, CPU), torch.channels_last)


def plain(config: RunConfig) -> Step:
    """The same in float32 and in torch's usual layout."""
    return _by_index(config, False, torch.contiguous_format)


def _by_index(config: RunConfig, half: bool, layout: torch.memory_format) -> Step:
    pictures = load(config.data.name)
    net = _net(config, pictures).to(memory_format=layout)
    optimizers = _optimizers(net, config)
    images, labels = pictures.train_images, pictures.train_labels
    mean = torch.tensor(pictures.mean).view(1, -1, 1, 1) * 255
    std = torch.tensor(pictures.std).view(1, -1, 1, 1) * 255
    order: Iterator[torch.Tensor] = iter(())

    def step() -> int:
        nonlocal order
        try:
            index = next(order)
        except StopIteration:
            order = iter(torch.randperm(len(labels)).split(config.batch)[:-1])
            index = next(order)
        x = ((images.index_select(0, index).float() - mean) / std).contiguous(memory_format=layout)
        with autocast(half, CPU):
            logits = net(x)
        loss = F.cross_entropy(logits.float(), labels[index])
        net.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return len(index)

    return step


def by_loader(config: RunConfig) -> Step:
    """`DataLoader` + per-image transforms + float32, as in most tutorials."""
    pictures = load(config.data.name)
    return _by_files(config, _net(config, pictures), Files(pictures))


def resnet18(config: RunConfig) -> Step:
    """The same for the usual ResNet-18, with a 3×3 stem, crop and flip."""
    pictures = load(config.data.name)
    net = torchvision.models.resnet18(num_classes=len(pictures.classes))
    net.conv1 = nn.Conv2d(pictures.channels, 64, 3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    varied = [transforms.RandomCrop(pictures.size, padding=4), transforms.RandomHorizontalFlip()]
    return _by_files(config, net.train(), Files(pictures, varied))


def _by_files(config: RunConfig, net: nn.Module, files: Files) -> Step:
    optimizers = _optimizers(net, config)
    batches = shuffled(files, config.batch)

    def step() -> int:
        x, y = next(batches)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return len(y)

    return step


LOOPS: dict[str, Callable[[RunConfig], Step]] = {
    "hand": by_hand,
    "plain": plain,
    "loader": by_loader,
    "resnet18": resnet18,
    "aae-hand": adversaries.by_hand,
    "aae-loader": adversaries.by_loader,
}


class UsualNet(nn.Module):
    """The usual example's net: two convolutions (32, 64), dropout, 128 units."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.head = nn.Sequential(
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(9216, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, 10),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, 1, 28, 28) -> (b, 10)"""
        return self.head(self.features(x))


def usual_example(goal: float, most: int = 14) -> tuple[float, float, int]:
    """Train the usual script until `goal` on the test pictures: seconds, accuracy, epochs.

    Adadelta at rate 1.0, ×0.7 after each epoch, batch 64, `DataLoader`, per-image transforms.
    Evaluation time is not counted.
    """
    pictures = load("mnist")
    torch.manual_seed(1)
    net = UsualNet()
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.7)
    loader = DataLoader(Files(pictures), batch_size=64, shuffle=True)
    mean, std = pictures.mean[0] * 255, pictures.std[0] * 255
    tests = ((pictures.test_images.float() - mean) / std).split(1000)
    seconds = accuracy = 0.0
    epochs = 0
    while accuracy < goal and epochs < most:
        epochs += 1
        net.train()
        start = time.perf_counter()
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
        schedule.step()
        seconds += time.perf_counter() - start
        net.eval()
        with torch.inference_mode():
            answers = torch.cat([net(x).argmax(1) for x in tests])
        accuracy = (answers == pictures.test_labels).float().mean().item()
    return seconds, accuracy, epochs
