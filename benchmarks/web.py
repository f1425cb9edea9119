"""The page: from click to curve, thirty pages at once, and what a further worker costs."""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks import place, race, training
from benchmarks.report import Figure
from benchmarks.visitors import Polls, look_at_everything, reruns
from core.config import RunConfig
from core.handles import process_id
from core.store import Store
from tests.e2e.browser import FLAGS, executable

PORT = 8790
CLICKS = 9
PAGES = 30
SECONDS = 15.0
TURNS, TURN = 8, 3.0  # with and without somebody who looks; seconds
# In the page: the clock starts with the click and stops when the step shown is a number above 0.
CLOCK = """() => {
  const all = (root, found) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) all(node.shadowRoot, found);
      if (node.matches('dl.tiles dd')) found.push(node);
    }
    return found;
  };
  window.firstPoint = new Promise(resolve => {
    addEventListener('click', () => {
      const start = performance.now();
      let tiles = [];
      const look = () => {
        if (!tiles[1]?.isConnected) tiles = all(document, []);
        const shown = tiles[1];
        if (shown && parseInt(shown.textContent.replace(/,/g, '')) > 0) {
          resolve(performance.now() - start);
        } else requestAnimationFrame(look);
      };
      look();
    }, {capture: true, once: true});
  });
}"""


def figures() -> Iterator[Figure]:
    """Latencies in a real browser, then with many simulated pages, then memory."""
    with place.server(PORT) as address:
        store = Store()
        place.wait(lambda: store.get_meta("runner"))
        yield from _clicks(address, store)
        yield from _crowd(address, store)
        yield from _watched(address, store)
        yield from _views(address, store)
        yield from _memory(store)
        store.dispose()


def _clicks(address: str, store: Store) -> Iterator[Figure]:
    shown: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        for _ in range(CLICKS + 1):
            page = browser.new_context(locale="en-US").new_page()
            page.goto(f"{address}/train?data=mnist-5k&model=mlp")
            shown.append(_click(page))
            store.send(store.runs()[0].id, "stop", None)
            page.context.close()
        browser.close()
    seconds = [value / 1000 for value in shown[1:]]  # the first one warms up
    yield Figure("click → first point in Chromium", seconds, "s", ("≤", 0.4))
    rows = store.runs()[:CLICKS]
    waits = [row.started - row.created for row in rows if row.started]
    yield Figure("queued → running", waits, "s", ("≤", 0.1))


def _click(page: Page) -> float:
    start = page.get_by_role("button", name="Start training")
    start.wait_for()
    page.wait_for_timeout(1500)  # the page has settled, as it has for a person who reads it
    page.evaluate(CLOCK)
    start.click()
    return float(page.evaluate("() => window.firstPoint"))


def _busy(store: Store, config: RunConfig, count: int) -> list[str]:
    ids = [store.create(config.model_dump(mode="json")) for _ in range(count)]
    place.wait(lambda: all(store.get(run_id).step > 40 for run_id in ids))
    return ids


def _stop(store: Store, ids: list[str]) -> None:
    for run_id in ids:
        store.send(run_id, "stop", None)
    place.wait(lambda: all(store.get(run_id).state == "stopped" for run_id in ids))


def _crowd(address: str, store: Store) -> Iterator[Figure]:
    ids = _busy(store, training.nets()["cnn"], 2)
    polls = Polls(address, ids, PAGES, SECONDS)
    waits = polls.results()
    yield Figure(f"metrics route, {PAGES} pages, 2 runs", waits, "ms", ("≤", 10), summary="p95")
    waited = reruns(address, "runs", PAGES, SECONDS)
    name = f"fragment rerun, {PAGES} pages, 2 runs"
    yield Figure(name, waited.looks, "ms", ("≤", 50), summary="p95")
    if waited.pages:
        yield Figure("the whole page drawn anew for news", waited.pages, "ms", summary="p95")
    _stop(store, ids)


def _watched(address: str, store: Store) -> Iterator[Figure]:
    """The worker again, while a page polls it as the live element does, twice a second."""
    for name, config in training.nets().items():
        pairs = [race.against(store, config, "hand", address) for _ in range(training.ROUNDS)]
        ratios = [mine / hand for mine, hand in pairs]
        figure = f"{name}: worker with a page open ÷ hand-written loop"
        yield Figure(figure, ratios, "×", ("≥", 0.95))


def _views(address: str, store: Store) -> Iterator[Figure]:
    """One run, in turns with and without somebody who looks at all of it."""
    (run_id,) = _busy(store, training.nets()["cnn"], 1)
    ratios = []
    for _ in range(TURNS):
        seen = _speed(store, run_id, lambda: look_at_everything(address, run_id, TURN))
        ratios.append(seen / _speed(store, run_id, lambda: time.sleep(TURN)))
    yield Figure("cnn: all views open ÷ nobody there", ratios, "×", ("≥", 0.95))
    _stop(store, [run_id])


def _speed(store: Store, run_id: str, wait: Callable[[], None]) -> float:
    """Steps per second of training while `wait` lasts, by the worker's own clock."""
    since = store.last_seq(run_id)
    wait()
    rows = [row for row in store.metrics(run_id, since=since) if row.name == "train.loss"]
    return (rows[-1].step - rows[0].step) / (rows[-1].t - rows[0].t)


def _memory(store: Store) -> Iterator[Figure]:
    """Memory that only this process has, while it trains on all of MNIST."""
    ids = _busy(store, training.nets()["cnn"], 2)
    time.sleep(2)
    sizes = [_private(process_id(store.get(run_id).handle)) for run_id in ids]
    yield Figure("private memory of a further worker", sizes, "MiB", ("≤", 80), summary="max")
    yield Figure("the set in memory, shared by both", [_shared(store, ids)], "MiB")
    _stop(store, ids)


def _smaps(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}


def _private(pid: int) -> float:
    found = _smaps(pid)
    return found["Private_Clean"] + found["Private_Dirty"]


def _shared(store: Store, ids: list[str]) -> float:
    """Resident megabytes of the packed pictures, counted once over the workers that map them."""
    return statistics.mean(_mapped(process_id(store.get(run_id).handle)) for run_id in ids)


def _mapped(pid: int) -> float:
    total, mine = 0.0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if "-" in line.split(" ")[0]:
            mine = line.endswith("train_images.npy")
        elif mine and line.startswith("Pss:"):
            total += int(line.split()[1]) / 1024
    return total
