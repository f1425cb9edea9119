"""A picture's way through a Vision Transformer: one forward pass that keeps everything."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core import probe
from core.calibration import softmax
from core.operating import operate, places
from core.parts import Parts
from core.surgery import NONE, Surgery

if TYPE_CHECKING:
    from core.inference import Predictor
    from core.rollout import Fusion


@dataclass(frozen=True)
class Steps:
    """A query's row of attention, number by number.

    dots (n) are q·k, scaled (n) the same / √d, shares (n) the softmax as the net used it, answer
    (d) the sum of the values by these shares.
    """

    dots: np.ndarray
    scaled: np.ndarray
    shares: np.ndarray
    answer: np.ndarray


@dataclass(frozen=True, eq=False)
class Journey:
    """All that happened to a picture on its way; n tokens, p patches, g of them a side.

    shown uint8 (s, s, c) is the picture as it is cut and given (c, s, s) the same as the numbers
    that the projection multiplies; embedded (p, d) are patches before positions (n, d) are added;
    stream (layers + 1, n, d) holds the tokens before the first block and after each one; q, k, v
    (layers, heads, n, d/heads) and maps (layers, heads, n, n) are what attention worked with and
    weighed (layers, heads, n) how long each token's value is once it is projected; logits (k).
    All are float32 unless said, cannot be written to, and hold after the surgery.
    """

    classes: tuple[str, ...]
    surgery: Surgery
    shown: np.ndarray
    given: np.ndarray
    patch: int
    cls: bool
    embedded: np.ndarray
    positions: np.ndarray
    stream: np.ndarray
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    maps: np.ndarray
    weighed: np.ndarray
    logits: np.ndarray

    @property
    def layers(self) -> int:
        """Encoder blocks."""
        return len(self.maps)

    @property
    def heads(self) -> int:
        """In each block."""
        return self.maps.shape[1]

    @property
    def tokens(self) -> int:
        """Patches, and CLS where there is one."""
        return self.maps.shape[-1]

    @property
    def width(self) -> int:
        """Numbers that describe a token."""
        return self.stream.shape[-1]

    @property
    def patches(self) -> int:
        """How many the picture was cut into."""
        return len(self.embedded)

    @property
    def grid(self) -> int:
        """Patches a side."""
        return isqrt(self.patches)

    @property
    def first(self) -> int:
        """The token of the first patch."""
        return int(self.cls)

    @property
    def probabilities(self) -> np.ndarray:
        """(k), in the order of the classes."""
        return softmax(self.logits, 1.0)

    @property
    def answer(self) -> int:
        """The likeliest class."""
        return int(self.logits.argmax())

    def token(self, patch: int) -> int:
        """The token that a patch became.

        Raises:
            ValueError: there is no such patch.
        """
        if not 0 <= patch < self.patches:
            raise ValueError(f"patch {patch} is unknown: the net cuts 0 to {self.patches - 1}")
        return patch + self.first

    def on_grid(self, values: np.ndarray) -> np.ndarray:
        """A value per token as the grid of patches, CLS left out. (…, n) -> (…, g, g)"""
        return values[..., self.first :].reshape(*values.shape[:-1], self.grid, self.grid)

    def scores(self, layer: int, head: int) -> np.ndarray:
        """q kᵀ / √d, before temperature, cuts and softmax. -> (n, n)"""
        q, k = self.q[layer, head], self.k[layer, head]
        return np.asarray(q @ k.T / np.sqrt(np.float32(q.shape[-1])))

    def mixed(self, layer: int, head: int) -> np.ndarray:
        """What a head found for every token, the values by its shares. -> (n, d/heads)"""
        return np.asarray(self.maps[layer, head] @ self.v[layer, head])

    def looks(self, layer: int, head: int, query: int) -> np.ndarray:
        """Where a token looks, CLS left out. -> (g, g)"""
        return self.on_grid(self.maps[layer, head, query])

    def looked_at(self, layer: int, head: int, key: int) -> np.ndarray:
        """Which patches look at a token. -> (g, g)"""
        return self.on_grid(self.maps[layer, head, :, key])

    def fused(self, layer: int, fusion: "Fusion" = "mean") -> np.ndarray:
        """A layer's heads as one map. -> (n, n)"""
        return np.asarray(getattr(self.maps[layer], fusion)(0))

    def steps(self, layer: int, head: int, query: int) -> Steps:
        """How a row of attention came about."""
        q, k = self.q[layer, head, query], self.k[layer, head]
        dots, shares = k @ q, self.maps[layer, head, query]
        scaled = dots / np.sqrt(np.float32(len(q)))
        return Steps(dots, scaled, shares, shares @ self.v[layer, head])


def walk(net: "Predictor", packed: np.ndarray, surgery: Surgery = NONE) -> Journey:
    """Send a packed picture through a ViT once, and keep everything. uint8 (c, h, w)

    In float32, and of the picture itself also where a net is else asked about its mirror image,
    too. Dosovitskiy et al. 2020, arXiv 2010.11929.

    Raises:
        ValueError: the net is no ViT, takes pictures of another shape, or lacks what the surgery
            changes.
    """
    x = probe.given(net, packed)
    with probe.at_rest(net) as model, operate(model, surgery) as parts, _listening(parts) as heard:
        logits, added = model(x), places(parts, surgery)
        pairs = zip(parts.stages, heard.v, strict=True)
        return Journey(
            classes=net.classes,
            surgery=surgery,
            shown=_shown(net, parts, heard.given[0]),
            given=_kept(heard.given[0]),
            patch=parts.patch,
            cls=parts.cls is not None,
            embedded=_kept(heard.embedded[0]),
            positions=_kept(added),
            stream=_kept(torch.cat(heard.stream)),
            q=_kept(torch.cat(heard.q)),
            k=_kept(torch.cat(heard.k)),
            v=_kept(torch.cat(heard.v)),
            maps=_kept(torch.cat(heard.maps)),
            weighed=_kept(torch.stack([_weighed(stage, values) for stage, values in pairs])),
            logits=_kept(logits[0]),
        )


class _Heard:
    """What hooks have heard."""

    def __init__(self) -> None:
        self.given = self.embedded = torch.empty(0)
        self.stream: list[torch.Tensor] = []
        self.q: list[torch.Tensor] = []
        self.k: list[torch.Tensor] = []
        self.v: list[torch.Tensor] = []
        self.maps: list[torch.Tensor] = []


@contextmanager
def _listening(parts: Parts) -> Iterator[_Heard]:
    heard = _Heard()

    def cut(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        heard.given, heard.embedded = given[0], output.flatten(2).transpose(1, 2)

    def went(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        heard.stream.append(output)

    def asked(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        heads = parts.stages[0].attention.heads
        thirds = output.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        for kept, third in zip((heard.q, heard.k, heard.v), thirds, strict=True):
            kept.append(third)

    def attended(module: nn.Module, given: Any, output: torch.Tensor) -> None:
        heard.maps.append(output)

    with ExitStack() as undo:
        pairs: list[tuple[nn.Module, Any]] = [(parts.project, cut), (parts.entry, went)]
        for stage in parts.stages:
            pairs += [(stage.attention.qkv, asked), (stage.attention.attend, attended)]
            pairs += [(stage.whole, went)]
        for module, hear in pairs:
            undo.callback(module.register_forward_hook(hear).remove)
        yield heard


def _weighed(stage: Any, values: torch.Tensor) -> torch.Tensor:
    """How long each token's value is once it is projected. (1, heads, n, d) -> (heads, n)"""
    columns = stage.attention.project.weight.unflatten(1, (values.shape[1], -1))
    return torch.einsum("hnd,ohd->hno", values[0], columns).norm(dim=-1)


def _shown(net: "Predictor", parts: Parts, picture: torch.Tensor) -> np.ndarray:
    """The picture as it is cut, for the eye. (c, s, s) -> uint8 (s, s, c)"""
    if parts.mean is None or parts.std is None:
        seen = net.normalise.undo(picture[None])[0]
    else:
        seen = ((picture * parts.std + parts.mean) * 255).round().clamp(0, 255).to(torch.uint8)
    return _kept(seen.permute(1, 2, 0))


def _kept(values: torch.Tensor) -> np.ndarray:
    """On its own and for reading only, so that it can be shared."""
    array = np.array(values.detach().cpu().numpy())
    array.setflags(write=False)
    return array
