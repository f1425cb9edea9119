"""Why in the browser: a drawn digit is explained, each choice changes the map, strokes too."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.digits import DIGITS
from tests.e2e.scene import Installation, settled, until
from tests.e2e.test_predict import draw
from tests.e2e.visitor import Visitor

FEW = {"data": {"name": "mnist-5k", "limit": 1500}, "epochs": 2}
CNN = FEW | {"model": {"name": "cnn", "widths": [16, 32]}}
VIT = FEW | {"model": {"name": "vit", "patch": 7, "width": 32, "depth": 2}}


@pytest.fixture(scope="module")
def nets(installation: Installation) -> str:
    """A CNN and a ViT that have seen the digits."""
    made = [installation.create(**config) for config in (CNN, VIT)]
    for run_id in made:
        until(lambda r=run_id: installation.run(r).state == "finished", "the nets to train", 180)
    return ",".join(made)


@pytest.fixture
def page(visit: Callable[..., Visitor], nets: str) -> Page:
    opened = visit().open(f"/predict?nets={nets}")
    expect(opened.locator(".bars .card")).to_have_count(2)
    settled(opened)
    draw(opened, DIGITS["7"])
    expect(opened.locator(".bars .card strong").first).not_to_have_text("–")
    opened.get_by_text("Why? What in the picture").click()
    expect(maps(opened)).to_have_count(2)
    return opened


def maps(page: Page) -> Locator:
    return page.get_by_test_id("stExpander").get_by_test_id("stImage").locator("img")


def changed(page: Page, act: Callable[[], None]) -> None:
    """Do something, and wait until the map over the picture is another."""
    before = maps(page).nth(1).get_attribute("src")
    act()
    expect(maps(page).nth(1)).not_to_have_attribute("src", str(before))
    settled(page)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).last.click()


def test_each_choice_and_each_stroke_gives_another_map_and_the_meter_judges_it(page: Page) -> None:
    changed(page, lambda: choose(page, "Occlusion"))
    expect(page.get_by_text("against it")).to_be_visible()
    changed(page, lambda: choose(page, "Grad-CAM"))
    expect(page.get_by_text("Selvaraju et al. 2016")).to_be_visible()
    page.get_by_role("heading", level=1).first.scroll_into_view_if_needed()
    changed(page, lambda: draw(page, DIGITS["1"]))
    page.get_by_text("Can this map be believed?").click()
    expect(page.get_by_text("chance", exact=False).first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    expect(page.locator("table")).to_contain_text("Shuffled net")


def test_a_vit_is_explained_by_its_attention_and_all_methods_stand_side_by_side(page: Page) -> None:
    expect(
        page.get_by_text("Not for this net: Attention rollout, Class relevance.")
    ).to_be_visible()
    vit = page.get_by_test_id("stExpander").get_by_role("radio").filter(has_text="ViT")
    changed(page, lambda: vit.first.click())
    expect(page.get_by_text("Chefer et al. 2021")).to_be_visible()
    expect(page.get_by_text("Not for this net")).to_have_count(0)
    choose(page, "All of them")
    expect(maps(page)).to_have_count(8)
