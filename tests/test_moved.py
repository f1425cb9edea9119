"""Controls that a link has forgotten: what the browser still tells of them starts nothing."""

import ast

from streamlit.testing.v1 import AppTest

from tests.stage import PAGES, sound


def test_a_move_is_followed_only_where_the_control_is_known() -> None:
    def script() -> None:
        import streamlit as st

        from pages.ui.moved import moved

        heard: list[str] = []
        st.session_state["here"] = 1
        moved("here", heard.append)("told")
        moved("gone", heard.append)("lost")
        st.write(" ".join(heard))

    assert sound(AppTest.from_function(script).run()).markdown[0].value == "told"


def test_every_control_that_is_followed_is_followed_so() -> None:
    """`form` does it for its own knobs; "rerun" follows nothing."""
    calls = [
        call
        for path in PAGES.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) != "form"
    ]
    said = [word.value for call in calls for word in call.keywords if word.arg == "on_change"]
    assert len(said) > 10
    for value in said:
        assert ast.unparse(value).startswith(("moved(", "'rerun'"))
