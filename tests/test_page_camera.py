"""The camera as a way in: a digit held up on paper, and what a broken shot says."""

import numpy as np
from PIL import Image

from core.data import load
from tests import asking as cages
from tests.corpus import saved
from tests.stage import element, page, sound

cage, fresh, quick_zoo = cages.cage, cages.fresh, cages.quick_zoo


def on_paper() -> bytes:
    """A test digit in dark ink somewhere on a sheet, as a camera sees it."""
    digit = Image.fromarray(load("mnist-5k").test_images[0, 0].numpy()).resize((200, 200))
    sheet = np.full((480, 640), 228, dtype=np.uint8)
    sheet[140:340, 300:500] -= (np.asarray(digit) * 0.75).astype(np.uint8)
    return saved(Image.fromarray(sheet), "JPEG")


def shot(data: bytes):
    at = page("predict")
    at.session_state["predict.way"] = "camera"
    at.run()
    return sound(at.camera_input[0].set_value(("shot.jpg", data, "image/jpeg")).run())


def test_a_digit_held_up_is_taken_off_its_paper_and_asked_about(cage):
    at = shot(on_paper())
    assert at.toggle(key="predict.paper.True").value
    answers = {one["answer"] for one in element(at, "predict.bars")["nets"]}
    assert answers and "–" not in answers
    fitted = element(at, "predict.bars")
    at.toggle(key="predict.paper.True").set_value(False).run()
    assert element(sound(at), "predict.bars") != fitted


def test_a_shot_that_is_no_picture_is_one_sentence(cage):
    at = shot(b"\x89PNG\r\n\x1a\n nothing")
    assert len(at.error) == 1 and "\n" not in at.error[0].value
    assert element(at, "predict.bars")["nets"][0]["answer"] == "–"
