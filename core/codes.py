"""Codes and samples of an autoencoder, as numbers."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Codes:
    """What n pictures became.

    z (n, d) without noise; spread (n, d) the deviations of a Gaussian encoder, else zeros;
    content (n, k) the shares of classes or clusters that it found, if it looks for them; drawn
    (draws, n, d) what noise makes of the same pictures.
    """

    z: np.ndarray
    spread: np.ndarray
    content: np.ndarray | None
    drawn: np.ndarray


@dataclass(frozen=True)
class Samples:
    """Codes (n, d) from the prior, the contents (n) they were decoded with, uint8 (n, c, h, w)."""

    z: np.ndarray
    content: np.ndarray | None
    pictures: np.ndarray
