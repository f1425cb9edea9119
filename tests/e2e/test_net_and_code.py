"""Before the click: the net drawn to its classes, the code marked where a control moved."""

import ast
import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.scene import button, settled
from tests.e2e.visitor import Visitor


def test_the_net_is_seen_and_the_code_follows_the_control(
    visit: Callable[..., Visitor],
) -> None:
    page = visit().open("/train?data=mnist-5k&model=vit")
    settled(page)
    code, marks = page.locator(".code"), page.locator(".code mark")
    expect(code).to_contain_text("model = ViT(")
    expect(marks).to_have_count(0)

    # A control moves: its line is marked and scrolled into the box's window.
    page.get_by_text("Shape of the network").click()
    slider = page.get_by_role("slider", name=re.compile("Depth"))
    slider.press("ArrowRight")
    expect(marks).to_have_text(["    depth=5,"])
    inside = """box => {
      const [outer, mark] = [box, box.querySelector("mark")].map((x) => x.getBoundingClientRect());
      return mark.top >= outer.top && mark.bottom <= outer.bottom;
    }"""
    assert code.evaluate(inside)

    # The net: nothing until it is unfolded, then from the picture to the classes.
    steps = page.locator(".way li")
    expect(steps).to_have_count(0)
    page.get_by_text("Inside this net").click()
    expect(steps).to_have_count(4)
    expect(steps.nth(2)).to_contain_text("Attention block×5")
    expect(steps.nth(2)).to_contain_text("50 × 96")
    expect(steps.last).to_contain_text("7")
    picture = page.locator(".way .picture").evaluate("x => getComputedStyle(x).backgroundImage")
    assert picture.startswith('url("data:image/png')


def test_what_cannot_be_is_said_and_a_step_back_gives_a_script(
    visit: Callable[..., Visitor],
) -> None:
    page = visit().open("/train?data=mnist-5k&model=vit")
    settled(page)
    page.get_by_text("Shape of the network").click()
    heads = page.get_by_role("slider", name=re.compile("Heads"))
    heads.press("ArrowRight")
    expect(page.get_by_role("alert").first).to_contain_text("the nearest number that does is 4")
    expect(button(page, "Start training")).to_be_disabled()
    heads.press("ArrowLeft")
    expect(button(page, "Start training")).to_be_enabled()

    with page.expect_download() as told:
        button(page, "Download script").click()
    assert told.value.suggested_filename == "mnist-5k-vit.py"
    text = told.value.path().read_text(encoding="utf-8")
    assert ast.parse(text) and "heads=4" in text


def test_the_drawing_wraps_on_a_narrow_screen(visit: Callable[..., Visitor]) -> None:
    page = visit().open("/train?data=shapes&model=cnn")
    page.set_viewport_size({"width": 820, "height": 1000})
    settled(page)
    page.get_by_text("Inside this net").click()
    expect(page.locator(".way li")).to_have_count(6)
    edges = page.locator(".way").evaluate(
        """async (way) => {
          await Promise.all(way.getAnimations({ subtree: true }).map((x) => x.finished));
          return [...way.querySelectorAll("li, .drawing > *, .shape")].map((x) => {
            const [inner, outer] = [x, way].map((y) => y.getBoundingClientRect());
            return [outer.left - inner.left, inner.right - outer.right];
          });
        }"""
    )
    assert max(max(pair) for pair in edges) < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
