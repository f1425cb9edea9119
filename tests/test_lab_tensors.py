"""The lab of tensors: what is shown is what the shown lines do, down to the memory."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.labs import views
from core.labs.pairs import MOST, PAIRS, both
from core.labs.views import FORMS, SHAPES, WAYS, broadcast, layout, pick, shared, source
from tests.reading import carried_out
from tests.stage import address, element, page, sound


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("rows", "columns", "seed"), [(2, 3, 0), (1, MOST, 7), (4, 1, 99)])
def test_both_lines_give_what_is_shown(name: str, rows: int, columns: int, seed: int) -> None:
    told = both(name, rows, columns, seed)
    for code, table, kind in zip(told.codes, told.tables, told.kinds, strict=True):
        made, _ = carried_out(code)
        np.testing.assert_array_equal(np.atleast_2d(np.array(made)), table)
        if hasattr(made, "dtype"):
            assert kind == f"{made.dtype} {tuple(made.shape)}"
    assert told.equal != name.startswith("rand")


def test_a_pair_refuses_tables_that_are_not_to_be_shown() -> None:
    with pytest.raises(ValueError, match="take 1 to 5"):
        both("zeros", 0, 3, 0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["array", "tensor"])
def test_a_change_is_seen_on_the_other_side_exactly_where_memory_is_shared(way, side) -> None:
    told = shared(way, side, 4, 77.0)
    own, other = (told.array, told.tensor) if side == "array" else (told.tensor, told.array)
    assert own[4] == 77 and (other[4] == 77) == told.same
    assert told.same == (way in ("from_numpy", "as_tensor"))
    _, names = carried_out(told.code)
    np.testing.assert_array_equal(names["a"], told.array)
    np.testing.assert_array_equal(names["t"].numpy(), told.tensor)


@given(st.sampled_from(views.PICKS), st.integers(0, 1), st.data())
def test_what_is_ringed_is_what_is_picked(name: str, dim: int, data: st.DataObject) -> None:
    count = int(np.prod(views.index_shape(name, dim)))
    most = (views.ROWS, views.COLUMNS)[dim]
    index = data.draw(st.lists(st.integers(0, most - 1), min_size=count, max_size=count))
    told = pick(name, dim, index)
    x = source()
    np.testing.assert_array_equal(told.out, told.origin[..., 0] * 10 + told.origin[..., 1])
    entries = torch.tensor(index).reshape(views.index_shape(name, dim))
    theirs = x.gather(dim, entries) if name == "gather" else x.index_select(dim, entries)
    np.testing.assert_array_equal(told.out, theirs)


def test_an_index_that_does_not_fit_is_refused() -> None:
    for index in ([0, 1], [0, 1, 9], [0, 1, -1]):
        with pytest.raises(ValueError, match="does not fit"):
            pick("index_select", 0, index)


@pytest.mark.parametrize("one", SHAPES)
@pytest.mark.parametrize("two", SHAPES)
def test_shapes_meet_as_torch_has_them_meet(one: str, two: str) -> None:
    told = broadcast(one, two)
    try:
        wanted = tuple(torch.broadcast_shapes(SHAPES[one], SHAPES[two]))
    except RuntimeError:
        assert told.shape is None and any(size is None for _, _, size in told.pairs)
        return
    assert told.shape == wanted == tuple(size for _, _, size in told.pairs)[::-1]
    a, b, wide_a, wide_b, total = told.tables
    np.testing.assert_array_equal(wide_a, np.broadcast_to(a, wide_a.shape))
    np.testing.assert_array_equal(wide_b, np.broadcast_to(b, wide_b.shape))
    np.testing.assert_array_equal(total, a + b)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("permuted", [False, True])
@pytest.mark.parametrize("how", ["view", "reshape"])
def test_every_entry_is_read_where_the_strides_say(form: str, permuted: bool, how: str) -> None:
    told = layout(permuted, how, form)
    base = torch.arange(12).view(3, 4)
    x = base.permute(1, 0) if permuted else base
    if told.table is None:
        assert how == "view" and "view size is not compatible" in told.said
        with pytest.raises(RuntimeError):
            x.view(FORMS[form])
        return
    np.testing.assert_array_equal(told.table.ravel(), x.reshape(-1))
    for (row, column), value in np.ndenumerate(told.table):
        assert told.storage[told.place(row, column)] == value
    assert told.same == (x.reshape(FORMS[form]).data_ptr() == base.data_ptr())
    made, _ = carried_out(told.code)
    assert made.stride() == told.stride and made.is_contiguous() == told.contiguous


def test_the_answer_is_what_torch_does() -> None:
    assert views.ANSWERS[views.asked()] is None


@pytest.mark.parametrize("view", ["memory", "picking", "broadcasting", "strides"])
def test_the_page_shows_lines_that_run(view: str) -> None:
    at = sound(page("labs/tensors", view=view))
    code = at.code[0].value
    if view == "picking":
        code = f"x = torch.tensor({source().tolist()})\n{code}"
    carried_out(code)


def test_the_link_says_what_was_changed_and_both_sides_show_it() -> None:
    at = sound(page("labs/tensors", view="memory", side="tensor", at="4"))
    told = element(at, "lab.memory")["blocks"]
    assert told[0]["picked"] == told[2]["picked"] == [[0, 4]]
    assert "t[4] = 42.0" in at.code[0].value
    at = sound(page("labs/tensors", view="memory", way="clone"))
    told = element(at, "lab.memory")["blocks"]
    assert told[0]["picked"] == [[0, 2]] and told[2]["picked"] == []


def test_the_index_stands_in_the_link_and_a_wrong_one_is_the_usual() -> None:
    at = sound(page("labs/tensors", view="picking", pick="index_select", dim="0", index="312"))
    assert "torch.tensor([3, 1, 2])" in at.code[0].value and address(at, "index") == "312"
    for wrong in ("999", "31", "²²²", "abc"):
        at = sound(page("labs/tensors", view="picking", pick="index_select", dim="0", index=wrong))
        assert "torch.tensor([2, 1, 0])" in at.code[0].value


def test_shapes_that_clash_and_views_that_refuse_are_explained() -> None:
    at = sound(page("labs/tensors", view="broadcasting", a="3", b="4"))
    assert at.warning[0].value.startswith("Dimension -1: 3 against 4")
    at = sound(page("labs/tensors", view="strides", permute="true", form="12"))
    assert "(1, 4)" in at.warning[0].value
    assert at.code[0].value.startswith("RuntimeError: view size")
