"""What lies under a tensor: shared memory, strides, and what indexing and broadcasting read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

# Shared memory --------------------------------------------------------------------------------

LENGTH = 6
WAYS: dict[str, tuple[str, Callable[[np.ndarray], Tensor]]] = {
    "from_numpy": ("torch.from_numpy(a)", torch.from_numpy),
    "as_tensor": ("torch.as_tensor(a)", torch.as_tensor),
    "tensor": ("torch.tensor(a)", torch.tensor),
    "clone": ("torch.from_numpy(a).clone()", lambda a: torch.from_numpy(a).clone()),
    "float": (
        "torch.as_tensor(a, dtype=torch.float32)",
        lambda a: torch.as_tensor(a, dtype=torch.float32),
    ),
}


@dataclass(frozen=True)
class Shared:
    """An array and the tensor made of it, after one of them was changed in one place.

    Attributes:
        array, tensor: what they hold then, (LENGTH).
        same: whether they lie at one address.
        code: what was run.
    """

    array: np.ndarray
    tensor: np.ndarray
    same: bool
    code: str


def shared(way: str, side: str, at: int, value: float) -> Shared:
    """Make a tensor of an array, change one of the two ("array" or "tensor"), look at both."""
    code, make = WAYS[way]
    array = np.arange(LENGTH, dtype=np.float64)
    tensor = make(array)
    same = tensor.data_ptr() == array.ctypes.data
    if side == "array":
        array[at] = value
    else:
        tensor[at] = value
    changed = f"{'a' if side == 'array' else 't'}[{at}] = {value}"
    lines = (f"a = np.arange({LENGTH}.)", f"t = {code}", changed)
    return Shared(array, tensor.numpy().copy(), same, "\n".join(lines))


# Picking --------------------------------------------------------------------------------------

ROWS, COLUMNS = 4, 5
PICKS = ("index_select", "gather")
TAKEN = 3  # entries of an index_select


def source() -> Tensor:
    """A table whose entries tell where they stand: row 2, column 3 holds 23."""
    return torch.arange(ROWS)[:, None] * 10 + torch.arange(COLUMNS)


def index_shape(pick: str, dim: int) -> tuple[int, ...]:
    """The shape of the index that is asked for."""
    if pick == "index_select":
        return (TAKEN,)
    return (ROWS, 2) if dim else (2, COLUMNS)


def usual_index(pick: str, dim: int) -> tuple[int, ...]:
    """Entries to begin with, row by row."""
    count = int(np.prod(index_shape(pick, dim)))
    most = (ROWS, COLUMNS)[dim]
    return tuple((3 * at + 2) % most for at in range(count))


@dataclass(frozen=True)
class Picked:
    """What an index picks.

    Attributes:
        out: torch's answer.
        origin: where each of its entries comes from, (rows, columns, 2): row and column.
        code: the line.
    """

    out: np.ndarray
    origin: np.ndarray
    code: str


def pick(name: str, dim: int, index: Sequence[int]) -> Picked:
    """Pick from `source` along a dimension. index: its entries, row by row.

    Raises:
        ValueError: an entry is out of range, or there are too few or too many.
    """
    shape, most = index_shape(name, dim), (ROWS, COLUMNS)[dim]
    if len(index) != int(np.prod(shape)) or not all(0 <= entry < most for entry in index):
        raise ValueError(f"the index {list(index)} does not fit: 0 to {most - 1}, shape {shape}")
    entries = torch.tensor(index).reshape(shape)
    table = source()
    places = torch.stack(
        torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij"), dim=-1
    )
    if name == "index_select":
        out, origin = table.index_select(dim, entries), places.index_select(dim, entries)
    else:
        out = table.gather(dim, entries)
        origin = torch.stack([places[..., axis].gather(dim, entries) for axis in (0, 1)], dim=-1)
    code = f"index = torch.tensor({entries.tolist()})\nx.{name}({dim}, index)"
    return Picked(out.numpy(), origin.numpy(), code)


# Broadcasting ---------------------------------------------------------------------------------

SHAPES = {
    "scalar": (),
    "4": (4,),
    "3": (3,),
    "1x4": (1, 4),
    "3x1": (3, 1),
    "3x4": (3, 4),
    "2x4": (2, 4),
}


@dataclass(frozen=True)
class Broadcast:
    """Two shapes against each other.

    Attributes:
        pairs: sizes from the last dimension backwards: a's, b's, the result's; None: they clash.
        shape: of the result, None where they clash.
        tables: a, b as they are, a, b stretched, a + b; only the first two where they clash.
        strides: of a and b once stretched.
    """

    pairs: tuple[tuple[int, int, int | None], ...]
    shape: tuple[int, ...] | None
    tables: tuple[np.ndarray, ...]
    strides: tuple[tuple[int, ...], ...]


def broadcast(one: str, two: str) -> Broadcast:
    """Add two tensors of the SHAPES named."""
    shapes = SHAPES[one], SHAPES[two]
    a, b = (
        torch.arange(int(np.prod(shape))).reshape(shape) * scale
        for shape, scale in zip(shapes, (10, 1), strict=True)
    )
    longest = max(map(len, shapes))
    sizes = zip(*((1,) * (longest - len(shape)) + shape for shape in shapes), strict=True)
    pairs = tuple((m, n, max(m, n) if 1 in (m, n) or m == n else None) for m, n in sizes)
    if any(size is None for _, _, size in pairs):
        return Broadcast(pairs[::-1], None, (_table(a), _table(b)), ())
    stretched = torch.broadcast_tensors(a, b)
    shape = tuple(stretched[0].shape)
    tables = tuple(_table(tensor) for tensor in (a, b, *stretched, a + b))
    return Broadcast(pairs[::-1], shape, tables, tuple(each.stride() for each in stretched))


def _table(tensor: Tensor) -> np.ndarray:
    return np.atleast_2d(tensor.numpy())


# Strides --------------------------------------------------------------------------------------

COUNT = 12
FORMS = {"12": (12,), "1x12": (1, 12), "2x6": (2, 6), "3x4": (3, 4), "4x3": (4, 3), "6x2": (6, 2)}


@dataclass(frozen=True)
class Layout:
    """A tensor in another form.

    Attributes:
        table: its numbers, None where torch refuses; stride, offset: how they are read.
        storage: the row of numbers in memory that it reads.
        same: whether that is still the first tensor's memory.
        contiguous: whether it reads that row from left to right.
        code: what was run; said: torch's own words where it refuses.
    """

    table: np.ndarray | None
    stride: tuple[int, ...]
    storage: np.ndarray
    same: bool
    contiguous: bool
    code: str
    said: str = ""

    def place(self, row: int, column: int) -> int:
        """Where in the storage an entry of the table lies."""
        rows = self.stride[0] if len(self.stride) == 2 else 0
        return row * rows + column * self.stride[-1]


def layout(permuted: bool, how: str, form: str) -> Layout:
    """Twelve numbers as 3 × 4, perhaps permuted, then `how` ("view" or "reshape") into a form."""
    base = torch.arange(COUNT).view(3, 4)
    x = base.permute(1, 0) if permuted else base
    shape = FORMS[form]
    turned = "\nx = x.permute(1, 0)" if permuted else ""
    code = f"x = torch.arange({COUNT}).view(3, 4){turned}\ny = x.{how}{shape}"
    storage = base.reshape(-1).numpy()
    try:
        y = x.view(shape) if how == "view" else x.reshape(shape)
    except RuntimeError as problem:
        said = " ".join(str(problem).split())
        return Layout(None, x.stride(), storage, True, x.is_contiguous(), code, said)
    same = y.data_ptr() == base.data_ptr()
    own = storage if same else y.reshape(-1).numpy()
    return Layout(_table(y), y.stride(), own, same, y.is_contiguous(), code)


ANSWERS = ([0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], None)


def asked() -> int:
    """Which of ANSWERS torch.arange(6).view(2, 3).t().view(6) gives; None: it refuses."""
    turned = torch.arange(6).view(2, 3).t()
    try:
        found: list[int] | None = turned.view(6).tolist()
    except RuntimeError:
        found = None
    return ANSWERS.index(found)
