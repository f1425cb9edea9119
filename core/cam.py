"""Class activation maps: where a layer's feature maps speak for a class."""

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from core import probe
from core.objectives import answers

if TYPE_CHECKING:
    from core.inference import Predictor

MOST = 64  # maps that Score-CAM tries, one forward pass each


def grad_cam(net: "Predictor", packed: np.ndarray, index: int, layer: str) -> np.ndarray:
    """Feature maps A_k, weighed by how much the class's logit y gains from each. -> (h, w) ≥ 0

    relu(Σ_k w_k A_k) with w_k the mean of ∂y/∂A_k over all places. Selvaraju et al. 2016,
    arXiv 1610.02391. Of a ViT the tokens that an attention is given are the maps, CLS left out.

    Raises:
        ValueError: no such class or layer, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed)
    with probe.at_rest(net, gradients=True) as model, probe.tap(model, layer) as kept:
        score = answers(model, x, net.config.mirror)[0, index]
        gradients = torch.autograd.grad(score, kept)
    pairs = zip(kept, gradients, strict=True)
    return _mean([_weighed(probe.as_maps(a.detach()), probe.as_maps(g)) for a, g in pairs])


def _weighed(maps: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    weights = gradients.mean((2, 3), keepdim=True)
    return (weights * maps).sum(1)[0].relu()


def eigen_cam(net: "Predictor", packed: np.ndarray, layer: str) -> np.ndarray:
    """What a layer's feature maps have most in common; no gradient and no class. -> (h, w) ≥ 0

    The maps (places × features) projected on their first right singular vector v₁, the sign such
    that most lies above zero. Muhammad & Yeasin 2020, arXiv 2008.00299.

    Raises:
        ValueError: no such layer, or a picture of another shape.
    """
    found = _maps(net, probe.given(net, packed), layer)
    return _mean([_principal(maps) for maps in found])


def _principal(maps: torch.Tensor) -> torch.Tensor:
    places = maps[0].flatten(1).T
    _, _, directions = torch.linalg.svd(places, full_matrices=False)
    along = places @ directions[0]
    return (along if along.sum() >= 0 else -along).relu().unflatten(0, maps.shape[2:])


def score_cam(
    net: "Predictor", packed: np.ndarray, index: int, layer: str, most: int = MOST
) -> np.ndarray:
    """Feature maps, weighed by what the net says when each alone lights the picture. -> (h, w) ≥ 0

    relu(Σ_k α_k A_k), α = softmax over k of y(x ∘ H_k), where H_k is A_k enlarged and brought to
    0…1. Wang et al. 2019, arXiv 1910.01279; gradient-free. Of more than `most` maps those with
    the largest spread are tried.

    Raises:
        ValueError: no such class or layer, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed)
    found = []
    for turn, maps in enumerate(_maps(net, x, layer)):
        kept = maps[0]
        if len(kept) > most:
            kept = kept[kept.flatten(1).std(1).topk(most).indices]
        view = x.flip(3) if turn else x
        masks = F.interpolate(kept[:, None], view.shape[2:], mode="bilinear")
        low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
        lit = view * ((masks - low) / (high - low).clamp(min=1e-12))
        weights = probe.logits(net, lit)[:, index].softmax(0)
        found.append((weights.view(-1, 1, 1) * kept).sum(0).relu())
    return _mean(found)


def _maps(net: "Predictor", x: torch.Tensor, layer: str) -> list[torch.Tensor]:
    """A layer's maps of the picture, and of its mirror image where the net is asked about both."""
    with probe.at_rest(net) as model, probe.tap(model, layer) as kept:
        answers(model, x, net.config.mirror)
    return [probe.as_maps(activations) for activations in kept]


def _mean(found: list[torch.Tensor]) -> np.ndarray:
    """Of the picture's map and, turned back, its mirror image's. [(h, w)] -> (h, w)"""
    turned = [part.flip(1) if turn else part for turn, part in enumerate(found)]
    return np.asarray(torch.stack(turned).mean(0).cpu().numpy())
