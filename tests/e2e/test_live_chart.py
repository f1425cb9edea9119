"""The live element under hand: zoom, crosshair, keys, gallery, lost connections, Home's film."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.e2e.scene import Installation, button, in_state, steps, until
from tests.e2e.visitor import Visitor
from tests.house import ROOT

LONG = 200  # epochs: nobody waits for its end
SMALL = {"name": "cnn", "widths": [8, 8]}
GLIDE = 600  # ms in which the axes come to rest
SHORT = {"model": {"name": "mlp", "widths": [32]}, "epochs": 4}


def over(page: Page, chart: Locator, share: float) -> None:
    """Put the mouse over a chart, at a share of its width."""
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


def loss_chart(page: Page) -> Locator:
    return page.locator("figure.loss canvas")


def step_under(page: Page) -> int:
    """The step that the crosshair's table tells."""
    expect(page.locator(".readout")).to_be_visible()
    found = re.match(r"Step ([\d,]+)", page.locator(".readout .when").inner_text())
    assert found
    return int(found[1].replace(",", ""))


# A page whose run goes on -----------------------------------------------------------------------


def test_a_run_that_goes_on_is_looked_at_in_peace(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(model=SMALL, epochs=LONG)
    one = visit()
    page = one.open("/data")
    frames: list[object] = []

    def hear(frame: object) -> None:
        frames.append(frame)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", listen)
    page.goto(f"{one.url}/train?run={run_id}")
    in_state(page, "running")
    until(lambda: steps(page) > 20, "some steps")
    page.wait_for_timeout(1500)  # the rerun for the change of state is over
    assert frames
    page.remove_listener("websocket", listen)
    ticks_cost_no_rerun(page, frames)
    zoom_outlives_new_rows_and_a_double_click_ends_it(page)
    a_lost_connection_is_told_and_mended(page)
    one.complaints = [told for told in one.complaints if "503" not in told]


def ticks_cost_no_rerun(page: Page, frames: list[object]) -> None:
    seen, count = steps(page), len(frames)
    until(lambda: steps(page) > seen + 40, "many more steps")
    assert len(frames) == count


def zoom_outlives_new_rows_and_a_double_click_ends_it(page: Page) -> None:
    back = button(page, "Show all")
    expect(back).to_be_hidden()
    chart = loss_chart(page)
    over(page, chart, 0.5)
    for _ in range(4):
        page.mouse.wheel(0, -200)
    expect(back).to_be_visible()
    page.wait_for_timeout(GLIDE)
    over(page, chart, 0.2)
    before, seen = step_under(page), steps(page)
    until(lambda: steps(page) > seen + 60, "new rows")
    over(page, chart, 0.21)
    over(page, chart, 0.2)
    assert step_under(page) == before
    expect(back).to_be_visible()
    chart.dblclick()
    expect(back).to_be_hidden()


def a_lost_connection_is_told_and_mended(page: Page) -> None:
    lost = page.get_by_text("Connection lost, retrying")
    expect(lost).to_be_hidden()
    page.route("**/api/runs/**", lambda route: route.fulfill(status=503, json={}))
    expect(lost).to_be_visible()
    seen = steps(page)
    page.unroute("**/api/runs/**")
    expect(lost).to_be_hidden()
    until(lambda: steps(page) > seen, "the curve to go on")


# A page whose run has ended: its axes grow no more ----------------------------------------------


def test_a_run_that_has_ended_is_read_by_mouse_and_by_keys(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    run_id = installation.create(**SHORT)
    page = visit().open(f"/train?run={run_id}")
    in_state(page, "finished")
    hovering_tells_values_of_both_charts(page)
    dragging_zooms_into_what_was_marked(page)
    keys_walk_along_the_curve_and_zoom(page)
    gallery_and_matrix_show_what_is_right_and_wrong(page)
    it_is_whole_after_a_reload(page)
    last = installation.rows(run_id, "val.accuracy")[-1].value
    expect(page.locator("dl.tiles")).to_contain_text(f"{100 * last:.1f}%")


def hovering_tells_values_of_both_charts(page: Page) -> None:
    over(page, loss_chart(page), 0.4)
    assert step_under(page) > 0
    row = page.locator(".readout tbody tr").first
    expect(row).to_contain_text("Training")
    loss, accuracy = (cell.inner_text() for cell in row.locator("td").all())
    assert 0 < float(loss) < 20
    assert 0 <= float(accuracy.rstrip("%")) <= 100
    page.mouse.move(5, 5)
    expect(page.locator(".readout")).to_be_hidden()


def dragging_zooms_into_what_was_marked(page: Page) -> None:
    chart = loss_chart(page)
    over(page, chart, 0.3)
    left = step_under(page)
    page.mouse.down()
    over(page, chart, 0.6)
    page.mouse.up()
    button(page, "Show all").wait_for()
    page.wait_for_timeout(GLIDE)
    over(page, chart, 0.14)
    assert abs(step_under(page) - left) <= max(3, 0.1 * left)
    button(page, "Show all").click()
    expect(button(page, "Show all")).to_be_hidden()


def keys_walk_along_the_curve_and_zoom(page: Page) -> None:
    stage = page.locator(".stage")
    stage.focus()
    stage.press("Home")
    until(lambda: step_under(page) == 1, "the first step")
    stage.press("ArrowRight")
    until(lambda: step_under(page) > 1, "the crosshair to walk")
    expect(page.locator("[aria-live]")).to_contain_text("Training: Loss")
    stage.press("+")
    expect(button(page, "Show all")).to_be_visible()
    stage.press("0")
    expect(button(page, "Show all")).to_be_hidden()
    stage.press("Escape")
    expect(page.locator(".readout")).to_be_hidden()
    label = stage.get_attribute("aria-label") or ""
    assert re.search(r"Finished: epoch 4 / 4, step \d", label)


def gallery_and_matrix_show_what_is_right_and_wrong(page: Page) -> None:
    cards = page.locator(".card")
    expect(cards).to_have_count(24)
    expect(page.locator(".picture").first).to_have_css("background-image", re.compile("blob:"))
    wrong = page.locator(".card[data-right=false]").count()
    expect(page.locator(".gallery .count")).to_have_text(f"{24 - wrong} of 24 right")
    button(page, "Wrong").click()
    assert page.locator(".card:visible").count() == wrong
    expect(page.locator(".confusion .count")).to_have_text("after epoch 4")
    matrix = page.locator(".confusion canvas")
    over(page, matrix, 0.15)
    expect(page.locator(".confusion .hint")).to_contain_text(re.compile(r"recognised|taken for"))


def it_is_whole_after_a_reload(page: Page) -> None:
    over(page, loss_chart(page), 0.5)
    step_under(page)
    told = page.locator(".readout").inner_text()
    page.reload()
    in_state(page, "finished")
    over(page, loss_chart(page), 0.5)
    expect(page.locator(".readout")).to_have_text(told, use_inner_text=True)


# Home --------------------------------------------------------------------------------------------


def test_homes_film_needs_no_server_and_rests_for_those_who_ask(
    visit: Callable[..., Visitor],
) -> None:
    baked = json.loads((ROOT / "pages" / "baked" / "home.json").read_bytes())["payload"]
    still = visit(reduced_motion="reduce")
    asked: list[str] = []
    still.context.on("request", lambda request: asked.append(request.url))
    page = still.open("/")
    in_state(page, "finished")
    reached = f"{100 * baked['test_accuracy']:.1f}%"
    expect(page.locator(".won dd")).to_have_text(reached)
    expect(button(page, "Play again")).to_be_visible()
    assert not [url for url in asked if "/api/" in url]
    moving = visit().open("/")
    in_state(moving, "film")
    early = steps(moving)
    until(lambda: steps(moving) > early, "the film to play")
    button(moving, "Pause").click()
    shown = steps(moving)
    moving.wait_for_timeout(300)
    assert steps(moving) == shown
    button(moving, "Play").click()
    until(lambda: steps(moving) > shown, "the film to go on")
