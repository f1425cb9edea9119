"""What a path inside an import means: its part, its class, or why it is left out."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.archives import Member

PICTURES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp"}
OTHER_PICTURES = {".tif", ".tiff", ".heic", ".heif", ".avif", ".svg", ".psd", ".ico", ".jp2"}
OTHER_PICTURES |= {".ppm", ".pgm", ".pnm", ".eps", ".raw", ".dng"}
ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".7z", ".rar"}
SYSTEM = {"thumbs.db", "desktop.ini", "__macosx"}
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= {"val": "validation", "valid": "validation", "validation": "validation"}
FEWEST = 5  # pictures of a class
MOST_CLASSES = 100


@dataclass(frozen=True)
class Place:
    """Where a picture belongs: part is "train", "test", "validation" or "" where none is named."""

    part: str
    key: str


@dataclass
class Layout:
    """Reads paths one by one and remembers the classes and everything that was left out."""

    skipped: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)  # key → the spellings met
    seen: set[tuple[str, ...]] = field(default_factory=set)
    folders: set[tuple[str, ...]] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)  # folder → key

    def skip(self, why: str) -> None:
        """Count one more entry that is left out."""
        self.skipped[why] = self.skipped.get(why, 0) + 1

    def place(self, member: Member) -> Place | None:
        """The place of a picture; None, and counted, for everything else."""
        parts = member.parts
        if member.kind == "folder":
            self.folders.add(parts)
            return None
        place = None
        why = _why_not(member)
        if why in ("", "not pictures", "other picture formats") and len(parts) >= 2:
            place = self._class_of(parts)  # a folder without pictures is a class, an empty one
        if not why and parts in self.seen:
            why = "duplicate entries"
        if not why and place is None:
            why = "pictures outside a class folder"
        if why:
            self.skip(why)
            return None
        self.seen.add(parts)
        return place

    def _class_of(self, parts: tuple[str, ...]) -> Place:
        """Folder names from the outside in: the first train/test part, then the class."""
        for at, part in enumerate(parts[:-2]):
            if found := PARTS.get(part.casefold()):
                return Place(found, self._key(parts[at + 1]))
        return Place("", self._key(parts[-2]))

    def _key(self, folder: str) -> str:
        if folder not in self.keys:
            self.keys[folder] = key = class_name(folder).casefold()
            self.names.setdefault(key, []).append(folder)
        return self.keys[folder]

    def empty_folders(self) -> None:
        """Count folders that hold nothing at all as classes without pictures."""
        inner = {path[:n] for path in self.folders | self.seen for n in range(1, len(path))}
        for path in self.folders - inner:
            if path and path[-1].casefold() not in PARTS and not _is_system(path):
                self._class_of((*path, ""))

    def label(self, key: str) -> str:
        """How a class is called: the first spelling met."""
        return class_name(self.names[key][0])

    def warnings(self) -> list[str]:
        """Classes that were merged or had to be renamed."""
        found = []
        for key, spellings in self.names.items():
            if len(spellings) > 1:
                found.append(
                    f"{len(spellings)} folders named {self.label(key)}, in different spelling, "
                    "became one class"
                )
            elif unicodedata.normalize("NFC", spellings[0]) != self.label(key):
                found.append(f"a folder with special characters is called {self.label(key)}")
        return found


def class_name(folder: str) -> str:
    """A folder's name fit to be shown: letters, digits, spaces and _ - . ( ), at most 40."""
    text = unicodedata.normalize("NFKC", folder)
    kept = "".join(c if c.isalnum() or c in " _-.()" else "_" for c in text)
    # Signs that join letters, as Hindi and Thai need, are neither letters nor digits.
    joined = "".join(
        t if unicodedata.category(t)[0] == "M" else k for t, k in zip(text, kept, strict=True)
    )
    return " ".join(joined.split())[:40].strip() or "_"


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts class2 before class10."""
    return [(int(d), "") if d else (-1, w) for d, w in re.findall(r"(\d{1,18})|(\D+)", name)]


def _is_system(parts: tuple[str, ...]) -> bool:
    return any(part.casefold() in SYSTEM or part.startswith(".") for part in parts)


def _why_not(member: Member) -> str:
    """Why an entry is no picture of ours, by kind and name alone; empty when it may be one."""
    if member.kind == "link":
        return "links"
    if member.kind == "special":
        return "devices and other special files"
    if _is_system(member.parts):
        return "system files"
    suffix = PurePosixPath(member.parts[-1]).suffix.lower() if member.parts else ""
    if suffix in PICTURES:
        return ""
    if suffix in ARCHIVES:
        return "archives inside"
    return "other picture formats" if suffix in OTHER_PICTURES else "not pictures"


def settle(parts: Sequence[str]) -> tuple[list[str], bool]:
    """What the named parts are used for, picture by picture, and whether a test part is missing.

    Without any train/ everything counts as unsplit; without test/ a validation/ serves as one,
    beside it it is trained on. -> "train", "test" or "" (left out) each
    """
    named = set(parts)
    if "train" not in named:
        return ["train"] * len(parts), True
    use = {"train": "train", "test": "test", "": ""}
    use["validation"] = "train" if "test" in named else "test"
    settled = [use[part] for part in parts]
    return settled, "test" not in settled


def check_counts(counts: dict[str, int], outside: int) -> list[str]:
    """Warnings about a set's classes, given pictures per class by label.

    Raises:
        ValueError: fewer than two classes with five pictures, too many, or one with too few.
    """
    filled = {label: n for label, n in counts.items() if n}
    few = [label for label, n in filled.items() if n < FEWEST]
    if len(filled) < 2 or few:
        flat = f" ({outside} lie outside any folder)" if outside else ""
        raise ValueError(
            f"a set needs at least 2 folders with at least {FEWEST} pictures each, here: "
            f"{_listed(counts) or 'none'}{flat}"
        )
    if len(filled) > MOST_CLASSES:
        raise ValueError(f"{len(filled)} classes were found: at most {MOST_CLASSES} can be used")
    warnings = [
        f"the folder {label} has no pictures and is left out"
        for label in counts.keys() - filled.keys()
    ]
    least, most = min(filled, key=filled.__getitem__), max(filled, key=filled.__getitem__)
    if filled[most] >= 10 * filled[least]:
        warnings.append(
            f"the classes are uneven: {most} has {filled[most]} pictures, {least} only "
            f"{filled[least]}, so accuracy alone will mislead"
        )
    return warnings


def _listed(counts: dict[str, int]) -> str:
    shown: Iterable[str] = (f"{label} {n}" for label, n in list(counts.items())[:12])
    return ", ".join(shown) + (", …" if len(counts) > 12 else "")
