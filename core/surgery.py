"""Attention surgery, as it is asked for: heads muted, patches cut, rows edited, and more."""

import re
from dataclasses import dataclass
from typing import Any, Literal

Positions = Literal["kept", "removed", "shuffled"]
POSITIONS: tuple[Positions, ...] = ("kept", "removed", "shuffled")
COLDEST, HOTTEST = 0.05, 20.0
ROUNDING = 0.01  # that the shares of a row in a link may be off by in all


@dataclass(frozen=True)
class Row:
    """An edited row of attention: what one token, the query, takes from others.

    shares are (token, share of the row) and take precedence; the other tokens divide what is left
    in the proportions that they had.
    """

    layer: int
    head: int
    query: int
    shares: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Surgery:
    """What is changed in a ViT while it looks at a picture.

    muted are (layer, head) whose answers are left out; cut are patches, not tokens, that nobody
    can look at; temperature T makes every row softmax(scores / T); positions of the patches are
    kept, removed (CLS's too) or shuffled by `seed` (CLS keeps its own).
    """

    muted: tuple[tuple[int, int], ...] = ()
    cut: tuple[int, ...] = ()
    rows: tuple[Row, ...] = ()
    temperature: float = 1.0
    positions: Positions = "kept"
    seed: int = 0

    @property
    def changes(self) -> bool:
        """Whether it changes anything at all."""
        changed = self.temperature != 1 or self.positions != "kept"
        return changed or bool(self.muted or self.cut or self.rows)


NONE = Surgery()


def write(surgery: Surgery) -> str:
    """A surgery as a short text for a link; "" for none."""
    parts = []
    if surgery.muted:
        parts.append("m" + ",".join(f"{layer}.{head}" for layer, head in surgery.muted))
    if surgery.cut:
        parts.append("c" + ",".join(map(str, surgery.cut)))
    if surgery.temperature != 1:
        parts.append(f"t{_plain(surgery.temperature)}")
    if surgery.positions != "kept":
        parts.append("px" if surgery.positions == "removed" else f"ps{surgery.seed}")
    for row in surgery.rows:
        shares = ";".join(f"{key}={_plain(share)}" for key, share in row.shares)
        parts.append(f"r{row.layer}.{row.head}.{row.query}:{shares}")
    return "~".join(parts)


def _plain(number: float) -> str:
    """To five places, as short as can be: 0.5, 20."""
    return f"{number:.5f}".rstrip("0").rstrip(".")


N, X = r"\d{1,5}", r"\d{1,3}(?:\.\d{1,5})?"
WORDS = {
    "m": re.compile(rf"{N}\.{N}(?:,{N}\.{N})*"),
    "c": re.compile(rf"{N}(?:,{N})*"),
    "t": re.compile(X),
    "p": re.compile(rf"x|s{N}"),
    "r": re.compile(rf"{N}\.{N}\.{N}:{N}={X}(?:;{N}={X})*"),
}


def read(text: str) -> Surgery:
    """A surgery from the text of a link.

    Raises:
        ValueError: it is not one that `write` made.
    """
    settings: dict[str, Any] = {"rows": ()}
    for part in text.split("~") if text else ():
        kind, rest = part[:1], part[1:]
        if kind not in WORDS or not WORDS[kind].fullmatch(rest) or len(text) > 20_000:
            raise ValueError(f"surgery {part[:40]!r} is none: use a link as this page wrote it")
        if kind == "m":
            pairs = (word.split(".") for word in rest.split(","))
            settings["muted"] = tuple((int(layer), int(head)) for layer, head in pairs)
        elif kind == "c":
            settings["cut"] = tuple(map(int, rest.split(",")))
        elif kind == "t":
            settings["temperature"] = float(rest)
        elif kind == "p":
            settings["positions"] = "removed" if rest == "x" else "shuffled"
            settings["seed"] = int(rest[1:] or 0)
        else:
            settings["rows"] += (_row(rest),)
    return Surgery(**settings)


def _row(text: str) -> Row:
    place, _, told = text.partition(":")
    layer, head, query = map(int, place.split("."))
    pairs = (word.split("=") for word in told.split(";"))
    return Row(layer, head, query, tuple((int(key), float(share)) for key, share in pairs))


def check(surgery: Surgery, layers: int, heads: int, tokens: int, patches: int) -> None:
    """Refuse what this net does not have.

    Raises:
        ValueError: no such layer, head, token or patch, or nothing would be left to look at.
    """
    used = [*surgery.muted, *((row.layer, row.head) for row in surgery.rows)]
    for layer, head in used:
        if not (0 <= layer < layers and 0 <= head < heads):
            raise ValueError(
                f"head {head} of layer {layer} is unknown: the net has layers 0 to {layers - 1} "
                f"with heads 0 to {heads - 1}"
            )
    for patch in surgery.cut:
        if not 0 <= patch < patches:
            raise ValueError(f"patch {patch} is unknown: the net cuts 0 to {patches - 1}")
    if len(set(surgery.cut)) == tokens:
        raise ValueError(f"all {patches} patches are cut: leave one for the net to look at")
    if not COLDEST <= surgery.temperature <= HOTTEST:
        raise ValueError(f"temperature {surgery.temperature:g}: use {COLDEST} to {HOTTEST:g}")
    if not 0 <= surgery.seed < 100_000:
        raise ValueError(f"seed {surgery.seed} of the shuffling: use 0 to 99999")
    if surgery.positions not in POSITIONS:
        raise ValueError(f"positions {surgery.positions!r}: use one of {', '.join(POSITIONS)}")
    for row in surgery.rows:
        _check_row(row, tokens)


def _check_row(row: Row, tokens: int) -> None:
    named = [row.query, *(key for key, _ in row.shares)]
    if any(not 0 <= token < tokens for token in named):
        raise ValueError(f"token {max(named)} is unknown: the net has 0 to {tokens - 1}")
    shares = [share for _, share in row.shares]
    if min(shares, default=0) < 0 or sum(shares) > 1 + ROUNDING:
        raise ValueError(f"shares of {sum(shares):g} in all: a row is shared out from 0 to 1")
    if len(row.shares) == tokens and abs(sum(shares) - 1) > ROUNDING:
        raise ValueError(f"shares of {sum(shares):g} in all: a whole row must sum to 1")
