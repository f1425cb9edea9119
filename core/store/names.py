"""Names, notes and commands that people give, checked before they are stored."""

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

VERBS = ("pause", "resume", "step", "dissect", "epoch", "stop", "set")
SETTINGS = ("lr", "momentum", "weight_decay")
MOST_STEPS = 1_000_000


def plain(name: str) -> str:
    """A name as it may be shown anywhere: it can carry no markup, link or control character.

    Raises:
        ValueError: it holds something else than letters, digits, space and _ - . ( ), or is long.
    """
    kept = unicodedata.normalize("NFC", name).strip()
    for c in kept:
        # Letters of every script with their marks (L, M) and decimal digits (Nd).
        kind = unicodedata.category(c)
        if not (kind[0] in "LM" or kind == "Nd" or c in " _-.()"):
            raise ValueError(f"a name has letters, digits, space and _ - . ( ) only, not {c!r}")
    if len(kept) > 40:
        raise ValueError(f"a name has at most 40 characters, this one has {len(kept)}")
    return kept


def noted(text: str) -> str:
    """A note: any characters that can be seen, and line breaks.

    Raises:
        ValueError: longer than 500 characters, or with control characters.
    """
    kept = unicodedata.normalize("NFC", text).strip()
    if len(kept) > 500:
        raise ValueError(f"a note has at most 500 characters, this one has {len(kept)}")
    if any(unicodedata.category(c) == "Cc" and c != "\n" for c in kept):
        raise ValueError("a note cannot hold control characters: type it as plain text")
    return kept


def ordered(verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a command, as they will be stored.

    Raises:
        ValueError: no such command, or arguments that it does not take.
    """
    if verb not in VERBS:
        raise ValueError(f"{verb!r:.40} is not a command: use {', '.join(VERBS)}")
    known = {"step": ("batches",), "set": SETTINGS}.get(verb, ())
    if extra := sorted(set(arguments) - set(known)):
        raise ValueError(f"{verb} does not take {', '.join(extra)}")
    if verb == "step":
        batches = arguments.get("batches", 1)
        if type(batches) is not int or not 1 <= batches <= MOST_STEPS:
            raise ValueError(f"step {batches!r:.40}: batches is a whole number from 1")
        return {"batches": batches}
    if verb == "set" and not arguments:
        raise ValueError(f"set changes nothing: give {', '.join(SETTINGS)}")
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not _sound(value):
            raise ValueError(f"{name} {value!r:.40} is not a number from 0")
    return dict(arguments)


def _sound(value: float) -> bool:
    return math.isfinite(value) and value >= 0
