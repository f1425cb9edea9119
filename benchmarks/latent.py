"""The latent studio: from a drag to its picture, the grid, how good and how likely samples are."""

import time
from collections.abc import Iterator

import numpy as np
import torch
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import place
from benchmarks.report import Figure
from core import latent, measures, parcel, parzen
from core.batches import split
from core.data import Pictures, load
from core.maker import Maker, open_maker
from core.reader import Reader
from core.zoo import checkpoint_of
from tests.e2e.browser import FLAGS, executable

PORT = 8792
NET, STYLED, READER = "zoo:mnist-aae", "zoo:mnist-aae-style", "zoo:mnist-cnn"
MOVES, WARM = 60, 4  # of the pointer; the first ones find nothing at hand yet
BOXES = 20
SIDE = 20  # pictures a side of the grid
SEEDS, DRAWN = 5, 2_000  # samples that are read
HELD = 1_000  # codes against as many samples of the prior; validation pictures for the window
LIKELY = 10_000  # samples under whose windows the test pictures are measured
# In the page: the clock starts with an event and stops with the frame after the one in which a
# canvas has got other pixels; everything round it is watched, as a canvas tells nobody.
CLOCK = """([event, what]) => {
  const find = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.matches(what)) return node;
      const inside = node.shadowRoot && find(node.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const canvas = find(document);
  const seen = () => {
    const { width, height } = canvas;
    const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let sum = width;
    for (let i = 0; i < bytes.length; i += 4) sum = (31 * sum + bytes[i]) | 0;
    return sum;
  };
  const before = seen();
  window.moved = new Promise(resolve => {
    addEventListener(event, ({ timeStamp }) => {
      const watch = new MutationObserver(() => {
        if (seen() === before) return;
        watch.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - timeStamp));
      });
      const all = { subtree: true, childList: true, attributes: true, characterData: true };
      watch.observe(canvas.getRootNode(), all);
    }, { capture: true, once: true });
  });
}"""
WAIT = """() => Promise.race([
  window.moved, new Promise((_, refuse) => setTimeout(() => refuse('no new picture'), 10000)),
])"""
THEIS = "says little of how good samples are in many dimensions (Theis et al. 2016)"


def figures() -> Iterator[Figure]:
    """What happens in a browser, then what nets and samples are like."""
    with place.server(PORT) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield from _dragged(browser, address)
        yield from _boxed(browser, address)
        browser.close()
    plain, styled, set_ = open_maker(NET), open_maker(STYLED), load("mnist")
    yield from _grid(plain)
    yield from _read(plain, styled)
    yield from _distance(plain, set_)
    yield from _likely(plain, NET, set_)
    yield from _likely(styled, STYLED, set_)


# In a browser --------------------------------------------------------------------------------


def _opened(browser: Browser, address: str, view: str) -> tuple[Page, Locator]:
    """A new visitor's studio once it has a decoder, and its plane."""
    page = browser.new_context(locale="en-US").new_page()
    page.goto(f"{address}/latent?net={NET}&view={view}")
    page.wait_for_function("() => globalThis.latentStudio?.studio?.able")
    page.locator("canvas.tiles").first.wait_for()
    page.wait_for_timeout(2000)
    plane = page.locator("canvas.plane").first
    plane.scroll_into_view_if_needed()
    return page, plane


def _at(plane: Locator, across: float, down: float) -> tuple[float, float]:
    """Shares of the plane as a place on the screen."""
    box = plane.bounding_box()
    if box is None:
        raise RuntimeError("the plane is not on the page")
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def _dragged(browser: Browser, address: str) -> Iterator[Figure]:
    """The point goes round through the petals of the prior, move by move."""
    page, plane = _opened(browser, address, "samples")
    page.mouse.move(*_at(plane, 0.8, 0.5))
    page.mouse.down()
    waits = []
    for turn in range(1, MOVES + WARM + 1):
        angle = 2 * np.pi * turn / 23
        page.evaluate(CLOCK, ["pointermove", ".decoded"])
        page.mouse.move(*_at(plane, 0.5 + 0.3 * np.cos(angle), 0.5 + 0.3 * np.sin(angle)))
        waits.append(float(page.evaluate(WAIT)))
    page.mouse.up()
    page.context.close()
    for summary, goal in (("median", 50.0), ("p95", 120.0)):
        yield Figure("a drag on the plane → its picture", waits[WARM:], "ms", ("≤", goal), summary)


def _boxed(browser: Browser, address: str) -> Iterator[Figure]:
    """A box on the plane, other than all before, becomes a grid."""
    page, plane = _opened(browser, address, "grid")
    slider = page.get_by_role("slider", name="Pictures a side")
    while int(slider.get_attribute("aria-valuenow") or SIDE) < SIDE:
        slider.press("ArrowRight")
    page.wait_for_timeout(2000)
    waits = []
    for turn in range(BOXES + 1):
        page.mouse.move(*_at(plane, 0.2 + 0.01 * turn, 0.2))
        page.mouse.down()
        page.mouse.move(*_at(plane, 0.5 + 0.015 * turn, 0.85))
        page.evaluate(CLOCK, ["pointerup", "canvas.tiles"])
        page.mouse.up()
        waits.append(float(page.evaluate(WAIT)))
        page.wait_for_timeout(400)
    page.context.close()
    note = "by the server: there and back"
    yield Figure(f"a box → its grid of {SIDE}×{SIDE} in the browser", waits[1:], "ms", note=note)


# Without one ---------------------------------------------------------------------------------


def _grid(net: Maker) -> Iterator[Figure]:
    """Codes at equal shares of the prior, decoded and laid side by side as a PNG."""
    waits = []
    for _ in range(BOXES + 1):
        began = time.perf_counter()
        codes = net.prior.quantile(latent.shares(SIDE).reshape(-1, 2))
        parcel.raster(net.decode(codes), SIDE)
        waits.append(1000 * (time.perf_counter() - began))
    name = f"a grid of {SIDE}×{SIDE}, decoded and laid out"
    yield Figure(name, waits[1:], "ms", ("≤", 150.0))


def _read(plain: Maker, styled: Maker) -> Iterator[Figure]:
    """What a classifier makes of samples, and whether it finds all classes among them."""
    judge = Reader(checkpoint_of(READER))
    for net, name, goal in ((plain, NET, 0.9), (styled, STYLED, 0.8)):
        drawn = [net.sample(DRAWN, seed=100 + seed).pictures for seed in range(SEEDS)]
        found = [judge.score(torch.from_numpy(pictures)) for pictures in drawn]
        said = f"{name}: samples read with 90 % confidence by {READER}"
        yield Figure(said, [one.sure for one in found], "share", ("≥", goal))
        rarest = [float(one.counts.min() / one.counts.sum()) for one in found]
        balance = ", ".join(f"{measures.evenness(one.counts):.3f}" for one in found)
        note = f"of ten, each 0.1 when even; balance (1 is even): {balance}"
        yield Figure(f"{name}: the rarest class among samples", rarest, "share", note=note)
        classes = [float((one.counts > 0).sum()) for one in found]
        yield Figure(f"{name}: classes among samples", classes, "of 10", ("≥", 10.0))


def _distance(net: Maker, set_: Pictures) -> Iterator[Figure]:
    """Codes of test pictures against the prior, class by class, in shares of its own distance."""
    codes = torch.from_numpy(net.encode(set_.test_images.numpy()).z)
    own, scale = measures.floor(net.prior, HELD), measures.scale(net.prior)
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(0))
    shares = []
    for seed, some in enumerate(order.split(HELD)):
        parts = set_.test_labels[some] if net.settings.guided else None
        drawn = net.prior.draw(len(some), parts, torch.Generator().manual_seed(seed))
        shares.append(measures.mmd(codes[some], drawn, scale) / own)
    note = f"maximum mean discrepancy of {HELD} codes each; that of two prior samples is {own:.3f}"
    name = f"{NET}: distance of codes to the prior ÷ of two prior samples"
    yield Figure(name, shares, "×", ("≤", 2.0), note=note)


def _likely(net: Maker, name: str, set_: Pictures) -> Iterator[Figure]:
    """Test pictures under windows round samples, chosen on pictures kept from training."""
    _, kept = split(set_.train_labels, net.config.data)
    validation = set_.train_images[kept[:HELD]]
    samples = torch.from_numpy(net.sample(LIKELY, seed=0).pictures)
    found = parzen.estimate(samples, validation, set_.test_images)
    note = (
        f"± {found.error:.1f}, window {found.width:.3f}, {LIKELY:,} samples; Makhzani et al. 2015: "
        f"340 ± 2 with codes of 8 numbers, here {net.code}; it {THEIS}"
    )
    yield Figure(f"{name}: Parzen log-likelihood of the test set", [found.mean], "nats", note=note)
