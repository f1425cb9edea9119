"""Asks: what an open page may ask its server directly, each time under a name of its own.

A step of a slider need not draw a page anew, which takes the longer the more there is on it. The
page leaves a function here that answers for it, and its browser asks by the name, which nobody can
guess. The function itself, with all that it knows, is held by the visitor's session, and goes with
it.
"""

import secrets
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable

Answer = Callable[[str], object]  # question → what can be told as JSON
MOST = 128  # answers kept, three to a page at most: those of pages that were looked at last
LONGEST = 8_000  # characters of a question


class Asks:
    """Functions under names; those asked longest ago are forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[str, weakref.ref[Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def leave(self, answer: Answer, name: str = "") -> str:
        """Keep an answer, in place of the one under `name` where there is one; its name.

        Whoever leaves it has to hold it: when it is gone, nobody answers any more.
        A browser that asks while its page is drawn anew is so answered, by the newer one.
        """
        with self._lock:
            if name not in self._kept:
                name = secrets.token_urlsafe(16)
            self._kept[name] = weakref.ref(answer)
            self._kept.move_to_end(name)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return name

    def ask(self, name: str, question: str) -> object:
        """What the page's function answers.

        Raises:
            LookupError: nobody answers to that name any more.
            ValueError: the question is too long, or what the function says of it.
        """
        if len(question) > LONGEST:
            raise ValueError(f"a question has {LONGEST:,} characters at most: ask the page itself")
        with self._lock:
            answer = self._kept[name]()
            self._kept.move_to_end(name)
        if answer is None:
            raise LookupError(name)
        return answer(question)


ASKS = Asks()  # of this process, which serves the pages and answers their browsers
