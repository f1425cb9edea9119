"""How heads look: how far, how widely, and how loud their tokens are."""

import numpy as np

from core.journey import Journey


def mass(values: np.ndarray, share: float) -> np.ndarray:
    """The fewest places that hold a share of the whole. (…) ≥ 0 -> (…) bool

    Caron et al. 2021, arXiv 2104.14294, show heads so, with a share of 0.6. Nothing is in the mask
    of an empty map.

    Raises:
        ValueError: the share is not of 0 to 1, or values lie below 0.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share {share:g}: use 0 to 1")
    flat = values.ravel().astype(np.float64)
    if flat.min() < 0:
        raise ValueError(f"a value of {flat.min():g}: only maps from 0 upwards can be shared out")
    order = np.argsort(-flat, kind="stable")
    before = np.cumsum(flat[order]) - flat[order]
    found = np.zeros(flat.size, dtype=bool)
    # A hair is forgiven: sums of shares end at 0.9999999, and all of it is not to need a nothing.
    found[order] = before < share * flat.sum() * (1 - 1e-9)
    return (found & (flat > 0)).reshape(values.shape)


def distance(journey: Journey) -> np.ndarray:
    """How far each head looks on average, in pixels of the picture as cut. -> (layers, heads)

    Mean over patches i of Σ_j A_ij · |i − j|, with the rows brought to 1 over patches alone.
    Dosovitskiy et al. 2020, arXiv 2010.11929, figure 7; Raghu et al. 2021, arXiv 2108.08810.
    """
    rows, columns = np.divmod(np.arange(journey.patches), journey.grid)
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns) * journey.patch
    among = journey.maps[:, :, journey.first :, journey.first :]
    far, sums = np.einsum("lhij,ij->lhi", among, apart.astype(among.dtype)), among.sum(-1)
    found = np.divide(far, sums, out=np.zeros_like(far), where=sums > 0)
    return np.asarray(found.mean(-1), dtype=np.float32)


def entropy(journey: Journey) -> np.ndarray:
    """How widely each head looks, in bits. -> (layers, heads)

    Mean over all tokens of −Σ_j A_ij log₂ A_ij: 0 is one token alone, log₂ n all alike.
    """
    bits = np.log2(np.maximum(journey.maps, 1e-30))
    return np.asarray(-np.einsum("lhij,lhij->lh", journey.maps, bits) / journey.tokens)


def norms(journey: Journey) -> np.ndarray:
    """How long the patches' tokens are, before the first block and after each. -> (l + 1, g, g)

    Large ViTs grow few very long ones in plain background: Darcet et al. 2024, arXiv 2309.16588.
    """
    return journey.on_grid(np.linalg.norm(journey.stream, axis=-1))


def value_weighted(journey: Journey, layer: int, head: int) -> np.ndarray:
    """Attention by what it carries: A_ij ‖v_j W_O‖. -> (n, n)

    Kobayashi et al. 2020, arXiv 2004.10102: a great share of a short value counts for little.
    """
    return np.asarray(journey.maps[layer, head] * journey.weighed[layer, head])
