"""Optimiser landscapes in the browser: paths follow the start, play, and tell what steps are of."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.scene import Installation, button, settled, until
from tests.e2e.visitor import Visitor

MLP = {"model": {"name": "mlp", "widths": [16]}, "epochs": 3}


def opened(visit: Callable[..., Visitor], link: str = "", **context: object) -> Page:
    page = visit(**context).open(f"/optimizers{link}")
    expect(page.locator(".race").first.locator(".board tbody tr")).not_to_have_count(0)
    settled(page)
    return page


def pixels(page: Page) -> str:
    return str(page.locator(".trails").first.evaluate("c => c.toDataURL()"))


def far(page: Page) -> list[str]:
    """How far everybody is from the minimum, as the table says."""
    return page.locator(".race").first.locator(".board tbody td:nth-child(4)").all_inner_texts()


def test_a_click_starts_the_race_there_and_the_link_says_so(visit: Callable[..., Visitor]) -> None:
    page = opened(visit)
    before, drawn = far(page), pixels(page)
    assert len(before) == 5
    box = page.locator(".trails").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    page.wait_for_url(re.compile("start="))
    until(lambda: far(page) != before and pixels(page) != drawn, "other paths")
    other = opened(visit, "?" + page.url.partition("?")[2])
    until(lambda: len(far(other)) == len(far(page)), "a race that is drawn whole")
    assert far(other) == far(page)


def test_the_race_plays_stops_and_goes_step_by_step(visit: Callable[..., Visitor]) -> None:
    page = opened(visit)
    race = page.locator(".race").first
    said = race.locator(".player output")
    expect(said).to_have_text("step 120 of 120")
    finished = pixels(page)
    button(page, "Play again").first.click()
    expect(race.locator(".play")).to_have_attribute("data-icon", "pause")
    until(lambda: pixels(page) != finished, "the race to begin")
    race.locator(".play").click()
    expect(race.locator(".play")).to_have_attribute("data-icon", "play")
    race.locator("select").select_option("5")
    race.locator("input[type=range]").fill("9")
    expect(said).to_have_text("step 9 of 120")
    race.locator(".more").click()
    expect(race.locator(".anatomy h4")).to_have_text("Adam: what step 11 is made of")
    page.wait_for_url(re.compile("moment=10"))
    race.get_by_role("button", name="RMSprop").click()
    expect(race.locator(".anatomy")).to_contain_text("√square_avg")
    expect(race.locator(".anatomy")).to_contain_text("it keeps none")
    page.wait_for_url(re.compile("focus=rmsprop"))
    expect(page.get_by_text("Settings of RMSprop")).to_be_visible()


def test_keys_move_the_start(visit: Callable[..., Visitor]) -> None:
    page = opened(visit, locale="ko-KR", color_scheme="dark")
    trails = page.locator(".trails").first

    def moved() -> bool:
        trails.press("ArrowRight")
        page.wait_for_timeout(500)
        return "start=-" in page.url

    until(moved, "the start to move")
    found = re.search(r"start=(-?[\d.]+)%2C1\.5", page.url)
    assert found is not None and -3.3 < float(found[1]) < 4


def test_a_run_of_ones_own_has_its_terrain(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(**MLP)
    until(lambda: installation.run(run_id).state == "finished", "the net to be trained", 120)
    page = opened(visit, f"?runs={run_id}")
    terrain = page.locator(".race").nth(1)
    expect(terrain.locator(".board tbody tr")).to_have_count(1)
    expect(page.get_by_text(re.compile(r"This plane holds \d+\.\d%"))).to_be_visible()
    losses = terrain.locator(".board tbody td")
    end = float(losses.nth(1).inner_text())
    terrain.locator("input[type=range]").fill("0")
    until(lambda: float(losses.nth(1).inner_text()) > 2 * end, "the loss at the beginning")
