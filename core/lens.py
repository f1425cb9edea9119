"""The logit lens: what the net would say if it had to stop after a layer."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from core import probe
from core.journey import Journey
from core.parts import opened

if TYPE_CHECKING:
    from core.inference import Predictor


def lens(net: "Predictor", journey: Journey) -> np.ndarray:
    """Logits of the last norm and head on the tokens after each layer. -> (layers + 1, k)

    Row 0 is before the first block, the last row is what the net says. nostalgebraist 2020,
    https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru. Heads are trained on the last layer alone,
    so early rows are a probe.

    Raises:
        ValueError: the journey is of another net.
    """
    kept = torch.ones(journey.tokens, dtype=torch.bool)
    kept[[patch + journey.first for patch in journey.surgery.cut]] = False
    with probe.at_rest(net) as model, opened(model) as parts:
        tokens = _tokens(net, journey, journey.stream)
        return np.asarray(parts.read(tokens, kept.to(tokens.device)).cpu().numpy())


def patch_logits(net: "Predictor", journey: Journey, layer: int) -> np.ndarray:
    """Last norm and head on every patch's own token after a layer. -> (g, g, k)

    A probe, too: the head was trained on CLS, or on the mean of all tokens.

    Raises:
        ValueError: no such layer, or the journey is of another net.
    """
    if not 0 <= layer <= journey.layers:
        raise ValueError(f"layer {layer} is unknown: use 0 to {journey.layers}")
    with probe.at_rest(net) as model, opened(model) as parts:
        tokens = _tokens(net, journey, journey.stream[layer, journey.first :])
        said = parts.head(parts.norm(tokens))
    return np.asarray(said.cpu().numpy().reshape(journey.grid, journey.grid, -1))


def _tokens(net: "Predictor", journey: Journey, kept: np.ndarray) -> torch.Tensor:
    if journey.classes != net.classes:
        raise ValueError("this journey is of another net: walk with the one that is asked")
    return torch.tensor(kept).to(net.device)
