"""Surveys: terrains of real runs made in the background, one at a time, and kept."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from core import zoo
from core.datasets import DATASETS, STAND_IN
from core.home import home
from core.nets import moments
from core.pack import read_card

if TYPE_CHECKING:
    from core.store import Store
    from core.terrain import Terrain, Trail

log = logging.getLogger("playground.terrain")

MOST = 12  # terrains kept
TURN = 0.5  # seconds that one terrain is worked on while others wait
FORGOTTEN = 30.0  # seconds after which a terrain that nobody asks for is given up


Key = tuple[object, ...]


@dataclass
class Survey:
    """A terrain in the making: what is known of it, what went wrong, whether it goes on.

    asked: when somebody last asked for it, on the monotonic clock.
    """

    terrain: "Terrain | None" = None
    problem: str = ""
    going: bool = True
    asked: float = 0.0


class Surveys:
    """Terrains by their runs; safe to share between threads, and bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[Key, Survey] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="terrain")

    def of(self, trails: Sequence["Trail"], directions: str, data: str = "") -> Survey:
        """The terrain of these runs as far as it is made; the first to ask has it begun."""
        key: Key = (str(home()), tuple(trails), directions, data)
        with self._lock:
            made = self._found.get(key)
            if made is None:
                made = self._found[key] = Survey(asked=time.monotonic())
                self._pool.submit(self._begin, key, made, tuple(trails), directions, data)
                while len(self._found) > MOST:
                    self._found.popitem(last=False)[1].going = False
            self._found.move_to_end(key)
            made.asked = time.monotonic()
        return made

    def _begin(
        self, key: Key, made: Survey, trails: Sequence["Trail"], directions: str, data: str
    ) -> None:
        from core.terrain import surveying

        self._go_on(key, made, surveying(trails, directions=directions, data=data))

    def _go_on(self, key: Key, made: Survey, work: "Iterator[Terrain | None]") -> None:
        """Work for one turn, then stand in line again behind the others."""
        began = time.monotonic()
        try:
            while made.going and time.monotonic() - began < TURN:
                made.terrain = next(work) or made.terrain
        except StopIteration:
            made.going = False
        except (ValueError, OSError) as problem:
            made.problem, made.going = str(problem), False
        except Exception:
            log.exception("a terrain failed")
            made.problem = "the terrain could not be worked out: see the server's log"
            made.going = False
        if made.going and time.monotonic() - made.asked > FORGOTTEN:
            with self._lock:  # whoever comes back has it begun anew
                self._found.pop(key, None)
            made.going = False
        if made.going:
            try:
                self._pool.submit(self._go_on, key, made, work)
            except RuntimeError:  # the house is being closed
                made.going = False

    def close(self) -> None:
        """Wait for what is being made."""
        self._pool.shutdown()


def trail(store: "Store", source: str, name: str) -> "Trail":
    """The checkpoints of a run or of a zoo net, first to last, spread over its training.

    Raises:
        ValueError: there is no such net.
    """
    from core.terrain import Trail, spread

    line = moments(store, source)
    folders = tuple(zoo.checkpoint_of(source, moment.tag) for moment in line)
    return spread(Trail(name, folders, tuple(moment.step for moment in line)))


def pictures_of(data: str) -> str:
    """The set whose training pictures a net's loss is taken on: its own, else one just like it.

    Raises:
        ValueError: neither is here.
    """
    spec = DATASETS.get(data)
    if (spec is not None and spec.make) or read_card(data) is not None:
        return data
    if data in STAND_IN:
        return STAND_IN[data]
    raise ValueError(f"the pictures of {data} are not here: get them on the page Data first")
