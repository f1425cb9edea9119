"""Lessons: small TOML files, each a walk through the app whose steps tick themselves off."""

from core.lessons.check import House
from core.lessons.lesson import Lesson, Place, Step, Words, linked
from core.lessons.record import Record
from core.lessons.shelf import Book, find, shelf
from core.lessons.tasks import Seen, Task, met, tried

__all__ = [
    "Book",
    "House",
    "Lesson",
    "Place",
    "Record",
    "Seen",
    "Step",
    "Task",
    "Words",
    "find",
    "linked",
    "met",
    "shelf",
    "tried",
]
