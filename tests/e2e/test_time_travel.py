"""Time travel: one slider moves everything; from where it stands a new run branches off."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.scene import Installation, button, curve, in_state, settled, until
from tests.e2e.visitor import Visitor


def seen(page: Page) -> tuple[str, str, str, str]:
    """What the slider moves: guesses, matrix, filters, the charts with their cursor."""
    matrix = page.locator(".confusion canvas").evaluate("c => c.toDataURL()")
    filters = page.locator(".filters img").evaluate(
        """async (image) => {
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          canvas.getContext("2d").drawImage(image, 0, 0);
          return canvas.toDataURL();
        }"""
    )
    return page.locator(".gallery .grid").inner_text(), str(matrix), str(filters), curve(page)


def query(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def test_the_slider_moves_everything_and_a_branch_begins_there(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    parent = installation.create(model={"name": "cnn", "widths": [8]}, epochs=3)
    page = visit().open(f"/train?run={parent}")
    in_state(page, "finished")
    slider = page.get_by_role("slider", name="Travel through")
    expect(page.locator(".filters img")).to_be_visible()
    end = seen(page)

    # To the start with one key: other guesses, no matrix yet, other filters, a cursor at step 0.
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Step 0 · Epoch 0")
    start = until(lambda: (now := seen(page)) and all(map(str.__ne__, now, end)) and now, "a start")
    page.wait_for_url(re.compile(r"[?&]at=start\b"))

    # A link opens at the same moment; playing runs through to the end.
    other = visit().open(f"/train?run={parent}&at=start")
    expect(other.locator(".filters img")).to_be_visible()
    until(lambda: seen(other)[0] == start[0], "the same moment in another tab")
    button(other, "Play").click()
    expect(other.get_by_role("button", name="The end")).to_have_attribute("aria-pressed", "true")
    until(lambda: seen(other)[1:3] == end[1:3], "the end again")

    branch_off(page, installation, parent)


def branch_off(page: Page, installation: Installation, parent: str) -> None:
    """From the end of the first epoch, with a smaller rate, to the new run's own end."""
    page.goto(page.url.split("?")[0] + f"?run={parent}&at=epoch-001")
    expect(page.locator(".said")).to_contain_text("Epoch 1")
    button(page, "Branch here").click()
    expect(page.get_by_role("heading", name="Branch off")).to_be_visible()
    settled(page)
    page.get_by_role("slider", name="Learning rate").press("ArrowLeft")
    expect(page.get_by_text("Goes on at step")).to_be_visible()
    button(page, "Start the branch").click()
    in_state(page, "finished")
    child = installation.run(query(page, "run"))
    epoch = installation.run(parent).total_steps // 3
    assert child.parent == parent
    assert min(row.step for row in installation.rows(child.id)) > epoch
    assert child.step == 3 * epoch
    expect(page.get_by_text("Branched off at step")).to_be_visible()
