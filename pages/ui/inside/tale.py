"""What is told of a step: its name, its formula, the arithmetic of its shape and its weights."""

from collections.abc import Sequence

import pandas as pd

from core.reach import WHOLE, Reach
from core.steps import Step, Window
from pages.ui.words import find, t

FORMULAE = {
    "conv": r"y_{k,i,j}=b_k+\sum_{c,u,v}w_{k,c,u,v}\;x_{c,\;s i+d u-p,\;s j+d v-p}",
    "norm": r"y=\gamma\,\frac{x-\mu}{\sqrt{\sigma^2+\varepsilon}}+\beta",
    "bend": r"y_{k,i,j}=f(x_{k,i,j})",
    "max": r"y_{k,i,j}=\max_{u,v}\;x_{k,\;s i+u,\;s j+v}",
    "mean": r"y_{k,i,j}=\frac{1}{k^2}\sum_{u,v}x_{k,\;s i+u,\;s j+v}",
}
FIELD = r"r_l=r_{l-1}+(k_l-1)\,d_l\,j_{l-1},\qquad j_l=s_l\,j_{l-1},\qquad r_0=j_0=1"
BENDS = {
    "ReLU": r"f(x)=\max(0,\,x)",
    "GELU": r"f(x)=x\,\Phi(x)",
    "SiLU": r"f(x)=x\,\sigma(x)=\frac{x}{1+e^{-x}}",
    "ELU": r"f(x)=\max(0,x)+\min(0,\,e^{x}-1)",
    "LeakyReLU": r"f(x)=\max(0.01\,x,\;x)",
    "Tanh": r"f(x)=\tanh(x)",
    "Sigmoid": r"f(x)=\frac{1}{1+e^{-x}}",
}
PAPERS = {
    "conv": ("LeCun et al. 1998", "https://doi.org/10.1109/5.726791"),
    "norm": ("Ioffe & Szegedy 2015", "https://arxiv.org/abs/1502.03167"),
    "max": ("Scherer et al. 2010", "https://doi.org/10.1007/978-3-642-15825-4_10"),
    "mean": ("LeCun et al. 1998", "https://doi.org/10.1109/5.726791"),
    "GELU": ("Hendrycks & Gimpel 2016", "https://arxiv.org/abs/1606.08415"),
    "ReLU": ("Glorot et al. 2011", "https://proceedings.mlr.press/v15/glorot11a.html"),
}
SEEN = (
    ("Zeiler & Fergus 2013", "https://arxiv.org/abs/1311.2901"),
    ("Araujo et al. 2019", "https://distill.pub/2019/computing-receptive-fields"),
)
SIDES = {
    "norm": "y = (x - mean) / (var + eps).sqrt() * weight + bias  # nn.BatchNorm2d, at rest",
    "max": 'y = reduce(x, "b c (h s) (w t) -> b c h w", "max", s={high}, t={wide})',
    "mean": 'y = reduce(x, "b c (h s) (w t) -> b c h w", "mean", s={high}, t={wide})',
}


def shape(lengths: Sequence[int]) -> str:
    """Lengths of a shape in one line."""
    return "×".join(map(str, lengths))


def pair(values: Sequence[int]) -> str:
    """One number for a square, else both."""
    return str(values[0]) if len(set(values)) == 1 else "×".join(map(str, values))


def title(step: Step) -> str:
    """What a step is called: its kind, and its window where it slides one."""
    return _titled(step, "kind")


def short(step: Step) -> str:
    """The same where there is little room."""
    return _titled(step, "short")


def _titled(step: Step, words: str) -> str:
    name = find(f"cnn.{words}.{step.role}") or step.kind
    return f"{name} {shape(step.window.kernel)}" if step.window else name


def what(step: Step) -> str:
    """What a step does, in a sentence or two."""
    told = t(f"cnn.what.{step.role}", n=step.shape[0], window=_window(step.window))
    return f"{told} {t('cnn.shapes', given=shape(step.given), made=shape(step.shape))}"


def _window(window: Window | None) -> str:
    return shape(window.kernel) if window else ""


def numbers(step: Step) -> str:
    """Stride, padding, dilation and groups of a convolution, and what each place sees."""
    if step.window is None:
        return ""
    parts = {name: pair(getattr(step.window, name)) for name in ("stride", "padding", "dilation")}
    return t("cnn.window", **parts, groups=step.window.groups, field=field(step.reach))


def field(reach: Reach | None) -> str:
    """A receptive field's size."""
    if reach is None:
        return "–"
    return t("cnn.whole") if WHOLE in reach.size else shape(reach.size)


def arithmetic(step: Step) -> list[str]:
    """Shape, weights and products of a step, as formulae with its own numbers."""
    lines = [BENDS[step.kind]] if step.kind in BENDS else []
    window = step.window
    if window is not None and step.role in ("conv", "max", "mean"):
        n, p, d, k, s = (
            value[0]
            for value in (
                step.given[1:],
                window.padding,
                window.dilation,
                window.kernel,
                window.stride,
            )
        )
        lines.append(
            rf"h'=\Big\lfloor\frac{{h+2p-d(k-1)-1}}{{s}}\Big\rfloor+1"
            rf"=\Big\lfloor\frac{{{n}+2\cdot{p}-{d}\,({k}-1)-1}}{{{s}}}\Big\rfloor+1"
            rf"={step.shape[1]}"
        )
    if step.role == "conv" and window is not None:
        lines += _weights(step, window)
    elif step.parameters:
        lines.append(rf"\text{{{t('cnn.weights')}}}={_number(step.parameters)}")
    return lines


def _weights(step: Step, window: Window) -> list[str]:
    high, wide = window.kernel
    share = step.given[0] // window.groups
    bias = rf"+{step.shape[0]}" if step.bias else ""
    sides = rf"\cdot{step.shape[1]}\cdot{step.shape[2]}"
    return [
        rf"\text{{{t('cnn.weights')}}}=k_h\,k_w\,c\,n{'+n' if step.bias else ''}"
        rf"={high}\cdot{wide}\cdot{share}\cdot{step.shape[0]}{bias}={_number(step.parameters)}",
        rf"\text{{{t('cnn.products')}}}=k_h\,k_w\,c\,n\,h'\,w'"
        rf"={high}\cdot{wide}\cdot{share}\cdot{step.shape[0]}{sides}={_number(step.products)}",
    ]


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "{,}")


def code(step: Step) -> str:
    """The line of PyTorch or einops that does it."""
    window = step.window
    if step.role == "conv" and window is not None:
        told = [f"x, weight{', bias' if step.bias else ''}"]
        for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1)):
            value = getattr(window, name)
            if value != (usual, usual):
                told.append(f"{name}={value[0] if value[0] == value[1] else value}")
        told += [f"groups={window.groups}"] if window.groups > 1 else []
        weights = (step.shape[0], step.given[0] // window.groups, *window.kernel)
        return f"y = F.conv2d({', '.join(told)})  # weight: {weights}, x: (b, {_inner(step.given)})"
    if step.role in ("max", "mean") and window is not None:
        if window.stride == window.kernel and window.padding == (0, 0):
            high, wide = window.kernel
            return SIDES[step.role].format(high=high, wide=wide)
        name = "max_pool2d" if step.role == "max" else "avg_pool2d"
        return f"y = F.{name}(x, {window.kernel}, {window.stride}, {window.padding})"
    return SIDES["norm"] if step.role == "norm" else f"y = nn.{step.kind}()(x)"


def _inner(lengths: Sequence[int]) -> str:
    return ", ".join(map(str, lengths))


def papers(step: Step) -> str:
    """Who found it, and who looked into nets this way."""
    own = PAPERS.get(step.kind) or PAPERS.get(step.role)
    return " · ".join(f"[{name}]({address})" for name, address in (*([own] if own else []), *SEEN))


def table(found: Sequence[Step]) -> pd.DataFrame:
    """A row for every step of the net, those without maps too."""
    names = {part: t(f"cnn.table.{part}") for part in ("step", "kind", "given", "made", "window")}
    names |= {part: t(f"cnn.table.{part}") for part in ("field", "apart", "weights", "products")}
    rows = [
        {
            names["step"]: step.name,
            names["kind"]: step.kind,
            names["given"]: shape(step.given),
            names["made"]: shape(step.shape),
            names["window"]: _told(step.window),
            names["field"]: field(step.reach) if step.maps else "–",
            names["apart"]: f"{step.reach.rows.step:g}" if step.reach else "–",
            names["weights"]: step.parameters,
            names["products"]: step.products,
        }
        for step in found
    ]
    return pd.DataFrame(rows)


def _told(window: Window | None) -> str:
    if window is None:
        return "–"
    words = [shape(window.kernel)]
    for letter, values, usual in (
        ("s", window.stride, 1),
        ("p", window.padding, 0),
        ("d", window.dilation, 1),
        ("g", (window.groups,), 1),
    ):
        if pair(values) != str(usual):
            words.append(f"{letter} {pair(values)}")
    return ", ".join(words)
