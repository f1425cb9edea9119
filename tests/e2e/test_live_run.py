"""A run from click to curve and back: steered, left alone, reloaded, seen from a second tab."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.scene import Installation, button, curve, in_state, settled, steps, until
from tests.e2e.visitor import Visitor

LONG = 200  # epochs: nobody waits for its end
SMALL = {"name": "cnn", "widths": [8, 8]}


def start_by_form(page: Page) -> str:
    """Fill the form in, press the button, and wait for the curve to move."""
    page.get_by_label("Epochs", exact=True).fill(str(LONG))
    page.get_by_label("Epochs", exact=True).press("Enter")
    button(page, "Start training").click()
    in_state(page, "running")
    before, drawn = until(lambda: steps(page), "a first step"), curve(page)
    until(lambda: steps(page) > before and curve(page) != drawn, "the curve to move")
    return parse_qs(urlsplit(page.url).query)["run"][0]


def rest_and_step(page: Page, installation: Installation, run_id: str) -> int:
    """Pause, and it stands still; one batch, and it has moved by one: to the step returned."""
    button(page, "Pause").click()
    in_state(page, "paused")
    rest = until(lambda: installation.resting(run_id), "the run to rest")
    until(lambda: steps(page) == rest, "the page to show the last step")
    button(page, "One batch").click()
    until(lambda: steps(page) == rest + 1, "a single step")
    until(lambda: installation.resting(run_id) == rest + 1, "the run to rest again")
    in_state(page, "paused")
    return rest + 1


def unbroken(installation: Installation, run_id: str) -> bool:
    """Whether no row of a run is missing."""
    rows = installation.rows(run_id)
    return [row.seq for row in rows] == list(range(1, len(rows) + 1))


def taken_up(page: Page, second: Page) -> None:
    """Taken up again in one tab, it goes on in the other one, too, and can be stopped there."""
    button(page, "Go on from the last checkpoint").click()
    in_state(second, "running")
    button(second, "Stop").click()
    in_state(page, "stopped")


def test_a_run_is_started_steered_left_and_found_again(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    one = visit()
    page = one.open("/train?data=mnist-5k&model=cnn")
    run_id = start_by_form(page)
    step = rest_and_step(page, installation, run_id)

    # The learning rate is changed while it rests, and holds when it goes on.
    settled(page)
    dial = page.get_by_role("slider", name="Learning rate")
    before = float(dial.get_attribute("aria-valuetext") or "0")
    dial.press("ArrowLeft")
    expect(dial).not_to_have_attribute("aria-valuetext", f"{before:g}")
    turned = float(dial.get_attribute("aria-valuetext") or "0")
    button(page, "Go on").click()
    in_state(page, "running")
    changed = until(lambda: installation.rows(run_id, "set.lr"), "the new rate")
    assert changed[-1].value == pytest.approx(turned, rel=0.02)
    assert changed[-1].step >= step
    assert turned < before

    # Reload, and a second tab: both live, both further than before.
    page.reload()
    in_state(page, "running")
    second = one.open(f"/train?run={run_id}")
    in_state(second, "running")
    seen = steps(second)
    until(lambda: steps(second) > seen and steps(page) > seen, "both tabs to go on")

    # Stop in one tab; the other one hears of it; nothing is missing.
    button(second, "Stop").click()
    in_state(second, "stopped")
    in_state(page, "stopped")
    assert unbroken(installation, run_id)
    taken_up(page, second)


def test_what_was_typed_last_is_what_starts_and_its_test_accuracy_is_told(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    page = visit().open("/train?data=mnist-5k&model=mlp")
    settled(page)
    page.get_by_label("Epochs", exact=True).fill("4")
    button(page, "Start training").click()  # which is what leaves the field
    in_state(page, "finished")
    run = installation.run(parse_qs(urlsplit(page.url).query)["run"][0])
    assert run.config["epochs"] == 4
    assert run.test_accuracy is not None
    assert run.test_accuracy > 0.75
    expect(page.locator("dl.tiles")).to_contain_text(f"{100 * run.test_accuracy:.1f}")
    expect(button(page, "Repeat")).to_be_enabled()


def test_the_server_is_killed_and_nothing_is_lost(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(model=SMALL, epochs=LONG)
    one = visit()
    page = one.open(f"/train?run={run_id}")
    in_state(page, "running")
    before = until(lambda: steps(page), "a first step")
    installation.kill()
    meanwhile = installation.run(run_id).step
    until(lambda: installation.run(run_id).step > meanwhile + 5, "the run to go on alone")
    installation.ask(lambda store: store.send(run_id, "pause"))
    assert installation.start() < 10
    in_state(page, "paused")
    until(lambda: steps(page) > max(before, meanwhile), "the page to come back by itself")
    button(page, "Go on").click()
    in_state(page, "running")
    button(page, "Stop").click()
    in_state(page, "stopped")
    assert unbroken(installation, run_id)
    assert not installation.rows(run_id, "rewind")
    one.complaints = [c for c in one.complaints if "Content Security Policy" in c]


def test_a_killed_worker_is_told_and_its_run_resumed_by_one_click(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(model=SMALL, epochs=LONG)
    page = visit().open(f"/train?run={run_id}")
    in_state(page, "running")
    until(lambda: installation.run(run_id).step > 40, "some steps")
    installation.kill_worker(run_id)
    in_state(page, "crashed", patience=4)
    expect(page.locator(".note")).to_contain_text("signal 9")
    reached = installation.run(run_id).step
    button(page, "Go on from the last checkpoint").click()
    in_state(page, "running")
    until(lambda: installation.run(run_id).step > reached, "the run to come further")
    assert installation.run(run_id).state == "running"
    button(page, "Stop").click()
    in_state(page, "stopped")


def test_a_killed_runner_is_back_and_its_run_goes_on(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(model=SMALL, epochs=LONG)
    page = visit().open(f"/train?run={run_id}")
    in_state(page, "running")
    until(lambda: installation.run(run_id).step > 40, "some steps")
    old = installation.kill_runner()
    until(lambda: installation.runner_pid() not in (0, old), "a new runner")
    reached = installation.run(run_id).step
    until(lambda: installation.run(run_id).step > reached, "the run to go on")
    in_state(page, "running")
    button(page, "Stop").click()
    in_state(page, "stopped")
