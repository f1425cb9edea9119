"""What a surface and an optimiser stand on: formula, line of PyTorch, paper, and a question."""

from typing import Any

import streamlit as st

from core.contestants import line
from core.landscapes import LANDSCAPES
from core.optim import OPTIMIZERS
from core.trials import Trial, trials
from pages.ui.race.scene import Scene, set_up
from pages.ui.words import t

G = r"g_t=\nabla f(\theta_{t-1})"
MEAN = r"m_t=\beta_1 m_{t-1}+(1-\beta_1)g_t"
SQUARE = r"v_t=\beta_2 v_{t-1}+(1-\beta_2)g_t^2"
HATS = r"\hat m_t=\frac{m_t}{1-\beta_1^t},\;\hat v_t=\frac{v_t}{1-\beta_2^t}"
STEP = r"\theta_t=\theta_{t-1}-\eta\,"
ADAM = rf"{MEAN}\\{SQUARE}\\{HATS}\\"
FORMULAS = {
    "sgd": rf"{G}\\{STEP}g_t",
    "momentum": rf"{G}\\m_t=\mu\,m_{{t-1}}+g_t\\{STEP}m_t",
    "nesterov": rf"{G}\\m_t=\mu\,m_{{t-1}}+g_t\\{STEP}(g_t+\mu\,m_t)",
    "adagrad": rf"{G}\\v_t=v_{{t-1}}+g_t^2\\{STEP}\frac{{g_t}}{{\sqrt{{v_t}}+\epsilon}}",
    "adadelta": r"v_t=\rho v_{t-1}+(1-\rho)g_t^2\\"
    r"\Delta_t=\frac{\sqrt{u_{t-1}+\epsilon}}{\sqrt{v_t+\epsilon}}\,g_t\\"
    r"u_t=\rho u_{t-1}+(1-\rho)\Delta_t^2\\\theta_t=\theta_{t-1}-\eta\,\Delta_t",
    "rmsprop": r"v_t=\alpha v_{t-1}+(1-\alpha)g_t^2\\"
    rf"{STEP}\frac{{g_t}}{{\sqrt{{v_t}}+\epsilon}}",
    "adam": rf"{ADAM}{STEP}\frac{{\hat m_t}}{{\sqrt{{\hat v_t}}+\epsilon}}",
    "adamw": rf"{ADAM}\theta_t=(1-\eta\lambda)\,\theta_{{t-1}}"
    r"-\eta\,\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}",
    "nadam": rf"{MEAN},\quad{SQUARE}\\"
    r"\tilde m_t=\frac{\mu_{t+1}m_t}{1-\prod_{i\le t+1}\mu_i}+\frac{(1-\mu_t)g_t}"
    r"{1-\prod_{i\le t}\mu_i}\\"
    rf"{STEP}\frac{{\tilde m_t}}{{\sqrt{{\hat v_t}}+\epsilon}}",
    "radam": r"\rho_t=\rho_\infty-\frac{2t\beta_2^t}{1-\beta_2^t},\quad"
    r"\rho_\infty=\tfrac{2}{1-\beta_2}-1\\"
    r"r_t=\sqrt{\tfrac{(\rho_t-4)(\rho_t-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho_t}}\\"
    r"\theta_t=\theta_{t-1}-\eta\begin{cases}r_t\,\hat m_t/(\sqrt{\hat v_t}+\epsilon)&\rho_t>5\\"
    r"\hat m_t&\text{else}\end{cases}",
    "adamax": rf"{MEAN}\\u_t=\max(\beta_2u_{{t-1}},\,|g_t|+\epsilon)\\"
    rf"{STEP}\frac{{\hat m_t}}{{u_t}}",
    "muon": r"M_t=\mu M_{t-1}+(1-\mu)G_t\\"
    r"O_t=\mathrm{NewtonSchulz}_5\big((1-\mu)G_t+\mu M_t\big)\approx UV^{\top}\\"
    r"\Theta_t=(1-\eta\lambda)\,\Theta_{t-1}-\eta\,O_t",
}


@st.cache_resource(show_spinner=False)
def _trials() -> Any:
    return trials()


@st.cache_data(max_entries=32, show_spinner=False)
def _answer(name: str, _trial: Trial) -> int:
    """The right option, found by racing; `name` is all there is to the key."""
    return _trial.answer()


def surface(scene: Scene) -> None:
    """The surface: what it teaches, its formula, and its question."""
    land = LANDSCAPES[scene.surface]
    st.markdown(f"#### {t(f'optimizers.surface.{scene.surface}.label')}")
    st.markdown(t(f"optimizers.surface.{scene.surface}.insight"))
    st.latex(rf"\begin{{gathered}}{land.formula}\end{{gathered}}")
    code = [
        "theta = nn.Parameter(torch.tensor(start))",
        "x, y = theta",
        land.code,
        "f.backward()  # theta.grad",
    ]
    if scene.noise:
        code.append(f"theta.grad += {scene.noise:g} * typical_slope * torch.randn(2)")
    st.code("\n".join(code), language="python", wrap_lines=True)
    _paper(land.paper, land.address)
    question(scene.surface)


def optimizer(scene: Scene) -> None:
    """The optimiser in the hand: its rule, its line, and its question."""
    name = scene.focus
    spec = OPTIMIZERS[name]
    st.markdown(f"#### {spec.label}")
    st.markdown(f"{t(f'optimizer.{name}.theory')} {t(f'optimizers.insight.{name}')}")
    st.latex(rf"\begin{{gathered}}{FORMULAS[name]}\end{{gathered}}")
    code = [line(name, scene.field[name]), "optimizer.zero_grad()", "loss.backward()"]
    st.code("\n".join([*code, "optimizer.step()"]), language="python", wrap_lines=True)
    _paper(spec.paper, "")
    question(name)


def _paper(paper: str, address: str) -> None:
    number = paper.partition("arXiv ")[2].split(",")[0]
    where = address or (f"https://arxiv.org/abs/{number}" if number else "")
    st.caption(f"[{paper}]({where})" if where else paper)


def question(name: str) -> None:
    """A question, its options, and what the race says to the one chosen."""
    trial = _trials()[name]
    with st.container(border=True):
        chosen = st.radio(
            f"**{t('optimizers.question')}** {t(f'optimizers.ask.{name}.question')}",
            range(trial.options),
            index=None,
            format_func=lambda at: t(f"optimizers.ask.{name}.o{at}"),
            key=f"opt.ask.{name}",
            persist_state="session",
        )
        if chosen is not None:
            if chosen == _answer(name, trial):
                st.success(t(f"optimizers.ask.{name}.why"), icon=":material/check_circle:")
            else:
                st.warning(t("optimizers.wrong"), icon=":material/replay:")
        st.button(
            t("optimizers.set_up"),
            key=f"opt.set_up.{name}",
            icon=":material/science:",
            help=t("optimizers.set_up_help"),
            on_click=set_up,
            args=(trial,),
            type="tertiary",
        )


def plane(kind: str) -> None:
    """The plane of a real run: how it is found, and where that is from."""
    with st.expander(t("optimizers.ground"), icon=":material/function:"):
        left, right = st.columns(2, gap="medium", vertical_alignment="center")
        if kind == "path":
            left.latex(
                r"\begin{gathered}M=[\theta_{1}-\bar\theta;\dots;\theta_{n}-\bar\theta]"
                r"=U\Sigma V^{\top}\\f(a,b)=L(\bar\theta+a\,v_1+b\,v_2)\\"
                r"\text{held}=\frac{\sigma_1^2+\sigma_2^2}{\sum_i\sigma_i^2}\end{gathered}"
            )
            code = (
                "M = torch.stack(checkpoints)  # (n, weights)\n"
                "U, S, V = torch.linalg.svd(M - M.mean(0), full_matrices=False)\n"
                "held = S[:2].square().sum() / S.square().sum()\n"
                "theta = M.mean(0) + a * V[0] + b * V[1]"
            )
        else:
            left.latex(
                r"\begin{gathered}d_{i,j}\leftarrow\frac{d_{i,j}}{\lVert d_{i,j}\rVert}"
                r"\lVert\theta_{i,j}\rVert\\f(a,b)=L(\theta^{*}+a\,d+b\,d')\end{gathered}"
            )
            code = (
                "for d, w in zip(direction, weights):  # a filter is a row\n"
                "    d.mul_(w.flatten(1).norm(dim=1) / d.flatten(1).norm(dim=1))\n"
                "theta = final + a * d + b * e"
            )
        right.code(code, language="python", wrap_lines=True)
        _paper("Li et al. 2018, arXiv 1712.09913", "")
