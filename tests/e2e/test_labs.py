"""The labs in the browser: a formula walked forth and back, one memory with two names, a chart."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.scene import button, settled, until
from tests.e2e.visitor import Visitor


def opened(visit: Callable[..., Visitor], path: str, **context: object) -> Page:
    page = visit(**context).open(path)
    settled(page)
    return page


def texts(page: Page, of: str) -> list[str]:
    """The numbers on the graph's edges."""
    return [text for text in page.locator(f".graph text.{of}").all_text_contents() if text]


def write(page: Page, formula: str) -> None:
    field = page.get_by_role("textbox", name="Your formula")
    field.fill(formula)
    field.press("Enter")


def test_a_formula_is_walked_from_the_gallery_and_its_link_shows_the_same(
    visit: Callable[..., Visitor],
) -> None:
    page = opened(visit, "/labs")
    page.get_by_test_id("stMain").get_by_role("link", name="Autograd").click()
    expect(page.locator(".graph circle")).to_have_count(2)
    assert texts(page, "slope") == ["−4", "−4", "−4", "3", "1"]
    drawing = page.locator(".graph").element_handle()
    write(page, "x * x + x")
    expect(page.locator(".graph .total")).to_have_text("Σ −3")
    button(page, "Back").click()
    page.wait_for_url(re.compile("step=4"))
    expect(page.locator(".graph .total")).to_have_text("Σ 1")
    assert drawing is not None and drawing.evaluate("node => node.isConnected")
    write(page, "open(x)")
    expect(page.get_by_text("There is no function open")).to_be_visible()
    other = opened(visit, "/lab-autograd?f=x+*+x+%2B+x&v_x=3", locale="ko-KR", color_scheme="dark")
    expect(other.locator(".graph .total")).to_have_text("Σ 7")
    other.get_by_test_id("stRadio").get_by_text("7", exact=True).click()
    expect(other.get_by_text("2x + 1")).to_be_visible()
    settled(other)
    other.get_by_role("link", name="모든 실험실").click()
    expect(other.get_by_text("풀었음")).to_be_visible()


def test_a_click_changes_both_names_of_one_memory(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "/lab-tensors?view=memory")
    tables = page.get_by_test_id("stMain").locator("figure.number")
    expect(tables.nth(1).locator("td").nth(2)).to_have_text("42")
    tables.nth(1).locator("td").nth(5).click()
    page.wait_for_url(re.compile("at=5"))
    assert "side=tensor" in page.url
    expect(tables.nth(0).locator("td").nth(5)).to_have_text("42")
    expect(tables.nth(0).locator("td").nth(2)).to_have_text("2")
    other = opened(visit, "?".join(("/lab-tensors", page.url.partition("?")[2])))
    expect(other.locator("figure.number").nth(0).locator("td").nth(5)).to_have_text("42")


def test_a_chart_moves_with_its_control_and_tells_its_values(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "/lab-activations?act=tanh")
    chart = page.locator("figure.curves").first
    drawing = chart.element_handle()
    circle = chart.locator(".marks circle")
    before = circle.get_attribute("cx")
    page.get_by_role("slider").first.press("ArrowLeft")
    until(lambda: circle.get_attribute("cx") != before, "the mark to move")
    page.wait_for_url(re.compile("x=1.4"))
    assert drawing is not None and drawing.evaluate("node => node.isConnected")
    box = chart.locator("svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + 60)
    expect(chart.locator("output")).to_contain_text("x = 5")
    expect(chart.locator("output")).to_contain_text("0.9999")
    chart.locator("svg").focus()
    page.keyboard.press("ArrowLeft")
    expect(chart.locator("output")).to_contain_text("x = 4.95")
