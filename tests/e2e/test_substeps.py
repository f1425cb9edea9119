"""A look inside: one batch phase by phase, the health strip, the gap, the search for a rate."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from core.notes import DISSECTION
from tests.e2e.scene import Installation, button, in_state, settled, until
from tests.e2e.visitor import Visitor

NET = {"name": "mlp", "widths": [32, 16]}
PHASES = ["zero_grad", "model(pictures)", "cross_entropy", "backward", "optimizer.step"]


def at_work(page: Page) -> str:
    """The line of code that is marked."""
    return page.locator(".st-key-substeps strong code").inner_text()


def drawn(page: Page, name: str) -> str:
    """The pixels of a canvas."""
    return str(page.locator(f"{name} canvas").first.evaluate("c => c.toDataURL()"))


def test_a_paused_run_takes_one_batch_apart_and_shows_its_health(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(model=NET, epochs=200)
    page = visit().open(f"/train?run={run_id}")
    in_state(page, "running")
    until(lambda: len(installation.rows(run_id, "train.loss")) > 10, "a curve")
    button(page, "Pause").click()
    in_state(page, "paused")
    rest = until(lambda: installation.resting(run_id), "the run to rest")
    settled(page)
    button(page, "Sub-step").click()
    expect(page.get_by_text(f"Step {rest + 1:,} (epoch")).to_be_visible()
    assert installation.run(run_id).step == rest + 1

    told = json.loads((installation.home / "runs" / run_id / DISSECTION).read_text())["phases"]
    seen = [
        "no gradients yet|Gradient before",
        "three best guesses",
        f"{told['loss']['mean']:.4f}",
        f"{told['backward']['total']:.4g}",
        "Learning rate",
    ]
    for number, (code, words) in enumerate(zip(PHASES, seen, strict=True)):
        until(lambda code=code: code in at_work(page), f"the line with {code}")
        panel = page.locator(".st-key-substeps")
        expect(panel.get_by_test_id("stDataFrame")).to_have_count(1)
        expect(panel.get_by_text(re.compile(words)).first).to_be_attached()
        if number < len(PHASES) - 1:
            button(page, "Next").click()
    button(page, "Next batch").click()
    expect(page.get_by_text(f"Step {rest + 2:,} (epoch")).to_be_visible()

    strip_is_read(page)


def strip_is_read(page: Page) -> None:
    """One sentence; a strip for each measure; the value of the cell under the pointer."""
    expect(page.locator(".finding")).to_have_attribute("data-key", re.compile(r"\w+"))
    expect(page.locator(".finding")).to_contain_text(re.compile(r"\w{4,}.*\."))
    gradient = drawn(page, ".health")
    button(page, "Update").click()
    update = until(lambda: (now := drawn(page, ".health")) != gradient and now, "the updates")
    button(page, "Dead units").click()
    until(lambda: drawn(page, ".health") not in (gradient, update), "the dead units")
    canvas = page.locator(".health canvas")
    canvas.scroll_into_view_if_needed()
    canvas.hover(position={"x": 120, "y": 30})
    expect(canvas).to_have_attribute("aria-label", re.compile(r"ReLU, step \d+: [\d.]+%"))
    page.mouse.move(5, 5)
    expect(canvas).not_to_have_attribute("aria-label", re.compile(r"ReLU, step"))


def test_the_gap_is_shaded_as_it_opens_and_the_diagnosis_names_it(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    few = {"name": "mnist-5k", "limit": 128}
    net = {"name": "mlp", "widths": [128], "dropout": 0.0, "norm": False}
    adam = {"name": "adam", "lr": 0.01}
    run_id = installation.create(data=few, model=net, optimizer=adam, epochs=80, batch=32)
    page = visit().open(f"/train?run={run_id}")
    in_state(page, "finished")
    expect(page.locator(".finding")).to_have_attribute("data-key", "overfitting")
    expect(page.locator(".finding")).to_contain_text("Try dropout")
    page.wait_for_timeout(600)  # the axes come to rest
    shaded = [drawn(page, f"figure.{name}") for name in ("loss", "accuracy", "rate")]
    page.get_by_label("Gap").uncheck()
    until(lambda: drawn(page, "figure.loss") != shaded[0], "the shade to go")
    assert drawn(page, "figure.accuracy") != shaded[1]
    assert drawn(page, "figure.rate") == shaded[2]
    page.get_by_label("Gap").check()
    until(lambda: drawn(page, "figure.loss") == shaded[0], "the shade to come back")


def test_the_search_for_a_rate_ends_in_the_form(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    page = visit().open("/train?data=mnist-5k&model=mlp&optimizer=sgd")
    settled(page)
    button(page, "Find a learning rate").click()
    advice = page.get_by_text(re.compile(r"Try lr = "))
    expect(advice).to_be_visible()
    found = re.search(r"lr = ([\d.e-]+)\.", advice.inner_text())
    assert found
    expect(page.locator(".note")).to_contain_text("The rates have been tried")
    settled(page)
    button(page, "Take it").click()
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()
    dial = page.get_by_role("slider", name="Learning rate")
    expect(dial).to_have_attribute("aria-valuetext", f"{float(found[1]):g}")
    assert installation.runs()[0].state == "finished"
