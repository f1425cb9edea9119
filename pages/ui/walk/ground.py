"""What every step of the walk has: a heading, what to see, and the ground it stands on."""

import streamlit as st

from pages.ui.words import t

STEPS = 10
DOSOVITSKIY = ("Dosovitskiy et al. 2020", "https://arxiv.org/abs/2010.11929")
VASWANI = ("Vaswani et al. 2017", "https://arxiv.org/abs/1706.03762")
Paper = tuple[str, str]


def head(number: int) -> None:
    """The heading of a step, and a sentence or two on what to see."""
    st.divider()
    st.subheader(f"{number} · {t(f'vit.step.{number}.title')}", anchor=f"step-{number}")
    st.markdown(t(f"vit.step.{number}.what"))


def unfolded(number: int) -> bool:
    """A step that is worked out only once it is asked for: whether it has been."""
    key = f"vit.open.{number}"
    return bool(st.toggle(t("vit.unfold"), key=key, help=t(f"vit.step.{number}.cost")))


def ground(formula: str, code: str, *papers: Paper, shapes: str = "") -> None:
    """The formula, the line of PyTorch, the shapes and the papers; folded away."""
    with st.expander(t("vit.ground"), icon=":material/function:"):
        left, right = st.columns(2, gap="medium", vertical_alignment="center")
        left.latex(formula)
        right.code(code, language="python", wrap_lines=True)
        links = " · ".join(f"[{name}]({address})" for name, address in papers)
        shapes = f"`{shapes}`  \n" if shapes else ""
        st.caption(f"{shapes}{links}")
