"""Every word that a person reads, in their language, from one catalogue of TOML files."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st

_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")
FOLDER = Path(__file__).with_name("words")
LANGUAGES = {"en": "English", "ko": "한국어"}
CHOICE = "lang"  # one name for the switch's session key and for the URL's ?lang=

Entry = Mapping[str, str]
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&^=])")


def _entries(table: Mapping[str, object], path: str) -> Iterator[tuple[str, Entry]]:
    """Walk nested tables down to the leaves, the tables whose values are sentences."""
    sentences = {k: v for k, v in table.items() if isinstance(v, str)}
    if sentences:
        yield path, sentences
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _entries(value, f"{path}.{name}" if path else name)


@cache
def catalogue() -> Mapping[str, Entry]:
    """All sentences: dotted key → language → text.

    Raises:
        ValueError: two files declare the same key.
    """
    found: dict[str, Entry] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        with file.open("rb") as stream:
            for key, entry in _entries(tomllib.load(stream), ""):
                if key in found:
                    raise ValueError(f"{file.name} declares {key} again: keep one of the two")
                found[key] = entry
    return found


def languages() -> dict[str, str]:
    """The languages of the app: code → its own name."""
    return dict(LANGUAGES)


def _known(wish: object) -> str:
    code = str(wish or "")[:2].lower()
    return code if code in LANGUAGES else ""


def native() -> str:
    """The browser's language, else English: what the switch shows before it is touched."""
    return _known(st.context.locale) or "en"


def language() -> str:
    """The reader's language: their own choice, else ?lang=, else the browser's, else English."""
    # One after the other: every sentence asks, and each place takes its time.
    if spoken := _SPOKEN.get():
        return spoken
    own = _known(st.session_state.get(CHOICE)) or _known(st.query_params.get(CHOICE))
    return own or native()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language where no page is drawn that could tell the reader's."""
    before = _SPOKEN.set(code)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def t(key: str, /, **values: object) -> str:
    """The sentence under `key` in the reader's language, with its {placeholders} filled.

    Raises:
        KeyError: the catalogue has no such key, or a placeholder got no value.
    """
    return catalogue()[key][language()].format(**values)


def find(key: str, /) -> str | None:
    """The sentence under `key`, or None where the catalogue has none: for what tables bring."""
    entry = catalogue().get(key)
    return None if entry is None else entry[language()]


def plain(text: str) -> str:
    """Text from outside (names, notes, class labels) that Markdown shows letter by letter."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
