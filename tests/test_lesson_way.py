"""The way to where a step takes place, while a control that is left holds on to the address."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.stage import sound


@pytest.mark.parametrize(("barred", "ends"), [(2, "runs"), (99, "gallery")])
def test_a_way_that_is_barred_is_tried_again_and_ends_without_an_error(barred, ends) -> None:
    def script(barred: int) -> None:
        import streamlit as st
        from streamlit.errors import StreamlitAPIException

        from core.lessons import Place
        from pages.ui.lesson import desk

        if "ways" not in st.session_state:
            st.session_state["ways"] = 0
            desk.visit(Place(page="runs"), "train")

        def way(door: str, query_params: object) -> None:
            st.session_state["ways"] += 1
            if st.session_state["ways"] <= barred:
                raise StreamlitAPIException("a control holds on to it")
            st.session_state["led"] = "runs"

        (kept, st.switch_page), (doors, desk.door) = (st.switch_page, way), (desk.door, str)
        try:
            desk.travel(desk.HALL)
        finally:
            st.switch_page, desk.door = kept, doors
        st.write(st.session_state.get("led", "gallery"))

    at = sound(AppTest.from_function(script, args=(barred,)).run())
    assert at.markdown[0].value == ends
    assert at.session_state["ways"] == min(barred + 1, 5)
