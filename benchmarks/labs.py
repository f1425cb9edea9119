"""The labs: from a step of a control to the last picture, number and formula drawn anew."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import place
from benchmarks.report import Figure
from tests.e2e.browser import FLAGS, executable

PORT, BARE_PORT = 8793, 8794
BARE = Path(__file__).with_name("bare.py")
STEPS, WARM = 22, 2
# A lab's control: its role, and the names to act on by turns ("" is the first one of that role).
CONTROLS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "tensors": ("radio", ("arange", "zeros")),
    "autograd": ("button", ("Next", "Back")),
    "activations": ("button", ("Tanh",)),
    "convolution": ("slider", ("Padding p",)),
    "attention": ("slider", ("Tokens n",)),
    "lstm": ("slider", ("",)),
    "modules": ("radio", ("nn.ModuleList", "nn.Sequential")),
    "loading": ("slider", ("",)),
    "regularisation": ("switch", ("",)),
    "regression": ("slider", ("Learning rate",)),
    "temperature": ("slider", ("Temperature",)),
}
# In the page: the clock starts with the next key or click, and stops with the last change of what
# is shown, also inside the elements; a step is over when nothing has moved for a while.
CLOCK = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const roots = [main];
  const find = root => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) { roots.push(node.shadowRoot); find(node.shadowRoot); }
    }
  };
  find(main);
  const drawn = ['d', 'x', 'y', 'cx', 'cy', 'points', 'width', 'height', 'src', 'value'];
  const what = { subtree: true, childList: true, characterData: true, attributeFilter: drawn };
  window.step = new Promise(resolve => {
    let begun = false;
    const begin = () => {
      if (begun) return;
      begun = true;
      const start = performance.now();
      let last = null;
      const watch = new MutationObserver(() => { last = performance.now() - start; });
      for (const root of roots) watch.observe(root, what);
      setTimeout(() => { watch.disconnect(); resolve(last); }, 600);
    };
    for (const event of ['keydown', 'click']) addEventListener(event, begin, true);
  });
}"""


def figures() -> Iterator[Figure]:
    """Every lab's control, and Streamlit's own least, with the browser on the server's cores.

    Curves glide to their new places for a moment after that, unless less motion is asked for.
    """
    with (
        place.server(PORT) as address,
        place.page(BARE, BARE_PORT) as bare,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        waits = _steps(browser, bare, "slider", ("",))
        yield _figure("a bare page: a step of its slider → drawn", waits, None)
        for name in CONTROLS:
            waits = _steps(browser, f"{address}/lab-{name}", *CONTROLS[name])
            yield _figure(f"{name}: a step of a control → drawn", waits, ("≤", 100))
        browser.close()


def _figure(name: str, waits: list[float], goal: tuple[str, float] | None) -> Figure:
    return Figure(name, waits, "ms", goal, "p95", note=f"median {median(waits):.0f} ms")


def _steps(browser: Browser, address: str, role: Any, names: tuple[str, ...]) -> list[float]:
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.get_by_test_id("stCode").first.wait_for()
    page.wait_for_timeout(2000)
    main = page.get_by_test_id("stMain")
    controls = [main.get_by_role(role, name=name or None).first for name in names]
    waits = []
    for turn in range(STEPS):
        page.evaluate(CLOCK)
        _act(page, controls[turn % len(controls)], role, turn)
        waits.append(page.evaluate("() => window.step"))
    context.close()
    return [float(wait) for wait in waits[WARM:] if wait is not None]


def _act(page: Page, control: Locator, role: str, turn: int) -> None:
    """Two steps up, two steps down; or a click."""
    if role == "slider":
        control.focus()
        page.keyboard.press("ArrowRight" if turn % 4 < 2 else "ArrowLeft")
    else:
        control.click(force=True)
