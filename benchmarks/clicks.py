"""The walk through a ViT as a person sees it: from a click to panels drawn anew, and its weight."""

from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from benchmarks import place
from benchmarks.report import Figure
from benchmarks.wire import Wire, tapped
from tests.e2e.browser import FLAGS, executable

PORT = 8797
NETS = {"mnist-vit": 7, "cifar10-vit": 8}  # patches in a row
CLICKS, PICTURES = 40, 10
REST = 900  # ms after which everything has been said that a click sets off
# In the page: from the press to the frame after the one in which a panel's picture or text is
# another. The panels in sight are drawn in one go with it.
CLOCK = """(wanted) => {
  const find = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.matches(wanted)) return node;
      const found = node.shadowRoot && find(node.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const panel = find(document);
  const look = () => panel.toDataURL ? panel.toDataURL() : panel.textContent;
  const before = look();
  window.click = new Promise(resolve => {
    addEventListener('pointerdown', () => {
      const start = performance.now();
      const tick = () => look() === before ? requestAnimationFrame(tick)
        : requestAnimationFrame(() => resolve(performance.now() - start));
      tick();
    }, { capture: true, once: true });
  });
}"""


def figures() -> Iterator[Figure]:
    """Patches clicked and pictures changed, on the small ViTs that come along."""
    with place.server(PORT) as address, tapped(address) as wire, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        for net, across in NETS.items():
            page = browser.new_context(locale="en-US").new_page()
            page.goto(f"{wire.address}/vit?net=zoo:{net}")
            page.locator(".stage .patches").wait_for()
            page.wait_for_timeout(4000)
            waits, weights = zip(*_patches(page, wire, across), strict=True)
            for summary, goal in (("median", 60.0), ("p95", 150.0)):
                title = f"{net}: a patch clicked → panels drawn"
                yield Figure(title, waits, "ms", ("≤", goal), summary)
            yield Figure(f"{net}: sent for a click", weights, "kB", ("≤", 200), "max")
            waits, weights = zip(*_pictures(page, wire), strict=True)
            title = f"{net}: another picture chosen → panels drawn"
            yield Figure(title, waits, "ms", ("≤", 500))
            yield Figure(f"{net}: sent for another picture", weights, "kB", ("≤", 200), "max")
            page.context.close()
        browser.close()


def _patches(page: Page, wire: Wire, across: int) -> Iterator[tuple[float, float]]:
    """For each patch clicked: milliseconds, and kB sent."""
    box = page.locator(".stage .patches").bounding_box()
    assert box
    for i in range(CLICKS):
        row, column = (i * 3) % across, (i * 5 + 1) % across
        page.evaluate(CLOCK, ".stage .who")
        wire.taken()
        x = box["x"] + box["width"] * (column + 0.5) / across
        page.mouse.click(x, box["y"] + box["height"] * (row + 0.5) / across)
        yield _waited(page), wire.taken() / 1000


def _pictures(page: Page, wire: Wire) -> Iterator[tuple[float, float]]:
    """For each picture nobody has looked at: milliseconds, and kB sent."""
    for i in range(1, PICTURES + 1):
        page.evaluate(CLOCK, ".stage canvas")
        wire.taken()
        page.locator(".picks button").nth(i).click()
        yield _waited(page), wire.taken() / 1000


def _waited(page: Page) -> float:
    """How long it took until the panels were drawn; returns once everything is said."""
    spent = float(page.evaluate("() => window.click"))
    page.wait_for_timeout(REST)
    return spent
