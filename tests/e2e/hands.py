"""Hands for lessons: how each control that a lesson waits for is really moved in the browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from core.lessons import Step
from tests.digits import DIGITS
from tests.e2e.scene import settled, until

LOOK = 1500  # milliseconds in which the rail surely looks once
# Which option of a lab's question is right; the labs themselves find it by computing it.
SOLVED = {
    "activations": 2,
    "attention": 1,
    "autograd": 2,
    "convolution": 2,
    "regression": 2,
    "temperature": 1,
    "tensors": 2,
}


def answer(page: Page, lab: str) -> None:
    """Give the right answer to a lab's question."""
    settled(page)
    options = page.locator(f".st-key-lab-ask-{lab}").locator("label:has(input[type=radio])")
    options.nth(SOLVED[lab]).click()
    expect(page.get_by_test_id("stMain").get_by_test_id("stAlertContentSuccess")).to_be_visible()


def draw(page: Page) -> None:
    pad = page.locator(".pad canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for points in DIGITS["7"]:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def patch(canvas: Locator, row: int, column: int, side: int = 7) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    part = box["width"] / side
    canvas.click(position={"x": part * (column + 0.5), "y": part * (row + 0.5)})


def pixel(page: Page) -> None:
    target = page.get_by_role("application")
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    target.click(position={"x": box["width"] / 3, "y": box["height"] / 2})


def dragged(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the plane of codes, from share to share of its sides."""
    plane = page.locator("canvas.plane").first
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def end_of_line(page: Page) -> None:
    """Move the end A of the line."""
    until(lambda: page.evaluate("!!latentStudio.studio.state.line"), "the ends of the line")
    panel = "[...latentStudio.studio.panels].find((one) => one.plane)"
    start = page.evaluate(f"{panel}.plane.chart.at(latentStudio.studio.state.line[0])")
    plane = page.locator("canvas.plane").first
    box = plane.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 5, steps=6)
    page.mouse.up()


def tiles(page: Page) -> None:
    for name in ("3", "5"):
        page.locator(f".sheet .tiles button[name='{name}']").first.click()
        expect(page.get_by_role("heading", name=f"How map {name} is made")).to_be_visible()
        page.wait_for_timeout(LOOK)


def two_patches(page: Page) -> None:
    for row, column in ((3, 3), (0, 6)):
        patch(page.locator(".stage .patches"), row, column)
        page.wait_for_timeout(LOOK)


def surface(page: Page) -> None:
    page.get_by_role("combobox").first.click()
    page.get_by_role("option").nth(2).click()


def race(page: Page) -> None:
    box = page.locator(".trails").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])


def other_class(page: Page) -> None:
    page.get_by_role("combobox", name="What speaks for").click()
    page.get_by_role("option", name="3", exact=True).click()


HANDS: dict[tuple[str, str], Callable[[Page], None]] = {
    ("optimizers", "start"): race,
    ("optimizers", "surface"): surface,
    ("cnn", "step"): lambda page: page.locator(".tower button[name='blocks.1.0']").click(),
    ("cnn", "map"): tiles,
    ("cnn", "pixel"): pixel,
    ("cnn", "view"): lambda page: page.get_by_role("radio", name="Filters").click(),
    ("cnn", "sample"): lambda page: page.locator(".picks button").nth(3).click(),
    ("vit", "op"): lambda page: patch(page.locator(".operate .patches"), 3, 3),
    ("vit", "layer"): lambda page: press_map(page, 60),
    ("vit", "head"): lambda page: press_map(page, 140),
    ("vit", "class"): other_class,
    ("latent", "z"): lambda page: dragged(page, (0.5, 0.5), (0.6, 0.4)),
    ("latent", "a"): end_of_line,
}


def press_map(page: Page, right: int) -> None:
    """Choose a head among the maps of all layers."""
    heads = page.locator(".heads .mosaic")
    heads.scroll_into_view_if_needed()
    expect(heads).to_have_attribute("aria-label", re.compile("."))  # panels out of sight come later
    box = heads.bounding_box()
    assert box is not None
    heads.click(position={"x": right, "y": box["height"] - 60 if right < 100 else 60})


def control(page: Page, step: Step) -> None:
    """Move the control that a step waits for."""
    task = step.done
    if (task.page, task.name) == ("vit", "patch"):
        if task.value == 0:
            page.locator(".stage .chip").click()
        elif task.times > 1:
            two_patches(page)
        else:
            patch(page.locator(".stage .patches"), 3, 2)
    elif (task.page, task.name) == ("latent", "view"):
        label = {"samples": "Samples", "born": "From noise"}[str(task.value)]
        page.get_by_role("radio", name=label).click()
    else:
        HANDS[task.page, task.name](page)


def drawn(page: Page, where: str) -> None:
    """Wait until what the steps touch is there."""
    marks = {
        "cnn": page.get_by_role("application"),
        "vit": page.locator(".heads .mosaic"),
        "latent": page.locator("canvas.plane").first,
        "optimizers": page.locator(".race .board tbody tr").first,
        "predict": page.locator(".pad canvas"),
    }
    if where in marks:
        expect(marks[where]).to_be_visible()
    settled(page)
    if where == "vit":
        expect(page.get_by_role("heading", name="10 · A CNN beside it")).to_be_attached()
        settled(page)
