"""A painting as a density: 24×24 cells of four shades, kept as 192 letters."""

import base64
import math

import numpy as np
import torch

SIDE = 24
SHADES = 4
REACH = 3.0  # the painting spans −3…3 in both directions
LETTERS = SIDE * SIDE // 3  # two bits a cell, six bits a letter


def pack(painted: np.ndarray) -> str:
    """Shares of ink 0…1, the top row first, as letters for a setting. (24, 24) -> 192 letters

    Raises:
        ValueError: another shape, or numbers outside 0…1.
    """
    cells = np.asarray(painted, dtype=np.float64)
    if cells.shape != (SIDE, SIDE) or not ((cells >= 0) & (cells <= 1)).all():
        raise ValueError(f"a painting has {SIDE}×{SIDE} cells with numbers from 0 to 1")
    shades = np.rint(cells * (SHADES - 1)).astype(np.uint8).reshape(-1, 4)
    whole = shades @ np.array([64, 16, 4, 1], np.uint8)
    return base64.urlsafe_b64encode(whole.tobytes()).decode()


def unpack(letters: str) -> np.ndarray:
    """The shares of ink again. -> (24, 24) float32, the top row first

    Raises:
        ValueError: not the letters of a painting, or an empty one.
    """
    try:
        whole = np.frombuffer(base64.b64decode(letters, b"-_", validate=True), np.uint8)
    except ValueError:
        whole = np.empty(0, np.uint8)
    if len(whole) * 4 != SIDE * SIDE:
        raise ValueError(f"this is no painting of {LETTERS} letters: paint the prior anew")
    shades = (whole[:, None] >> np.array([6, 4, 2, 0], np.uint8)) & 3
    if not shades.any():
        raise ValueError("the prior is painted and nothing is painted: paint it, or take gaussian")
    return (shades.reshape(SIDE, SIDE) / (SHADES - 1)).astype(np.float32)


class Painting:
    """Cells of even density; middle (2) is their centre of mass.

    Raises:
        ValueError: as `unpack`.
    """

    def __init__(self, letters: str) -> None:
        ink = np.flipud(unpack(letters)).astype(np.float64)  # the bottom row first, as y grows
        self.share = ink / ink.sum()
        self.cell = 2 * REACH / SIDE
        rows, columns = np.indices(ink.shape)
        x, y = (-REACH + (index + 0.5) * self.cell for index in (columns, rows))
        middle = (self.share * x).sum(), (self.share * y).sum()
        order = np.argsort(np.arctan2(y - middle[1], x - middle[0]) % (2 * np.pi), axis=None)
        order = order[self.share.ravel()[order] > 0]
        self.middle = torch.tensor(middle, dtype=torch.float32)
        self.corners = torch.tensor(
            np.stack([x.ravel()[order], y.ravel()[order]], 1) - self.cell / 2, dtype=torch.float32
        )
        self.end = torch.tensor(np.cumsum(self.share.ravel()[order]), dtype=torch.float64)
        self.start = self.end - torch.tensor(self.share.ravel()[order])

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Quantiles to places: even within each cell. (n), (n) -> (n, 2)"""
        device, u = u.device, u.double().cpu()
        at = torch.searchsorted(self.end, u, right=True).clamp(max=len(self.end) - 1)
        over = ((u - self.start[at]) / (self.end[at] - self.start[at])).clamp(0, 1)
        inside = torch.stack([over.float(), v.float().cpu()], 1)
        return (self.corners[at] + self.cell * inside).to(device)

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 2) -> (n), −∞ where nothing is painted."""
        at = ((z.double().cpu() + REACH) / self.cell).floor().long()
        inside = ((at >= 0) & (at < SIDE)).all(1)
        column, row = at.clamp(0, SIDE - 1).unbind(1)
        level = torch.from_numpy(self.share)[row, column] / self.cell**2
        return torch.where(inside & (level > 0), level.log(), -math.inf).float().to(z.device)
