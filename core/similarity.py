"""How alike two nets see: linear CKA between all their layers, over the same pictures."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core import probe
from core.parts import is_vit, opened

if TYPE_CHECKING:
    from core.inference import Predictor

CHUNK = 25  # pictures at a time: others ask the same net meanwhile
FEWEST = 10  # pictures below which alike means nothing
MOST = 2**14  # numbers that describe a picture: of larger layers so many are taken by chance


@dataclass(frozen=True)
class Portrait:
    """A net's layers by name, and which of b pictures are alike to each: grams (l, b, b)."""

    names: tuple[str, ...]
    grams: np.ndarray


def portrait(net: "Predictor", packed: np.ndarray) -> Portrait:
    """How alike pictures are to each layer of a net: centred, of length 1. uint8 (b, c, h, w)

    Of a ViT the tokens after the embedding and after each block, of other nets the layers with
    maps; last the logits. b pictures that a layer describes by X (b, d) give X Xᵀ (b, b).

    Raises:
        ValueError: too few pictures, or of another shape.
    """
    if len(packed) < FEWEST:
        raise ValueError(f"{len(packed)} pictures: alike means something from {FEWEST} on")
    probe.given(net, packed[0])  # of another shape they are refused
    names = _names(net)
    found: dict[str, list[torch.Tensor]] = {name: [] for name in names}
    for start in range(0, len(packed), CHUNK):
        _listen(net, packed[start : start + CHUNK], found)
    grams = [_gram(torch.cat(found[name])) for name in names]
    return Portrait(names, np.stack(grams))


def _names(net: "Predictor") -> tuple[str, ...]:
    """The layers' names in the net; "" is the net itself."""
    if not is_vit(net.model):
        return (*(layer.name for layer in probe.layers(net)), "")
    with probe.at_rest(net) as model, opened(model) as parts:
        named = {id(module): name for name, module in model.named_modules()}
        wholes = [stage.whole for stage in parts.stages]
        return (*(named[id(module)] for module in (parts.entry, *wholes)), "")


def _listen(net: "Predictor", packed: np.ndarray, found: dict[str, list[torch.Tensor]]) -> None:
    with torch.inference_mode(False), torch.no_grad():
        x = net.normalise(torch.tensor(packed).to(net.device))
        x = x.contiguous(memory_format=torch.channels_last)
    with probe.at_rest(net) as model, ExitStack() as undo:
        for name, kept in found.items():
            hook = model.get_submodule(name).register_forward_hook(partial(_keep, kept))
            undo.callback(hook.remove)
        model(x)


def _keep(kept: list[torch.Tensor], module: nn.Module, given: Any, output: torch.Tensor) -> None:
    features = output.flatten(1)
    chance = torch.Generator().manual_seed(0)  # the same numbers of every picture
    chosen = torch.randperm(features.shape[1], generator=chance)[:MOST]
    kept.append(features[:, chosen.to(features.device)].float().cpu())


def _gram(features: torch.Tensor) -> np.ndarray:
    middle = (features - features.mean(0)).double()
    gram = (middle @ middle.T).numpy()
    length = np.linalg.norm(gram)
    return np.asarray(gram / length if length else gram, dtype=np.float32)


def cka(one: Portrait, other: Portrait) -> np.ndarray:
    """Linear CKA of all layers of two nets, 0 unlike to 1 alike. -> (l, l')

    ‖Yᵀ X‖² / (‖Xᵀ X‖ ‖Yᵀ Y‖) with centred X and Y: the cosine of their Grams. Kornblith et al.
    2019, arXiv 1905.00414; ViTs beside CNNs: Raghu et al. 2021, arXiv 2108.08810.

    Raises:
        ValueError: the portraits are of different pictures.
    """
    if one.grams.shape[1:] != other.grams.shape[1:]:
        raise ValueError(
            f"portraits of {one.grams.shape[1]} and {other.grams.shape[1]} pictures: "
            "show both nets the same ones"
        )
    flat = [portrait.grams.reshape(len(portrait.grams), -1) for portrait in (one, other)]
    return np.asarray(np.clip(flat[0] @ flat[1].T, 0, 1))
