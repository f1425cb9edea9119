"""The labs on learning in the browser: a film that ends by itself, a switch, clicks in pictures."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.scene import button, settled, until
from tests.e2e.visitor import Visitor


def opened(visit: Callable[..., Visitor], path: str) -> Page:
    page = visit().open(path)
    settled(page)
    return page


def test_the_film_of_three_optimisers_plays_to_its_end_and_stops(
    visit: Callable[..., Visitor],
) -> None:
    page = opened(visit, "/lab-regression?step=96")
    step = page.get_by_role("slider", name="Step")
    drawing = page.locator("figure.curves").first.element_handle()
    button(page, "Play").click()
    until(lambda: int(step.input_value()) > 96, "the film to move")
    until(lambda: step.input_value() == "120", "the film to end")
    expect(button(page, "Play")).to_be_visible()
    page.wait_for_url(re.compile("step=120"))
    assert drawing is not None and drawing.evaluate("node => node.isConnected")


def test_a_switch_trains_the_net_anew_and_stands_in_the_address(
    visit: Callable[..., Visitor],
) -> None:
    page = opened(visit, "/lab-regularisation")
    expect(page.get_by_text("By heart:")).to_be_visible()
    canvas = page.locator(".plane canvas")
    before = canvas.evaluate("node => node.toDataURL()")
    page.locator(".st-key-l2 label").first.click()
    expect(page.get_by_text("Cured:")).to_be_visible()
    page.wait_for_url(re.compile("l2=true"))
    until(lambda: canvas.evaluate("node => node.toDataURL()") != before, "another field")


def test_clicks_in_pictures_choose_what_is_looked_at(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, "/lab-temperature")
    softmax = page.locator("figure.number td")
    before = softmax.all_text_contents()
    page.locator(".press canvas").nth(4).click()
    page.wait_for_url(re.compile("picture=4"))
    until(lambda: softmax.all_text_contents() != before, "another picture's logits")
    page = opened(visit, "/lab-loading?view=microscope")
    page.locator(".press canvas").nth(2).click(position={"x": 60, "y": 30})
    page.wait_for_url(re.compile(r"place=2(%2C|,)(9|10)(%2C|,)20"))
