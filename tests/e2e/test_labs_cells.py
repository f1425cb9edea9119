"""Cells in the browser: they tell values, a click goes where it says, the window plays."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.scene import settled, until
from tests.e2e.visitor import Visitor

PLACE = re.compile(r"[?&]at=(\d+)")


def opened(visit: Callable[..., Visitor], link: str) -> Page:
    page = visit().open(f"/lab-{link}")
    expect(page.get_by_text("Check yourself")).to_be_visible()
    settled(page)
    return page


def cells(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key.replace('.', '-')}")


def place(page: Page) -> int:
    """Where the window stands, as the address says; -1 for the usual place."""
    found = PLACE.search(page.evaluate("location.search"))
    return int(found[1]) if found else -1


def test_a_click_on_the_picture_moves_the_window_and_the_link_keeps_it(
    visit: Callable[..., Visitor],
) -> None:
    page = opened(visit, "convolution?kernel=identity&made=1&padding=0&k=1")
    picture = cells(page, "lab.slide").locator("canvas").first
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    side = box["width"] / 28
    page.mouse.click(box["x"] + 10.5 * side, box["y"] + 6.5 * side)
    until(lambda: place(page) == 6 * 28 + 10, "the place in the address")
    page.mouse.move(box["x"] + 10.5 * side, box["y"] + 6.5 * side)
    told = cells(page, "lab.slide").locator("output")
    expect(told).to_contain_text("[6, 10] = ")
    value = float(told.inner_text().split(" = ")[1])
    under = cells(page, "lab.sum").locator("td").first
    expect(under).to_have_text(f"{value:.2f}")
    again = opened(visit, "convolution?" + page.url.partition("?")[2])
    expect(cells(again, "lab.sum").locator("td").first).to_have_text(f"{value:.2f}")


def test_the_window_plays_and_stops(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "convolution?at=200")
    play = page.get_by_text("Play", exact=True)
    play.click()
    until(lambda: place(page) > 202, "the window to move")
    play.click()
    settled(page)
    page.wait_for_timeout(1200)  # longer than a step takes
    stopped = place(page)
    page.wait_for_timeout(1200)
    assert place(page) == stopped


def test_a_layer_that_does_not_fit_says_why(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "convolution?k=7&dilation=8&padding=0")
    expect(page.get_by_text("it spans 49 pixels")).to_be_visible()


def test_a_cell_of_scores_is_followed_by_mouse_and_by_keys(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "attention")
    scores = cells(page, "lab.scores").locator("table").nth(2)
    scores.locator("tr").nth(3).locator("td").nth(2).click()
    page.wait_for_url(re.compile(r"cell=3(%2C|,)2"))
    expect(page.get_by_text("Token 3 asks token 2")).to_be_visible()
    scores.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(cells(page, "lab.scores").locator("output")).to_contain_text("Q Kᵀ[2, 2] = ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Token 2 asks token 2")).to_be_visible()


def test_a_click_on_the_memory_follows_that_unit_at_that_row(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "lstm")
    memory = cells(page, "lab.memory").locator("canvas").nth(1)
    expect(memory).to_be_visible()
    box = memory.bounding_box()
    assert box is not None
    wide, high = box["width"] / 96, box["height"] / 28
    page.mouse.click(box["x"] + 7.5 * wide, box["y"] + 20.5 * high)
    expect(page.get_by_text("Unit 7 at row 20 in numbers")).to_be_visible()
    page.wait_for_url(re.compile(r"(?=.*row=20)(?=.*unit=7)"))
