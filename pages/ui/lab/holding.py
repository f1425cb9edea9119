"""What a module holds: layers in containers, and tensors as parameter, buffer or attribute."""

import streamlit as st

from core.labs.containers import CONTAINERS, STEPS, Stepped, code, losses, stepped
from core.labs.states import CODE, FACTS, KINDS, NAMES, TARGETS, Fate, fates
from core.labs.states import code as states_code
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

CLASSES = {
    "sequential": "nn.Sequential",
    "modulelist": "nn.ModuleList",
    "moduledict": "nn.ModuleDict",
    "list": "list",
    "dict": "dict",
}
HELD = (
    r"\begin{gathered}\theta \leftarrow \theta - \eta\, \nabla_\theta L\\[4pt]"
    r"\text{for } \theta \in \texttt{net.parameters()}\end{gathered}"
)
KEPT = (
    r"\begin{gathered}\texttt{state\_dict} = \{\text{parameters}\} \cup"
    r"\{\text{persistent buffers}\}\\[6pt] \nabla_\theta L"
    r"\text{ only where } \texttt{requires\_grad}\end{gathered}"
)
TORCH = "Paszke et al. 2019, PyTorch: an imperative style, high-performance library"
TORCH_AT = "https://arxiv.org/abs/1912.01703"
YES, NO = "✓", "–"


def containers() -> None:
    """The same two layers in five containers: one step of the optimiser."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        kind = link.choice(
            t("lab.modules.container"),
            CONTAINERS,
            "container",
            said=CLASSES.__getitem__,
            usual="list",
        )
        lr = st.slider(
            t("lab.modules.lr"), 0.1, 1.0, 0.5, 0.1, key="lr", bind="query-params", width=240
        )
    found = _stepped(kind, lr)
    _weights(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(t("lab.modules.seen", seen=found.seen, all=found.all))
        names = [[name] for name in found.state]
        cells("lab.keys", [Block("net.state_dict()", names, style="plain")], size=28)
    with right:
        _losses(kind, lr)
    frame.ground(HELD, code(kind, lr), TORCH, TORCH_AT)
    hidden = found.seen < found.all
    case = "hidden" if hidden else "held"
    frame.insight(t(f"lab.modules.insight.{case}", name=CLASSES[kind], lost=found.all - found.seen))


def _weights(found: Stepped) -> None:
    """Every weight before and after the step: ringed where it changed, hatched where not."""
    blocks: list[Block | str] = []
    for weight in found.weights:
        high, wide = weight.before.shape
        places = [(row, column) for row in range(high) for column in range(wide)]
        blocks += [Block(f"{weight.name}.weight", weight.before, t("lab.modules.before")), "→"]
        told = t(f"lab.modules.{'changed' if weight.learned else 'unchanged'}")
        picked, hatched = (places, []) if weight.learned else ([], places)
        after = weight.after
        blocks.append(Block(f"{weight.name}.weight", after, told, picked=picked, hatched=hatched))
    cells("lab.step", blocks, size=30)


def _losses(kind: str, lr: float) -> None:
    """The loss of this container, and of one that hides nothing."""
    steps = list(range(STEPS + 1))
    lines = [Line(CLASSES[kind], steps, losses(kind, lr), hue=0)]
    if kind != "sequential":
        lines.insert(0, Line("nn.Sequential", steps, losses("sequential", lr), "dashed", 7))
    curves(
        "lab.losses",
        lines,
        title=t("lab.modules.losses"),
        x=t("lab.modules.step"),
        y=t("lab.modules.loss"),
        reach=(None, None, 0, None),
        height=250,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _stepped(kind: str, lr: float) -> Stepped:
    return stepped(kind, lr)


def states() -> None:
    """Five ways to keep a tensor in a module, and what becomes of it."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        kind = link.choice(t("lab.modules.kind"), KINDS, "kind", said=_kind)
        target = link.choice(t("lab.modules.to"), TARGETS, "to", said=lambda name: f".to({name})")
    found = _fates(target)
    rows = [[YES if getattr(one, fact) else NO for fact in FACTS] + [one.after] for one in found]
    at = KINDS.index(kind)
    heads = [t(f"lab.modules.fact.{fact}") for fact in FACTS] + [t("lab.modules.after", to=target)]
    cells(
        "lab.fates",
        [
            Block(
                "",
                rows,
                style="plain",
                rows=[f"self.{NAMES[one]}" for one in KINDS],
                columns=heads,
                picked=[(at, column) for column in range(len(heads))],
            )
        ],
        size=36,
    )
    st.code(CODE[kind], language="python")
    frame.ground(KEPT, states_code(target), TORCH, TORCH_AT)
    frame.insight(t(f"lab.modules.insight.{kind}"))


@st.cache_data(max_entries=8, show_spinner=False)
def _fates(target: str) -> tuple[Fate, ...]:
    return fates(target)


def _kind(name: str) -> str:
    return t(f"lab.modules.kinds.{name}")
