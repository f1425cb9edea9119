"""The walk's sliders: from a step of one to bars and maps drawn anew, as a person sees them."""

from collections.abc import Iterator, Sequence

from playwright.sync_api import Page, sync_playwright

from benchmarks import place
from benchmarks.report import Figure
from tests.e2e.browser import FLAGS, executable

PORT = 8795
STEPS = 22
PAUSE = 30  # ms between two steps: a hand that drags, for which the page has not come to rest
# In the page: from the key to the frame after the one in which the bars have changed. The panels
# in sight are drawn in one go with them.
CLOCK = """() => {
  const find = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.className === 'answers') return node;
      const found = node.shadowRoot && find(node.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const answers = find(document);
  window.step = new Promise(resolve => {
    addEventListener('keydown', () => {
      const start = performance.now();
      new MutationObserver((_, watch) => {
        watch.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - start));
      }).observe(answers, { childList: true, subtree: true, characterData: true });
    }, { capture: true, once: true });
  });
}"""


def figures() -> Iterator[Figure]:
    """The temperature of the small ViT's attention, and the moment of its training, dragged."""
    with place.server(PORT) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        page = browser.new_context(locale="en-US").new_page()
        page.goto(f"{address}/vit")
        there_and_back = ["ArrowLeft"] * (STEPS // 2) + ["ArrowRight"] * (STEPS // 2)
        heat = _dragged(page, ".operate", there_and_back)
        page.goto(f"{address}/vit?net=zoo:mnist-vit&when=0")
        early = _dragged(page, ".moment", ["ArrowRight", "ArrowLeft"] * (STEPS // 2))
        browser.close()
    title = "temperature of attention: a step of the slider → bars"
    yield Figure(title, heat, "ms", ("≤", 100))
    title = "moment of training: a step of the slider → bars"
    yield Figure(title, early, "ms", ("≤", 100))


def _dragged(page: Page, panel: str, keys: Sequence[str]) -> list[float]:
    """How long each step of a panel's slider takes."""
    slider = page.locator(f"{panel} input[type=range]")
    slider.wait_for()
    page.wait_for_timeout(3000)
    slider.focus()
    waits = []
    for key in keys:
        page.evaluate(CLOCK)
        page.keyboard.press(key)
        waits.append(float(page.evaluate("() => window.step")))
        page.wait_for_timeout(PAUSE)
    return waits
