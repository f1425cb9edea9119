"""The cells element is told exactly the numbers of a tensor, and refuses what is no table."""

import base64

import numpy as np
import pytest

from pages.ui.browser import script
from pages.ui.lab.cells import PARTS, Block, packed


def unpacked(block: Block) -> np.ndarray:
    told = packed(block)
    form = "<f8" if told["style"] == "number" else "<f4"
    return np.frombuffer(base64.b64decode(told["values"]), form).reshape(told["shape"])


@pytest.mark.parametrize("style", ["number", "heat"])
def test_numbers_arrive_with_their_infinities(style):
    values = np.array([[1.5, -np.inf], [np.nan, 1 / 3]], dtype=np.float32)
    assert np.array_equal(unpacked(Block("S", values, style=style)), values, equal_nan=True)


def test_large_whole_numbers_stay_exact():
    assert unpacked(Block("n", [[2**40 + 1]])).tolist() == [[2**40 + 1]]


def test_a_vector_is_one_row_and_a_picture_may_have_colours():
    assert packed(Block("x", np.arange(3)))["shape"] == [1, 3]
    assert packed(Block("p", np.zeros((4, 5, 3)), style="picture"))["shape"] == [4, 5, 3]


def test_words_and_truth_values_are_text():
    told = packed(Block("t", [["a", 1.234], ["b", -2.0]], style="plain"))
    assert told["style"] == "plain" and told["values"] is None
    assert packed(Block("m", np.array([[True, False]])))["texts"] == [["True", "False"]]
    assert packed(Block("d", np.array([[-1.25]]), style="plain", digits=1))["texts"] == [["−1.2"]]


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (Block("x", np.zeros((2, 2, 2))), "two dimensions"),
        (Block("x", np.zeros((2, 2)), rows=["one"]), "1 names for 2 lines"),
        (Block("x", np.zeros((2, 2)), columns=["a", "b", "c"]), "3 names for 2 lines"),
    ],
)
def test_what_is_no_table_is_refused(block, why):
    with pytest.raises(ValueError, match=why):
        packed(block)


def test_the_script_is_one_module_with_one_entrance():
    text = script(*PARTS)
    assert text.count("export default") == 1 and "\n" in text and len(PARTS) == 2
    assert text.index("class Canvas") < text.index("class Grid extends Canvas")
