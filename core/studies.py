"""Studies kept while nets are asked: those that came along, others made in the background."""

import logging
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from core import zoo
from core.home import home
from core.inference import Predictor
from core.study import Study, read, study_of

log = logging.getLogger("playground.study")

MOST = 32


class Studies:
    """What is known of opened nets; safe to share between threads, and bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[tuple[str, str, str], Future[Study | None]] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="study")

    def of(self, source: str, net: Predictor) -> tuple[Study | None, bool]:
        """The study of a net at its last checkpoint, and whether it is still being made."""
        key = (str(home()), source, _sha(net))
        with self._lock:
            work = self._found.get(key)
            if work is None:
                work = self._found[key] = self._begin(net, source)
                while len(self._found) > MOST:
                    self._found.popitem(last=False)
            self._found.move_to_end(key)
        if not work.done():
            return None, True
        if problem := work.exception():
            log.warning("the study of %s failed: %s", source, problem)
            return None, False
        return work.result(), False

    def _begin(self, net: Predictor, source: str) -> "Future[Study | None]":
        done: Future[Study | None] = Future()
        try:
            folder = zoo.checkpoint_of(source)
        except ValueError:  # removed while it was open
            done.set_result(None)
            return done
        if (kept := read(folder, _sha(net))) is None:
            return self._pool.submit(study_of, net, folder)
        done.set_result(kept)
        return done

    def close(self) -> None:
        """Wait for what is being made."""
        self._pool.shutdown()


def _sha(net: Predictor) -> str:
    return str(net.card["files"]["model"]["sha256"])
