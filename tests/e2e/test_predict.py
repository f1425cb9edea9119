"""Predict in the browser: strokes reach their class, disturbances move bars, bad files are told."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.corpus import BAD_PICTURES
from tests.digits import DIGITS, Points
from tests.e2e.scene import button, settled
from tests.e2e.visitor import Visitor

NET = "zoo:mnist-cnn"


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    return ready(visit().open(f"/predict?nets={NET}"))


def ready(page: Page) -> Page:
    expect(page.locator(".bars .card")).to_have_count(1)
    settled(page)
    return page


def answer(page: Page) -> Locator:
    return page.locator(".bars .card strong")


def draw(page: Page, strokes: list[Points]) -> None:
    """Draw with the mouse, one stroke after the other."""
    pad = page.locator(".pad canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for points in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def at_rest(page: Page) -> str:
    """What the net was given, once nothing more comes."""
    seen = page.locator(".bars img")
    while True:
        before = seen.get_attribute("src")
        page.wait_for_timeout(400)
        if seen.get_attribute("src") == before:
            return str(before)


def test_strokes_reach_the_right_class_for_all_ten_digits(page: Page) -> None:
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect(answer(page)).to_have_text(digit)
        expect(page.locator(".bars .warning")).to_be_empty()
        button(page, "Clear").click()
        expect(answer(page)).to_have_text("–")


def test_undo_takes_back_a_stroke_and_another_page_keeps_the_drawing(page: Page) -> None:
    seven, bar = DIGITS["7"][0], [(0.2, 0.55), (0.8, 0.55), (0.2, 0.6), (0.8, 0.6), (0.5, 0.1)]
    draw(page, [seven])
    expect(answer(page)).to_have_text("7")
    before = at_rest(page)
    draw(page, [bar])
    expect(page.locator(".bars img")).not_to_have_attribute("src", before)
    at_rest(page)
    page.locator(".pad canvas").focus()
    page.keyboard.press("Control+z")
    expect(page.locator(".bars img")).to_have_attribute("src", before)
    page.get_by_role("radio", name="Your pictures").click()
    expect(page.locator(".pad")).to_have_count(0)
    page.get_by_role("radio", name="Draw").click()
    expect(answer(page)).to_have_text("7")
    drawn = "c => c.getContext('2d').getImageData(0, 0, 560, 560).data.some((v) => v > 0)"
    assert page.locator(".pad canvas").evaluate(drawn)


def test_disturbing_moves_the_bars_and_goes_back(page: Page) -> None:
    draw(page, DIGITS["7"])
    expect(answer(page)).to_have_text("7")
    seen = page.locator(".bars img")
    whole = at_rest(page)
    page.get_by_role("slider", name="Rotate").fill("170")
    expect(seen).not_to_have_attribute("src", whole)
    button(page, "Undisturbed").click()
    expect(seen).to_have_attribute("src", whole)
    sheet = page.locator(".bench .sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 160, steps=4)
    page.mouse.up()
    expect(page.locator(".bench .box")).to_be_visible()
    expect(seen).not_to_have_attribute("src", whole)


def test_a_finger_draws_too(visit: Callable[..., Visitor]) -> None:
    page = ready(visit(has_touch=True).open(f"/predict?nets={NET}"))
    box = page.locator(".pad canvas").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + 100, box["y"] + 100)
    expect(answer(page)).not_to_have_text("–")


def test_broken_files_are_one_sentence_each_and_good_ones_are_asked_about(
    page: Page, tmp_path: Path
) -> None:
    for name in ("half.jpg", "text-bomb.png", "drawing.svg"):
        (tmp_path / name).write_bytes(BAD_PICTURES[name][0]())
    (tmp_path / "fine.png").write_bytes(
        page.locator(".pad canvas").screenshot()  # an empty pad is a picture, too
    )
    page.get_by_role("radio", name="Your pictures").click()
    page.locator("input[type=file]").set_input_files(sorted(tmp_path.iterdir()))
    expect(page.get_by_text("half.jpg is incomplete or damaged")).to_be_visible()
    expect(page.get_by_text("text-bomb.png is incomplete or damaged")).to_be_visible()
    expect(page.get_by_text("drawing.svg is a vector drawing")).to_be_visible()
    expect(answer(page)).not_to_have_text("–")


def test_a_link_to_a_test_picture_shows_it_to_somebody_else(
    visit: Callable[..., Visitor],
) -> None:
    page = visit().open(f"/predict?nets={NET}&sample=mnist:101")
    fifth = page.locator(".picks button").nth(4)
    fifth.click()
    expect(fifth).to_have_attribute("aria-checked", "true")
    name = fifth.get_attribute("name")
    page.wait_for_url(lambda url: str(name) in unquote(url))
    parts = urlsplit(page.url)
    other = visit(locale="ko-KR", color_scheme="dark").open(f"{parts.path}?{parts.query}")
    expect(other.locator(".picks [aria-checked=true]")).to_have_attribute("name", str(name))


def test_a_link_to_a_drawing_shows_it_to_somebody_else(
    page: Page, visit: Callable[..., Visitor]
) -> None:
    draw(page, DIGITS["4"])
    expect(answer(page)).to_have_text("4")
    seen = at_rest(page)
    page.wait_for_url(lambda url: "drawn=" in url)
    settled(page)
    parts = urlsplit(page.url)
    other = ready(visit().open(f"{parts.path}?{parts.query}"))
    expect(answer(other)).to_have_text("4")
    expect(other.locator(".bars img")).to_have_attribute("src", seen)
    button(other, "Undo").click()
    expect(other.locator(".bars img")).not_to_have_attribute("src", seen)
