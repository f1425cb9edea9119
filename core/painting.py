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


def shades(letters: str) -> torch.Tensor:
    """The shares of ink again. -> (24, 24) float64, the top row first

    Raises:
        ValueError: not the letters of a painting, or an empty one.
    """
    try:
        whole = base64.b64decode(letters, b"-_", validate=True)
    except ValueError:
        whole = b""
    if len(whole) * 4 != SIDE * SIDE:
        raise ValueError(f"this is no painting of {LETTERS} letters: paint the prior anew")
    if not any(whole):
        raise ValueError("the prior is painted and nothing is painted: paint it, or take gaussian")
    quads = torch.tensor(list(whole))[:, None] >> torch.tensor([6, 4, 2, 0]) & 3
    return quads.view(SIDE, SIDE).double() / (SHADES - 1)


def unpack(letters: str) -> np.ndarray:
    """`shades` as an array. -> (24, 24) float32

    Raises:
        ValueError: as `shades`.
    """
    return np.asarray(shades(letters).float().numpy())


class Painting:
    """Cells of even density; middle (2) is their centre of mass.

    Raises:
        ValueError: as `shades`.
    """

    def __init__(self, letters: str) -> None:
        ink = shades(letters).flip(0)  # the bottom row first, as y grows
        self.share = ink / ink.sum()
        self.cell = 2 * REACH / SIDE
        line = -REACH + (torch.arange(SIDE, dtype=torch.float64) + 0.5) * self.cell
        y, x = torch.meshgrid(line, line, indexing="ij")
        middle = torch.stack([(self.share * x).sum(), (self.share * y).sum()])
        angle = torch.atan2(y - middle[1], x - middle[0]).remainder(2 * math.pi)
        order = angle.flatten().argsort(stable=True)
        mass = self.share.flatten()[order]
        order, mass = order[mass > 0], mass[mass > 0]
        self.middle = middle.float()
        places = torch.stack([x.flatten()[order], y.flatten()[order]], 1)
        self.corners = (places - self.cell / 2).float()
        self.end = mass.cumsum(0)
        self.start = self.end - mass

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
        level = self.share[row, column] / self.cell**2
        return torch.where(inside & (level > 0), level.log(), -math.inf).float().to(z.device)
