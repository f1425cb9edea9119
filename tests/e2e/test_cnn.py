"""Inside a CNN in the browser: layers, maps, pixels by clicks; each sum is the layer's output."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.scene import button, settled, until
from tests.e2e.visitor import Visitor

CNN = "zoo:mnist-cnn"


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    opened = visit().open(f"/cnn?net={CNN}")
    expect(target(opened)).to_be_visible()
    settled(opened)
    return opened


def target(page: Page) -> Locator:
    return page.get_by_role("application")


def total(page: Page) -> tuple[float, float]:
    """The sum as the page has added it up, and what the layer gave."""
    line = page.locator(".work .total")
    told = [line.get_attribute(f"data-{name}") for name in ("total", "made")]
    return float(str(told[0])), float(str(told[1]))


def proven(page: Page) -> None:
    def equal() -> bool:  # the numbers of a new moment come one after the other
        mine, layers = total(page)
        return mine == pytest.approx(layers, abs=1e-4 * max(1, abs(layers)))

    until(equal, "the sum to be what the layer gave")
    expect(page.locator(".work .total")).to_contain_text("✓ equal")


def step(page: Page, name: str) -> Locator:
    return page.locator(f".tower button[name='{name}']")


def at(page: Page, down: float, right: float) -> None:
    """Click at a place of the map that comes out, as shares of its sides."""
    box = target(page).bounding_box()
    assert box
    target(page).click(position={"x": right * box["width"], "y": down * box["height"]})


def test_from_a_layer_to_a_map_to_a_pixel_whose_sum_is_the_layers_output(page: Page) -> None:
    proven(page)
    step(page, "blocks.1.0").click()
    expect(page.locator(".sheet .tiles").first.locator("button")).to_have_count(48)
    expect(page.get_by_text("Convolution 3×3 · blocks.1.0")).to_be_visible()
    page.locator(".sheet .tiles button[name='5']").first.click()
    expect(page.get_by_role("heading", name="How map 5 is made")).to_be_visible()
    settled(page)
    target(page).scroll_into_view_if_needed()
    for down, right in ((0.02, 0.02), (0.5, 0.5), (0.98, 0.5), (0.4, 0.98)):
        at(page, down, right)
        proven(page)
    expect(page.get_by_text("Row 5, column 13 of 14×14.")).to_be_visible()
    target(page).press("ArrowDown")
    proven(page)
    page.wait_for_url("**pixel=6%2C13**")
    assert "step=blocks.1.0" in page.url and "map=5" in page.url
    linked = page.context.new_page()
    linked.goto(page.url)
    expect(linked.get_by_text("Row 6, column 13 of 14×14.")).to_be_visible()
    assert total(linked) == total(page)


def test_the_window_runs_and_every_kind_of_layer_is_told(page: Page) -> None:
    the_window_runs_and_stops(page)
    for name in ("blocks.0.1", "blocks.0.2", "blocks.0.3", "blocks.1.0", "blocks.1.2"):
        step(page, name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        settled(page)
        expect(page.locator(".work h4").first).to_be_visible()
        at(page, 0.3, 0.6)
        proven(page)


def the_window_runs_and_stops(page: Page) -> None:
    page.locator(".work input[type='range']").fill("5")
    before = page.locator(".work figure p").last.inner_text()
    button(page, "Let the window run").click()
    expect(page.locator(".work figure p").last).not_to_have_text(before)
    expect(page.locator(".work figure p").last).to_contain_text("Row 27, column 27")
    expect(button(page, "Let the window run")).to_be_visible()
    proven(page)


def test_scales_filters_moments_and_exciting_pictures(page: Page) -> None:
    canvas = page.locator(".sheet .tiles canvas").nth(6)
    before = canvas.evaluate("c => c.toDataURL()")
    button(page, "each map").click()
    page.wait_for_url("**scale=map**")
    assert canvas.evaluate("c => c.toDataURL()") != before
    page.get_by_text("Filters", exact=True).click()
    expect(page.get_by_text("The learned kernels of each filter")).to_be_visible()
    page.get_by_text("Which test pictures excite").click()
    expect(page.get_by_text("those on which map")).to_be_visible()
    page.locator(".picks").last.locator("button").last.click()
    page.wait_for_url("**sample=mnist**")
    settled(page)
    page.locator(".tiles.small button").first.click()
    page.wait_for_url("**when=0**")
    proven(page)
