"""The ViT page in the browser: a click reaches every panel, operations, time travel, uploads."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.corpus import photo, saved
from tests.e2e.scene import MOMENT, Installation, button, insist, settled, until
from tests.e2e.visitor import Visitor

FEW = {"data": {"name": "mnist-5k", "limit": 1500}, "epochs": 2}
VIT = {"name": "vit", "patch": 7, "width": 32, "depth": 2, "heads": 2, "pooling": "cls"}


@pytest.fixture(scope="module")
def net(installation: Installation) -> str:
    """A ViT that has seen the digits."""
    run_id = installation.create(**FEW, model=VIT)
    until(lambda: installation.run(run_id).state == "finished", "the net to train", 180)
    return run_id


@pytest.fixture
def page(visit: Callable[..., Visitor], net: str) -> Page:
    opened = visit().open(f"/vit?net={net}&sample=mnist-5k:7")
    drawn(opened)
    return opened


def drawn(page: Page) -> None:
    expect(page.get_by_role("heading", name="10 · A CNN beside it")).to_be_attached()
    expect(page.locator(".stage .who")).to_contain_text("layer")
    expect(page.locator(".sum tr").nth(2)).to_be_attached()
    settled(page)


def press(canvas: Locator, row: int, column: int, side: int = 4) -> None:
    """Click into a patch."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    part = box["width"] / side
    canvas.click(position={"x": part * (column + 0.5), "y": part * (row + 0.5)})


def pixels(canvas: Locator) -> str:
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def answers(page: Page) -> list[str]:
    return page.locator(".stage .answer output").all_inner_texts()


def changed(canvas: Locator, before: str) -> None:
    until(lambda: pixels(canvas) != before, "another picture")


def test_a_click_reaches_every_panel_and_the_link_gives_the_same_view(
    page: Page, visit: Callable[..., Visitor]
) -> None:
    looks = page.locator(".looks .patches").first
    heads = page.locator(".heads .mosaic")
    before = pixels(looks), pixels(heads)
    press(page.locator(".stage .patches"), 1, 2)
    expect(page.locator(".stage .who")).to_contain_text("patch 7 (row 2, column 3)")
    expect(page.locator(".cut h5").nth(1)).to_have_text("patch 7 (row 2, column 3)")
    expect(page.locator(".sum figcaption").first).to_contain_text("patch 7")
    changed(looks, before[0])
    changed(heads, before[1])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage .who")).to_contain_text("patch 12 (row 3, column 4)")
    page.wait_for_url(re.compile(r"patch=12"))
    heads.scroll_into_view_if_needed()
    heads.click(position={"x": 60, "y": 60})
    expect(page.locator(".stage .who")).to_contain_text("layer 1, head 1")
    page.wait_for_url(re.compile(r"layer=1.*head=1|head=1.*layer=1"))
    expect(page.locator(".sum")).not_to_have_class(re.compile("waiting"))
    other = visit().open(page.url[page.url.index("/vit") :])
    drawn(other)
    expect(other.locator(".stage .who")).to_have_text(page.locator(".stage .who").inner_text())
    page.mouse.move(2, 2)
    for panel in (".looks .patches", ".follow .patches", ".alike .patches"):
        here, there = page.locator(panel).first, other.locator(panel).first
        until(lambda h=here, o=there: pixels(h) == pixels(o), f"the same {panel}")
    pointing_at_a_patch_marks_it_everywhere_and_home_goes_to_cls(page)


def pointing_at_a_patch_marks_it_everywhere_and_home_goes_to_cls(page: Page) -> None:
    press(page.locator(".stage .patches"), 0, 0)
    looks, follow = page.locator(".looks .patches").first, page.locator(".follow .patches").first
    looks.scroll_into_view_if_needed()
    before = pixels(follow)
    box = looks.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    expect(page.locator(".looks .hint").first).to_contain_text("patch 11 (row 3, column 3)")
    changed(follow, before)
    page.locator(".stage .patches").focus()
    page.keyboard.press("Home")
    expect(page.locator(".stage .who")).to_contain_text("CLS ·")
    expect(page.locator(".stage .chip")).to_have_attribute("aria-pressed", "true")


def test_an_operation_moves_the_answer_and_later_layers_and_is_undone(page: Page) -> None:
    before = answers(page)
    heads = page.locator(".heads .mosaic")
    maps = pixels(heads)
    press(page.locator(".operate .patches"), 1, 1)
    press(page.locator(".operate .patches"), 2, 1)
    page.wait_for_url(re.compile(r"op=c5"))
    until(lambda: answers(page) != before, "another answer")
    page.locator(".operate .mosaic").click(position={"x": 56, "y": 46})
    page.wait_for_url(re.compile(r"op=m0\.0"))
    changed(heads, maps)
    expect(page.get_by_text("The operation changes the logit")).to_be_visible()
    button(page, "Undo the operation").click()
    expect(page).not_to_have_url(re.compile("op="))
    until(lambda: answers(page) == before, "the first answer")
    a_bent_row_goes_where_it_is_told(page)
    button(page, "Undo the operation").click()
    expect(page).not_to_have_url(re.compile("op="))
    the_page_follows_a_slider_that_has_come_to_rest(page)
    page.get_by_role("radio", name="shuffled").click()
    page.wait_for_url(re.compile(r"op=ps0"))
    expect(page.get_by_text("Before:", exact=False)).to_be_visible()


def the_page_follows_a_slider_that_has_come_to_rest(page: Page) -> None:
    """Bars come with every step, what hangs on the page as a whole after the last one."""
    until(lambda: page.get_by_text("The operation changes the logit").count() == 0, "rest")
    before, relevance = answers(page), pixels(page.locator(".follow canvas").first)
    page.locator(".operate input[type=range]").focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    until(lambda: answers(page) != before, "another answer")
    page.wait_for_url(re.compile(r"op=t0\.3981"))
    changed(page.locator(".follow canvas").first, relevance)
    expect(page.get_by_text("The operation changes the logit")).to_be_visible()
    button(page, "Undo the operation").click()
    expect(page).not_to_have_url(re.compile("op="))
    until(lambda: answers(page) == before, "the first answer")


def a_bent_row_goes_where_it_is_told(page: Page) -> None:
    press(page.locator(".stage .patches"), 0, 1)
    button(page, "bend a row").click()
    press(page.locator(".operate .patches"), 3, 3)
    page.wait_for_url(re.compile(r"op=r\d\.\d\.2"))
    expect(page.locator(".sum tr").nth(1)).to_contain_text("patch 16 (row 4, column 4)")
    expect(page.locator(".sum tr").nth(1)).to_contain_text("100%")


def test_time_travels_for_the_whole_page_and_as_a_film(page: Page) -> None:
    heads = page.locator(".heads .mosaic")
    before, filters = pixels(heads), pixels(page.locator(".filters canvas").first)
    slider = page.get_by_role("slider", name="Moment of training")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"when=0"))
    changed(heads, before)
    assert pixels(page.locator(".filters canvas").first) != filters
    page.locator(".st-key-vit-open-8 label").first.click()
    film = page.locator(".film canvas").first
    expect(film).to_be_visible()
    last = pixels(film)
    button(page, "Play or pause").click()
    changed(film, last)
    with page.expect_download() as saved_as:
        button(page, "Save as GIF").click()
    assert Path(saved_as.value.path()).read_bytes()[:6] == b"GIF89a"


def test_a_file_walks_too_and_a_broken_one_is_a_sentence(page: Page, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(saved(photo()))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    stage = page.locator(".stage .patches")
    before = pixels(stage)
    page.get_by_role("radio", name="Your pictures").click()
    page.locator("input[type=file]").set_input_files(sorted(tmp_path.iterdir()))
    expect(page.get_by_text("broken.png is", exact=False)).to_be_visible()
    drawn(page)
    changed(page.locator(".stage .patches"), before)


def test_in_the_dark_in_korean_and_on_a_tablet_all_panels_are_drawn(
    visit: Callable[..., Visitor], net: str
) -> None:
    tablet = {"width": 820, "height": 1180}
    settings = {"locale": "ko-KR", "color_scheme": "dark", "viewport": tablet}
    page = visit(**settings).open(f"/vit?net={net}&sample=mnist-5k:7")
    expect(page.get_by_role("heading", name="10 · CNN과 나란히")).to_be_attached()
    expect(page.locator(".stage .who")).to_contain_text("CLS")
    canvases = page.locator(".walk canvas:visible")
    until(lambda: canvases.count() >= 20, "all panels")
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 820


def test_the_page_that_predicts_leads_here_with_its_net(
    visit: Callable[..., Visitor], net: str
) -> None:
    page = visit().open(f"/predict?nets={net}&sample=mnist-5k:9")
    expect(page.locator(".bars .card strong").first).not_to_have_text("–")
    page.get_by_text("Why? What in the picture").click()
    onward = page.get_by_role("link", name="Look at every head of this ViT")
    # What was counted over test pictures comes later, above the link, and moves it.
    expect(page.get_by_text("would then answer")).to_be_visible()
    settled(page)
    there = re.compile(r"/vit\?")
    insist(onward.click, lambda: expect(page).to_have_url(there, timeout=MOMENT))
    drawn(page)
    page.wait_for_url(re.compile(rf"/vit\?.*net={net}"))
    page.get_by_role("link", name="Ask several nets").click()
    expect(page.locator(".bars .card").first).to_be_visible()
