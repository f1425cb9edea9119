"""Maker: a trained autoencoder at rest; pictures to codes, codes to pictures, samples by seed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core import checkpoint, priors
from core.batches import Normalise, in_chunks
from core.census import pixels
from core.codes import Codes, Samples
from core.config import parse
from core.device import autocast, device
from core.prior import Box, cells
from core.zoo import LAST, checkpoint_of
from models import MODELS, build, classifies

if TYPE_CHECKING:
    from core.nets import Net
    from core.store import Store

CHUNK = 512
Content = int | Sequence[int] | np.ndarray | None


class Maker:
    """A trained autoencoder, safe to share between threads.

    Raises:
        ValueError: no such checkpoint, damaged, its weights do not fit, or it is a classifier.
    """

    def __init__(self, folder: Path) -> None:
        self.card = checkpoint.read_card(folder)
        self.config = parse(self.card["config"])
        self.settings: Any = self.config.model
        if classifies(self.settings.name):
            raise ValueError(
                f"{folder.name} ({MODELS[self.settings.name].label}) names pictures: choose an "
                "autoencoder"
            )
        self.data = str(self.card["data"])
        self.classes: tuple[str, ...] = tuple(self.card["classes"])
        self.channels, self.size = int(self.card["channels"]), int(self.card["size"])
        self.device = device()
        shape = {"channels": self.channels, "image": self.size, "classes": len(self.classes)}
        self.model: Any = build(self.settings, **shape).to(self.device)
        self.model = self.model.to(memory_format=torch.channels_last)
        checkpoint.load_model(self.model, checkpoint.load_part(folder, "model", self.card))
        self.model.eval()
        self.normalise = Normalise(self.card["mean"], self.card["std"], self.device)
        self.half = bool(self.card["bfloat16"])
        self.lock = Lock()
        self.code, self.content = int(self.model.code), int(self.model.content)
        self.judges = bool(self.model.judges)
        self.prior = priors.of(self.settings, len(self.classes))

    @property
    def names(self) -> tuple[str, ...]:
        """What the decoder may be told: classes, or what each cluster was found to hold."""
        if self.settings.variant != "clustering":
            return self.classes if self.content else ()
        found = self.model.names.tolist()
        return tuple(self.classes[name] if name >= 0 else "–" for name in found)

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        with self.lock, torch.inference_mode(), autocast(self.half, self.device):
            yield self.model

    def ready(self, packed: np.ndarray) -> torch.Tensor:
        """Packed pictures as the encoder gets them. uint8 (n, c, h, w) -> float32

        Raises:
            ValueError: the net takes pictures of another shape.
        """
        wanted = (self.channels, self.size, self.size)
        if packed.ndim != 4 or packed.shape[1:] != wanted:
            raise ValueError(
                f"the net takes {'×'.join(map(str, wanted))} pictures, these are "
                f"{'×'.join(map(str, packed.shape[1:]))}"
            )
        x = self.normalise(torch.tensor(packed).to(self.device))
        return x.contiguous(memory_format=torch.channels_last)

    def encode(self, packed: np.ndarray, *, draws: int = 0, seed: int = 0) -> Codes:
        """The codes of pictures, and `draws` of each from its cloud. uint8 (n, c, h, w)

        Raises:
            ValueError: the net takes pictures of another shape.
        """
        parts = [packed[at : at + CHUNK] for at in range(0, max(1, len(packed)), CHUNK)]
        found = [self._encode(part) for part in parts]
        z, spread = (np.concatenate([one[n] for one in found]) for n in range(2))
        told = [content for _, _, content in found if content is not None]
        content = np.concatenate(told) if told else None
        chance = torch.Generator().manual_seed(seed)
        clouds = [self._drawn(packed, z, spread, chance) for _ in range(draws)]
        empty = np.empty((0, *z.shape), np.float32)
        return Codes(z, spread, content, np.stack(clouds) if clouds else empty)

    def _encode(self, packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Codes, their deviations and contents of a chunk."""
        x = self.ready(packed)
        with self._asked() as net:
            code = net.encode(x)
            mean, log_variance = code.mean, code.log_variance
            spread = torch.zeros_like(mean) if log_variance is None else (log_variance / 2).exp()
            content = None if code.content is None else code.content.softmax(1).cpu().numpy()
        return mean.cpu().numpy(), spread.cpu().numpy(), content

    def _drawn(
        self, packed: np.ndarray, z: np.ndarray, spread: np.ndarray, chance: torch.Generator
    ) -> np.ndarray:
        noise = torch.randn(len(z), self.model.noise, generator=chance)
        if self.settings.encoder != "universal" or not self.model.encoder.noise:
            return z + spread * noise.numpy() if self.model.noise else z
        x = self.ready(packed)
        with self._asked() as net:
            return np.asarray(net.encode(x, noise.to(self.device)).mean.cpu().numpy())

    def decode(self, z: np.ndarray, content: Content = None) -> np.ndarray:
        """Codes to pictures. (n, d) -> uint8 (n, c, h, w)

        content: for decoders that are told one, a class or cluster for all, one for each (n), or
        shares (n, k); left out, they take turns.

        Raises:
            ValueError: codes of another width, or no such content.
        """
        z = np.atleast_2d(np.asarray(z, dtype=np.float32))
        if z.shape[1] != self.code:
            raise ValueError(f"the codes have {z.shape[1]} numbers and this net's {self.code}")
        whole, told = torch.from_numpy(z), self._told(content, len(z))
        made = []
        with self._asked() as net:
            for part in in_chunks(torch.arange(len(z)), CHUNK):
                own = None if told is None else told[part].to(self.device)
                made.append(pixels(net.decode(whole[part].to(self.device), own)).cpu())
        return np.asarray(torch.cat(made).numpy())

    def _told(self, content: Content, count: int) -> torch.Tensor | None:
        if not self.content:
            return None
        if content is None:
            content = np.arange(count) % self.content
        found = np.asarray(content)
        if found.ndim == 2:
            return torch.from_numpy(np.float32(found))
        which = torch.from_numpy(np.broadcast_to(found.astype(np.int64), (count,)).copy())
        if count and not 0 <= int(which.min()) <= int(which.max()) < self.content:
            raise ValueError(
                f"content {content} is unknown: this decoder has 0 to {self.content - 1}"
            )
        return torch.nn.functional.one_hot(which, self.content).float()

    def reconstruct(self, packed: np.ndarray, labels: Content = None) -> np.ndarray:
        """Pictures through encoder and decoder. uint8 (n, c, h, w) -> the same

        labels: needed where the decoder is told the class and the encoder does not find it.

        Raises:
            ValueError: pictures of another shape, or labels are missing.
        """
        codes = self.encode(packed)
        if self.settings.variant == "supervised" and labels is None:
            raise ValueError("this decoder is told the class: give a label for each picture")
        return self.decode(codes.z, labels if codes.content is None else codes.content)

    def judge(self, z: np.ndarray, label: int | None = None) -> np.ndarray:
        """How sure the discriminator is that codes are samples of the prior, 0…1. (n, d) -> (n)

        label: what a guided one is told, None for "unlabelled".

        Raises:
            ValueError: this net has no discriminator.
        """
        if not self.judges:
            raise ValueError(f"a net of the variant {self.settings.variant} has no discriminator")
        codes = torch.from_numpy(np.float32(z)).to(self.device)
        parts = torch.full((len(codes),), -1 if label is None else label, device=self.device)
        with self._asked() as net:
            return np.asarray(net.judge(codes, parts).sigmoid().cpu().numpy())

    def heat(self, box: Box, steps: int = 64, label: int | None = None) -> np.ndarray:
        """The same over a grid of the plane. -> (steps, steps), the bottom row first

        Raises:
            ValueError: no discriminator, or codes with more than two numbers.
        """
        if self.code != 2:
            raise ValueError(f"a plane has two numbers and this net's codes {self.code}")
        return self.judge(cells(box, steps), label).reshape(steps, steps)

    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        component: int | None = None,
        content: Content = None,
        temperature: float = 1.0,
    ) -> Samples:
        """Pictures from the prior, or from one part of it; the same seed gives the same ones.

        temperature stretches the codes about the middle of where they are drawn.

        Raises:
            ValueError: no such part or content.
        """
        z = self.prior.sample(n, seed, component, temperature)
        if not self.content:
            return Samples(z, None, self.decode(z))
        told = np.arange(n) % self.content if content is None else np.asarray(content)
        told = told if told.ndim == 2 else np.broadcast_to(told, (n,))
        return Samples(z, told, self.decode(z, told))


def open_maker(source: str, tag: str = LAST) -> Maker:
    """The autoencoder of a run or of `zoo:NAME`, at one of its checkpoints.

    Raises:
        ValueError: no such run, net or checkpoint, or it is a classifier.
    """
    return Maker(checkpoint_of(source, tag))


def menu(store: "Store") -> "list[Net]":
    """The autoencoders to choose from: the zoo, then the newest runs that have ended with one."""
    from core.nets import everything

    return [net for net in everything(store) if not classifies(net.model)]
