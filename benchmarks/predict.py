"""Prediction: from a stroke or a photo to bars on screen, many pictures, large nets, Grad-CAM."""

import io
import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from benchmarks import place, plain
from benchmarks.attention import ratio
from benchmarks.report import Figure
from core import batch, cam, hub, imagenet, imaging, probe
from core.data import load
from core.inference import open_predictor
from models.bases import of_torchvision
from tests.e2e.browser import FLAGS, executable

PORT = 8791
NET, PHOTOS = "zoo:mnist-cnn", "zoo:cifar10-cnn"
MANY = 1000
PHOTO = (4000, 3000)  # pixels: twelve millions
STROKES, ROUNDS, PHOTOS_BROUGHT = 20, 9, 5
# In the page: the clock starts with an event and stops with the frame after the bars' next change.
CLOCK = """event => {
  const find = (root, all) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) find(node.shadowRoot, all);
      if (node.matches('.bars')) all.push(node);
    }
    return all;
  };
  window.moved = new Promise(resolve => {
    addEventListener(event, () => {
      const start = performance.now();
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - start));
      });
      const what = { subtree: true, childList: true, attributes: true, characterData: true };
      for (const bars of find(document, [])) watch.observe(bars, what);
    }, { capture: true, once: true });
  });
}"""


def figures() -> Iterator[Figure]:
    """What happens in a browser, then what the core needs without one."""
    with place.server(PORT) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield from _first(browser, address)
        yield from _drawn(browser, address)
        yield from _brought(browser, address)
        browser.close()
    yield from _many()
    yield from _large()
    yield from _grad_cam()


def _at(browser: Browser, address: str, what: str) -> Page:
    """A new visitor's page once it shows something."""
    page = browser.new_context(locale="en-US").new_page()
    page.goto(address)
    page.locator(what).first.wait_for()
    return page


def _first(browser: Browser, address: str) -> Iterator[Figure]:
    """From the home page of a server that has answered nobody yet to what a net says."""
    page = _at(browser, address, "h1")
    page.wait_for_timeout(3000)  # as long as somebody looks at the home page
    began = time.perf_counter()
    page.get_by_role("link", name="Predict").first.click()
    page.locator(".bars .card").first.wait_for()
    seconds = time.perf_counter() - began
    page.context.close()
    yield Figure("first prediction of a server, from the click", [seconds], "s", ("≤", 1.0))


def _drawn(browser: Browser, address: str) -> Iterator[Figure]:
    page = _at(browser, f"{address}/predict?nets={NET}", ".bars .card")
    box = page.locator(".pad canvas").bounding_box()
    if box is None:
        raise RuntimeError("the pad is not on the page")
    waits = []
    for turn in range(STROKES + 2):
        page.wait_for_timeout(500)
        x, y = box["x"] + (0.2 + 0.03 * turn) * box["width"], box["y"] + 0.2 * box["height"]
        page.evaluate(CLOCK, "pointerup")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.up()
        page.mouse.move(x, y + 1)
        waits.append(float(page.evaluate("() => window.moved")))
    turned = []
    page.locator(".bench input[name=rotate]").focus()
    for _ in range(STROKES + 2):
        page.wait_for_timeout(500)
        page.evaluate(CLOCK, "keydown")
        page.keyboard.press("ArrowRight")
        turned.append(float(page.evaluate("() => window.moved")))
    page.context.close()
    for what, times in (("a dot on the pad", waits), ("a degree of rotation", turned)):
        for summary, goal in (("median", 60.0), ("p95", 150.0)):
            yield Figure(f"{what} → bars", times[2:], "ms", ("≤", goal), summary)


def _brought(browser: Browser, address: str) -> Iterator[Figure]:
    seconds = []
    for turn in range(PHOTOS_BROUGHT):
        page = _at(browser, f"{address}/predict?nets={PHOTOS}", ".bars .card")
        page.get_by_role("radio", name="Your pictures").click()
        file = page.locator("input[type=file]").first
        file.wait_for(state="attached")
        photo = FilePayload(name=f"{turn}.jpg", mimeType="image/jpeg", buffer=_photo(turn))
        page.wait_for_timeout(1000)
        began = time.perf_counter()
        file.set_input_files([photo])
        page.locator('.bars .card img[src^="data:"]').first.wait_for()
        seconds.append(time.perf_counter() - began)
        page.context.close()
    yield Figure("a photo of 12 megapixels → bars", seconds, "s", ("≤", 1.0))


def _photo(seed: int) -> bytes:
    """A JPEG with the detail of a photo: clouds of several sizes."""
    chance = np.random.default_rng(seed)
    total = np.zeros((PHOTO[1], PHOTO[0], 3), np.float32)
    for cells in (6, 40, 300):
        rough = chance.integers(0, 256, (cells * 3 // 4, cells, 3), dtype=np.uint8)
        total += np.asarray(Image.fromarray(rough).resize(PHOTO, Image.Resampling.BICUBIC))
    out = io.BytesIO()
    Image.fromarray((total / 3).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def _many() -> Iterator[Figure]:
    net = open_predictor(NET)
    files = []
    for index, digit in enumerate(load("mnist-5k").test_images[:MANY].numpy()):
        out = io.BytesIO()
        Image.fromarray(digit[0]).save(out, "PNG")
        files.append(batch.Brought(f"{index}.png", "", out.getvalue()))
    files = (files * (MANY // len(files) + 1))[:MANY]

    def judged() -> object:
        return batch.judge([(net, None)], files, imaging.open_picture)

    seconds = [_seconds(judged) for _ in range(3)]
    yield Figure(f"{MANY} pictures in a batch", seconds, "s", ("≤", 5.0))


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _large() -> Iterator[Figure]:
    torch.manual_seed(0)
    weights = of_torchvision("vit_b_16", 224).net.state_dict()
    with patch.object(hub, "load", lambda name: weights):
        net = imagenet.ImageNet("vit_b_16")
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    net.predict([picture])
    seconds = [_seconds(lambda: net.predict([picture])) for _ in range(ROUNDS)]
    note = "random weights; threads as in the bench's own process"
    yield Figure("ViT-B/16 at 224, warm", seconds, "s", ("≤", 0.6), note=note)


def _grad_cam() -> Iterator[Figure]:
    net = open_predictor(NET)
    packed = load("mnist-5k").test_images[0].numpy()
    layer = probe.default(probe.layers(net)).name
    x = net.normalise(torch.tensor(packed)[None])

    def ours() -> np.ndarray:
        return cam.grad_cam(net, packed, 3, layer)

    def theirs() -> torch.Tensor:
        return plain.grad_cam(net.model, x, 3, layer)

    off = float(np.abs(ours() - theirs().numpy()).max() / theirs().max())
    yield Figure("Grad-CAM: largest difference", [off], "of its peak", ("≤", 1e-4), "max")
    ratios = [ratio(theirs, ours) for _ in range(ROUNDS)]
    yield Figure("Grad-CAM ÷ plain code", ratios, "×", ("≥", 1.0))
