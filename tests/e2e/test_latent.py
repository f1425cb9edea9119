"""The latent studio in the browser: drag and see, tiles, lines, paintings, films, links."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.maker import Maker
from core.painting import unpack
from tests.e2e.scene import Installation, button, settled, until
from tests.e2e.visitor import Visitor

AAE = {"name": "aae", "prior": "mixture", "guided": True, "width": 128}
STUDIO = "latentStudio.studio"


@pytest.fixture(scope="module")
def net(installation: Installation) -> str:
    """An autoencoder that knows the digits a little."""
    run_id = installation.create(model=AAE, epochs=6, optimizer={"name": "adam"})
    until(lambda: installation.run(run_id).state == "finished", "the net to be trained", 120)
    return run_id


def opened(visit: Callable[..., Visitor], address: str, **settings: Any) -> Page:
    page = visit(**settings).open(address)
    painted = "c => c.levels?.some((value) => value > 0)"
    until(lambda: page.locator(".decoded").evaluate(painted), "a picture to be decoded")
    settled(page)
    return page


def plane(page: Page) -> Locator:
    return page.locator("canvas.plane").first


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the plane, as shares of the canvas, on the screen."""
    plane(page).scroll_into_view_if_needed()
    box = plane(page).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, *places: tuple[float, float], steps: int = 12) -> None:
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=steps)
    page.mouse.up()


def state(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(f"{STUDIO}.state"))


def written(page: Page) -> list[float]:
    """The code, once the address says it; on the way there it says where it was."""
    z = [float(part) for part in state(page)["z"]]
    told = parse_qs(urlsplit(page.url).query).get("z", [""])[0]
    return z if told and list(map(float, told.split(","))) == pytest.approx(z, abs=1e-3) else []


def tiles(page: Page) -> str:
    return str(page.locator("canvas.tiles").first.evaluate("c => c.toDataURL()"))


def test_the_picture_follows_the_pointer_and_is_the_nets_own(
    visit: Callable[..., Visitor], net: str, installation: Installation
) -> None:
    page = opened(visit, f"/latent?net={net}&view=samples")
    hovering_shows_the_picture_of_a_point(page)
    maker = Maker(installation.home / "runs" / net / "last")
    page.evaluate(f"{STUDIO}.spent = []")
    drag(page, (0.4, 0.4), (0.8, 0.5), (0.5, 0.8), (0.3, 0.3), steps=40)
    told = page.evaluate(
        f"""() => Array.from({{length: 40}}, (_, i) => {{
            const z = [3 * Math.sin(i), 3 * Math.cos(2 * i)];
            return [z, Array.from({STUDIO}.able.decode(z, -1))];
        }})"""
    )
    codes = np.float32([z for z, _ in told])
    shown = np.array([levels for _, levels in told], dtype=float).reshape(-1, 28, 28)
    assert np.abs(shown - maker.decode(codes)[:, 0]).max() <= 1
    assert page.evaluate(f"{STUDIO}.spent.length") > 60


def test_what_is_dragged_stands_in_the_address_and_for_somebody_else(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = opened(visit, f"/latent?net={net}&view=sums")
    drag(page, (0.5, 0.5), (0.7, 0.3))
    z = until(lambda: written(page), "the address to say where the code is")
    parts = urlsplit(page.url)
    other = opened(visit, f"{parts.path}?{parts.query}", locale="ko-KR", color_scheme="dark")
    assert state(other)["z"] == pytest.approx(z, abs=1e-3)
    expect(other.get_by_role("heading", level=1)).to_have_text("잠재 공간 스튜디오")


def test_pressing_a_tile_goes_to_its_code_and_a_box_makes_the_grid(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = opened(visit, f"/latent?net={net}")
    sheet = page.locator("canvas.tiles").first
    expect(sheet).to_be_visible()
    before, whole = state(page)["z"], tiles(page)
    sheet.click(position={"x": 8, "y": 8})
    assert state(page)["z"] != before
    drag(page, (0.45, 0.45), (0.75, 0.25))
    until(lambda: tiles(page) != whole, "the grid of the box")
    expect(button(page, "Without the box")).to_be_visible()
    button(page, "Without the box").click()
    until(lambda: state(page)["box"] is None, "the box to go")


def test_in_the_grid_the_ring_is_dragged_and_the_colours_of_the_judge_are_told(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = opened(visit, f"/latent?net={net}&z=1,0")
    place = page.evaluate(
        f"() => [...{STUDIO}.panels].find((one) => one.plane).plane.chart.at([1, 0])"
    )
    plane(page).scroll_into_view_if_needed()
    box = plane(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + place[0], box["y"] + place[1])
    page.mouse.down()
    page.mouse.move(*at(page, 0.4, 0.7), steps=8)
    page.mouse.up()
    told = state(page)
    assert told["box"] is None and told["z"][0] < 0 and told["z"][1] < 0
    expect(page.get_by_text("Orange: the discriminator")).to_have_count(0)
    button(page, "Discriminator").click()
    expect(page.get_by_text("Orange: the discriminator")).to_be_visible()


def hovering_shows_the_picture_of_a_point(page: Page) -> None:
    place = page.evaluate(
        f"""() => {{
            const world = {STUDIO}.world;
            const panel = [...{STUDIO}.panels].find((one) => one.plane);
            return panel.plane.chart.at([world.points[0], world.points[1]]);
        }}"""
    )
    plane(page).scroll_into_view_if_needed()
    box = plane(page).bounding_box()
    assert box is not None
    bare = plane(page).evaluate("c => c.toDataURL()")
    page.mouse.move(box["x"] + place[0], box["y"] + place[1])
    until(lambda: plane(page).evaluate("c => c.toDataURL()") != bare, "the picture of the point")
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    until(lambda: plane(page).evaluate("c => c.toDataURL()") == bare, "it to go")


def test_the_ends_of_a_line_are_dragged_and_the_strip_follows(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = opened(visit, f"/latent?net={net}&view=line&a=-2,0&b=2,0")
    expect(page.locator("canvas.tiles")).to_be_visible()
    before = tiles(page)
    start = page.evaluate(
        f"""() => {{
            const panel = [...{STUDIO}.panels].find((one) => one.plane);
            return panel.plane.chart.at([-2, 0]);
        }}"""
    )
    box = plane(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start[0], box["y"] + start[1])
    page.mouse.down()
    page.mouse.move(*at(page, 0.5, 0.2), steps=8)
    page.mouse.up()
    until(lambda: tiles(page) != before, "the strip to follow")
    line = state(page)["line"]
    assert line[1] == [2, 0] and line[0] != [-2, 0]
    page.get_by_role("radio", name="great circle").click()
    page.wait_for_url("**way=circle**")


def test_a_prior_is_painted_and_trained_towards(
    visit: Callable[..., Visitor], net: str, installation: Installation
) -> None:
    page = opened(visit, f"/latent?net={net}&view=paint")
    canvas = page.locator("canvas.canvas")
    canvas.scroll_into_view_if_needed()
    button(page, "Clear").click()
    expect(page.get_by_text("nothing is painted")).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(page.locator("canvas.still")).to_be_visible()
    button(page, "Train towards it").click()
    expect(page.get_by_role("link", name="Watch it train")).to_be_visible()
    language = page.locator(".st-key-language").bounding_box()
    assert language is not None and language["y"] < 80  # the frame's style is still there
    model = installation.runs()[0].config["model"]
    rows = unpack(model["painting"]).any(1)
    assert model["prior"] == "painted" and 2 <= rows.sum() <= 5 and rows[11:13].all()


def test_the_film_from_noise_to_digits_is_shown_and_saved(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = opened(visit, f"/latent?net={net}&view=born")
    expect(page.locator("canvas.tiles")).to_be_visible()
    with page.expect_download() as coming:
        button(page, "Save as GIF").click()
    saved = coming.value
    assert saved.suggested_filename.endswith(".gif")
    assert saved.path().read_bytes()[:6] == b"GIF89a"
