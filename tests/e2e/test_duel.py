"""A duel: guessed, watched on every axis, judged; hidden until the end; a link that reloads."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.e2e.scene import Installation, button, curve, settled, until
from tests.e2e.visitor import Visitor
from tests.workshop import settings

AXES = {
    "Epoch": "Epoch",
    "Seconds": "Seconds of training",
    "Pictures": "Training pictures",
    "Multiply-adds": "Multiply-adds",
    "Step": "Training step",
}


def legend(page: Page) -> list[str]:
    return [entry.inner_text() for entry in page.locator(".legend button").all()]


def axis(page: Page, name: str) -> Locator:
    return page.locator(".segments").get_by_role("button", name=name, exact=True)


def duel_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["duel"][0]


def test_the_classic_is_guessed_watched_and_judged(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    page = visit().open("/duel?data=mnist-5k")
    button(page, "Adam").click()
    page.wait_for_url(re.compile(r"[?&]duel=\w{16}"))
    expect(page.get_by_text("Your guess: Adam.")).to_be_visible()
    expect(page.locator(".live")).to_have_count(1)  # all of them on one chart
    until(lambda: legend(page)[:3] == ["SGD", "SGD + momentum", "Adam"], "three in the legend")

    # Every axis draws another picture of the same runs; all see the same number of pictures.
    judged = page.get_by_role("status").filter(has_text="Adam")
    expect(judged).to_be_visible()
    expect(judged).to_contain_text(re.compile("You called it!|You had bet on Adam, which"))
    settled(page)
    seen = set()
    for name in AXES:
        axis(page, name).click()
        expect(axis(page, name)).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(400)  # the axis glides to where it stays
        seen.add(curve(page))
    assert len(seen) == len(AXES)
    duel = installation.ask(lambda store: store.duel(duel_of(page)))
    runs = [installation.run(run_id) for run_id in duel.runs]
    assert duel.guess == runs[2].id and {row.state for row in runs} == {"finished"}
    assert len({row.step for row in runs}) == 1

    # The link shows the same to somebody else, with the table of all of them.
    other = visit().open(f"/duel?duel={duel.id}")
    expect(other.get_by_role("status").filter(has_text="Adam")).to_be_visible()
    expect(other.get_by_role("heading", level=1)).to_contain_text("SGD vs SGD + momentum vs Adam")
    expect(other.get_by_test_id("stDataFrame")).to_be_visible()
    until(lambda: legend(other)[:3] == ["SGD", "SGD + momentum", "Adam"], "the same legend")
    settled(other)


def test_contestants_may_differ_in_anything(visit: Callable[..., Visitor]) -> None:
    page = visit().open("/duel")
    page.get_by_text("Your own duel").click()
    menu = page.get_by_role("combobox", name="Architecture").nth(1)
    menu.click()
    page.get_by_role("option", name="MLP", exact=True).click()
    expect(page.get_by_text("contestants 1 and 2 are the same")).to_be_visible()
    page.get_by_text("More settings").nth(1).click()
    page.get_by_role("slider", name="Dropout").press("ArrowRight")
    settled(page)
    page.get_by_text("More settings").nth(1).click()  # what was set stays set behind a closed door
    settled(page)
    expect(button(page, "Dropout 0")).to_be_visible()
    button(page, "Dropout 0.05").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dropout 0 vs Dropout 0.05")
    expect(page.get_by_text("Your guess: Dropout 0.05.")).to_be_visible()


def test_curves_stay_hidden_until_all_have_arrived(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    quick, long = settings(2), settings(2, optimizer={"name": "sgd"})
    duel_id = installation.ask(
        lambda store: store.create_duel([quick, long], names=["", ""], hidden=True)
    )
    page = visit().open(f"/duel?duel={duel_id}")
    expect(
        page.get_by_role("status").filter(has_text=re.compile("wins|Photo|draw"))
    ).to_be_visible()
    expect(page.locator(".live")).to_have_count(1)
    assert installation.ask(lambda store: store.duel(duel_id)).hidden  # nobody had to show them


def test_a_small_grid_runs_as_a_queue_and_comes_out_as_one_scatter(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    configs = [
        settings(1, optimizer={"name": name, "lr": lr})
        for name in ("sgd", "adam")
        for lr in (0.01, 0.1)
    ]
    duel_id = installation.ask(
        lambda store: store.create_duel(configs, names=[""] * 4, kind="grid")
    )
    page = visit().open(f"/duel?duel={duel_id}")
    expect(page.get_by_text("Best in validation")).to_be_visible()
    marks = page.locator(".js-plotly-plot .scatterlayer .points path")
    expect(marks).to_have_count(4)
    colours = marks.evaluate_all("all => [...new Set(all.map((m) => getComputedStyle(m).fill))]")
    assert len(colours) == 2  # one per optimiser
    settled(page)
