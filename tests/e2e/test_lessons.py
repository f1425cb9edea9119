"""Every shipped lesson walked to its end in the browser, ticked off by what is done there."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from core.lessons import Lesson, Place, Step, find
from core.lessons.check import formed
from core.lessons.shelf import SHIPPED
from core.store import Store
from pages.ui.lesson.table import house
from pages.ui.words import catalogue
from tests.corpus import photo, saved
from tests.e2e.hands import LOOK, answer, control, draw, drawn, pixel
from tests.e2e.scene import MOMENT, Installation, button, insist, settled, until
from tests.e2e.visitor import Visitor

NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))
REAL = "first"  # this one trains for real; for the others runs are put into the store


def lesson(name: str) -> Lesson:
    return find(name, house()).lesson


def rail(page: Page) -> Locator:
    return page.locator(".st-key-rail")


def ticked(page: Page, at: int) -> Locator:
    """What the rail says once a step was seen done."""
    return rail(page).locator(f".st-key-rail_step_{at + 1}").get_by_test_id("stAlert")


def turn(page: Page, at: int) -> None:
    """From a step to the next one, once the whole page has learned that it was done."""
    onward = page.locator(f".st-key-lesson-next-{at} button")  # labs have one of this name, too
    expect(onward).to_have_text("Next")  # the button that skips a step has its place
    settled(page)
    insist(onward.click, lambda: left(page, at))


def left(page: Page, at: int) -> None:
    """Expect a step to be over."""
    here = rail(page).get_by_text(re.compile(rf"^Step {at + 1} of "))
    expect(here).to_have_count(0, timeout=MOMENT)


def taken(page: Page, where: Place) -> None:
    """Go to where a step takes place; that can be the page that is open, begun anew."""
    path = "/" + where.page.replace("labs/", "lab-")

    def arrived(url: str) -> bool:
        parts = urlsplit(url)
        return parts.path == path and ("run" in where.query or "run=" not in parts.query)

    for _ in range(3):  # a click that meets a report of the page can come to nothing
        going = page.expect_navigation(url=arrived, wait_until="commit", timeout=MOMENT)
        with contextlib.suppress(TimeoutError), going:
            press(page, "Take me there")
        if arrived(page.url):
            break
    else:
        pytest.fail(f"three clicks did not lead to {path}")
    settled(page)


def press(page: Page, name: str) -> None:
    button(page, name).click()


# What is done, by kind of task ----------------------------------------------------------------


def trained(installation: Installation, owner: str, place: Step, state: str) -> None:
    """Put a run with a step's settings into the store, as if it had been trained."""
    config = formed(place.where.address()).model_dump(mode="json")

    def put(store: Store) -> None:
        run_id = store.create(config, owner=owner, state="running")
        ended = "finished" if state == "started" else state
        store.update(run_id, {"state": ended, "best_validation": 0.9, "epoch": config["epochs"]})

    installation.ask(put)


def fought(page: Page, installation: Installation, step: Step) -> None:
    """Start a duel, end it, hold it again."""
    if step.done.state == "finished":
        installation.stop_runs()
    elif step.done.count > 1:
        press(page, "Rematch with another seed")
    else:
        page.get_by_role("button", name="Adam", exact=True).click()  # a grid may be called so, too


def diagnosed(page: Page, installation: Installation, step: Step, at: int) -> None:
    """Plant what is prepared, or anything, and name it."""
    press(page, "Plant it and train" if step.where.query else "Surprise me")
    page.wait_for_url(re.compile(r"[?&]run=\w{16}"))
    run_id = parse_qs(urlsplit(page.url).query)["run"][0]
    fault = installation.run(run_id).config["fault"]
    settled(page)
    page.get_by_role("combobox", name="Your diagnosis").click()
    name = catalogue()[f"clinic.fault.{fault}.name"]["en"]
    page.get_by_role("option", name=name, exact=True).click()
    press(page, "Check")
    expect(ticked(page, at)).to_be_visible()
    installation.stop_runs()  # what was named need not be trained to its end


def run(page: Page, installation: Installation, owner: str, name: str, step: Step, at: int) -> None:
    """Start training, or put the run that a step asks for into the store."""
    steps = lesson(name).steps
    if name != REAL:
        place = next(one for one in reversed(steps[: at + 1]) if one.where)
        trained(installation, owner, place, step.done.state)
    elif step.done.state == "started":
        if step.done.least:
            rate = page.get_by_role("slider", name="Learning rate")
            rate.focus()
            page.keyboard.press("End")
            page.wait_for_url(lambda url: "set=" not in url)  # it is no more what the link says
        settled(page)
        press(page, "Start training")


# The walks ------------------------------------------------------------------------------------


def do(
    page: Page, installation: Installation, owner: str, name: str, at: int, folder: Path
) -> None:
    """Do what a step asks for."""
    step = lesson(name).steps[at]
    task = step.done
    if task.see == "lab":
        answer(page, task.lab)
    elif task.see == "control":
        drawn(page, task.page)
        control(page, step)
    elif task.see == "run":
        run(page, installation, owner, name, step, at)
    elif task.see == "duel":
        settled(page)
        fought(page, installation, step)
    elif task.see == "picture" and task.way == "draw":
        drawn(page, "predict")
        draw(page)
    elif task.see == "picture":
        (folder / "photo.png").write_bytes(saved(photo()))
        page.get_by_role("radio", name="Your pictures").click()
        page.locator("input[type=file]").set_input_files(folder / "photo.png")
    elif task.see == "fault":
        diagnosed(page, installation, step, at)
    elif task.see == "read":
        read = button(page, "OK, read")
        if step.after:
            read.click()
        else:
            insist(read.click, lambda: left(page, at))


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_walked_to_its_end(
    visit: Callable[..., Visitor], installation: Installation, tmp_path: Path, name: str
) -> None:
    one = visit()
    page = one.open(f"/runs?lesson={name}")
    expect(rail(page)).to_be_visible()
    owner = {c["name"]: c for c in one.context.cookies()}["pg_uid"]["value"].split(".")[0]
    steps = lesson(name).steps
    for at, step in enumerate(steps):
        expect(rail(page)).to_contain_text(f"Step {at + 1} of {len(steps)}")
        settled(page)
        if step.where and not ticked(page, at).count():
            taken(page, step.where)
        if not ticked(page, at).count():
            do(page, installation, owner, name, at, tmp_path)
        if step.done.see != "read" or step.after:
            expect(ticked(page, at)).to_be_visible()
            turn(page, at)
    expect(rail(page)).to_contain_text("You have come to the end")
    expect(rail(page)).not_to_contain_text("steps were ticked off")
    assert f"lesson={name}" in page.url
    if name == REAL:  # once is enough: how far it is lies in the store for all alike
        page.reload()
        expect(rail(page)).to_contain_text("You have come to the end")


def test_the_way_back_to_the_same_page_begins_it_anew(visit: Callable[..., Visitor]) -> None:
    where = lesson("cnn").steps[3].where
    page = visit().open("/cnn?lesson=cnn.4&net=zoo:mnist-cnn&step=blocks.1.0")
    drawn(page, "cnn")
    pixel(page)
    page.wait_for_url(re.compile("pixel="))
    settled(page)
    taken(page, where)
    page.wait_for_url(re.compile("step=blocks.0.0"))
    page.wait_for_timeout(LOOK)  # a report of the rail brings along what the browser still holds
    settled(page)
    assert "pixel=" not in page.url and "blocks.1.0" not in page.url


def test_progress_survives_a_reload_and_a_new_tab_and_leaving(
    visit: Callable[..., Visitor],
) -> None:
    one = visit()
    page = one.open("/data?lesson=first")
    expect(ticked(page, 0)).to_be_visible()
    turn(page, 0)
    expect(rail(page)).to_contain_text("Step 2 of 6")
    page.reload()
    expect(rail(page)).to_contain_text("Step 2 of 6")
    other = one.open("/lessons")
    expect(other.get_by_text("1 of 6")).to_be_visible()
    press(page, "Leave the lesson")
    expect(rail(page)).to_have_count(0)
    assert "lesson=" not in page.url
    settled(page)
    visit().open("/data")
    expect(rail(page)).to_have_count(0)


def test_on_a_tablet_the_rail_leaves_the_page_its_room_and_folds_away(
    visit: Callable[..., Visitor],
) -> None:
    tablet = {"width": 820, "height": 1180}
    page = visit(viewport=tablet, locale="ko-KR", color_scheme="dark").open("/train?lesson=first.2")
    expect(rail(page)).to_be_visible()
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    main = page.get_by_test_id("stMain")
    until(lambda: main.evaluate("one => one.clientWidth") > 550, "the rail to be narrow")
    language = page.locator(".st-key-language").bounding_box()
    rooms = page.locator(".stAppToolbar .rc-overflow").bounding_box()
    assert rooms is not None and language is not None
    assert rooms["x"] + rooms["width"] <= language["x"]
    page.mouse.move(100, 30)
    page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
