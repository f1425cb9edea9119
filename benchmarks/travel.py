"""Time travel: from a move of the slider to the pictures of that moment."""

from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from benchmarks import place
from benchmarks.report import Figure
from core.config import parse
from core.store import Store
from tests.e2e.browser import FLAGS, executable

PORT = 8794
MOVES = (2, 4, 6, 8, 1, 3, 5, 7)  # the first visit of a checkpoint is the slow one
RUN = {"data": {"name": "mnist-5k"}, "model": {"name": "cnn", "widths": [8]}, "epochs": 3}
CLOCK = """async ([root, i]) => {
  const slider = root.querySelector(".timeline input");
  const image = root.querySelector(".filters img");
  const drawn = new Promise((done) => image.addEventListener("load", done, { once: true }));
  const start = performance.now();
  slider.value = i;
  slider.dispatchEvent(new Event("input"));
  await drawn;
  return performance.now() - start;
}"""


def figures() -> Iterator[Figure]:
    """One finished run, each of whose moments is visited for the first time."""
    with place.server(PORT) as address, sync_playwright() as playwright:
        store = Store()
        run_id = store.create(parse(RUN).model_dump(mode="json"))
        place.wait(lambda: store.get(run_id).state == "finished")
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        page = browser.new_context(locale="en-US").new_page()
        page.goto(f"{address}/train?run={run_id}")
        page.locator(".filters img").wait_for()
        slider = page.get_by_role("slider", name="Travel through")
        root = slider.evaluate_handle("slider => slider.closest('.live')")
        waits = [float(page.evaluate(CLOCK, [root, move])) for move in MOVES]
        browser.close()
        store.dispose()
    yield Figure("a move of the time slider → its pictures", waits, "ms", ("≤", 100))
