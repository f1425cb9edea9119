"""A look of the page that was left comes after the new one was drawn."""

import re
from collections.abc import Callable

from playwright.sync_api import WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.e2e.hands import LOOK
from tests.e2e.scene import button, settled, until
from tests.e2e.visitor import Visitor


def test_a_look_that_comes_after_its_page_was_left_does_not_empty_the_new_one(
    visit: Callable[..., Visitor],
) -> None:
    one = visit(reduced_motion="reduce")  # not a known one: the wires stay with the tab
    page = one.open("/healthz")
    wires: list[WebSocketRoute] = []
    held: list[bytes | str] = []

    def between(wire: WebSocketRoute) -> None:
        server = wire.connect_to_server()
        wires.append(server)
        wire.on_message(lambda told: held.append(told) if late(told) else server.send(told))

    def late(told: bytes | str) -> bool:
        """Whether it is the first look of a rail that has been drawn."""
        message = BackMsg.FromString(told) if isinstance(told, bytes) else BackMsg()
        return message.rerun_script.is_auto_rerun and not held

    page.route_web_socket(re.compile("_stcore/stream"), between)
    page.goto(f"{one.url}/runs?lesson=overfitting")
    settled(page)
    until(lambda: page.title() and held, "the rail to look")  # asking lets the wires work
    button(page, "Take me there").click()
    page.wait_for_url(re.compile(r"/train\?"))
    settled(page)
    wires[-1].send(held[0])
    page.wait_for_timeout(LOOK)
    settled(page)
    expect(button(page, "Start training")).to_be_visible()
