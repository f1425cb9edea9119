"""The PyTorch of a training with cures: the lines that the switches write."""

from core.labs.regularisation import (
    DECAY,
    DROP,
    EVERY,
    JITTER,
    PATIENCE,
    RATE,
    STEPS,
    Cures,
    built,
)


def code(cures: Cures) -> str:
    """Net, optimiser and loop as the switches say."""
    layers = "".join(f"    nn.{layer},\n" for layer in map(_plain, built(cures)))
    decay = f", weight_decay={DECAY:g}" if cures.l2 else ""
    return "\n".join(
        (
            f"model = nn.Sequential(\n{layers})",
            f"optimizer = torch.optim.Adam(model.parameters(), lr={RATE:g}{decay})",
            *(["best, waited = math.inf, 0"] if cures.stop else []),
            f"for step in range({STEPS}):",
            *([_STOP] if cures.stop else []),
            "    model.train()",
            f"    given = x{f' + {JITTER:g} * torch.randn_like(x)' if cures.noise else ''}",
            "    optimizer.zero_grad()",
            "    F.cross_entropy(model(given), y).backward()",
            "    optimizer.step()",
            *(["model.load_state_dict(weights)  # the best ones"] if cures.stop else []),
            f"model.eval()  # {len(_sleepers(cures))} layers behave differently now",
        )
    )


_STOP = f"""    if step % {EVERY} == 0:
        model.eval()
        with torch.no_grad():
            loss = F.cross_entropy(model(kept_x), kept_y)
        if loss < best:
            best, waited, weights = loss, 0, copy.deepcopy(model.state_dict())
        else:
            waited += 1
        if waited == {PATIENCE}:
            break"""


def _plain(layer: object) -> str:
    """A layer as one would write it: `Linear(2, 64)`."""
    text = str(layer)
    name = text.split("(")[0]
    sizes = {"Linear": ("in_features", "out_features"), "BatchNorm1d": ("num_features",)}
    if name in sizes:
        return f"{name}({', '.join(str(getattr(layer, size)) for size in sizes[name])})"
    return f"Dropout({DROP:g})" if name == "Dropout" else f"{name}()"


def _sleepers(cures: Cures) -> list[str]:
    """Layers that do something else in train() than in eval()."""
    names = [type(layer).__name__ for layer in built(cures)]
    return [name for name in names if name in ("Dropout", "BatchNorm1d")]


def formula(cures: Cures) -> str:
    """What the training makes small, as the switches say."""
    given = r"x_i + \sigma\varepsilon" if cures.noise else "x_i"
    net = r"f_{\theta \odot m}" if cures.dropout else r"f_\theta"
    loss = rf"\frac1n\sum_{{i=1}}^{{n}} -\log\,\mathrm{{softmax}}\bigl({net}({given})\bigr)_{{y_i}}"
    more = r" + \frac{\lambda}{2}\,\lVert\theta\rVert^2" if cures.l2 else ""
    lines = [rf"L(\theta) = {loss}{more}", rf"n = {cures.points}"]
    if cures.norm:
        lines.append(r"h \to \gamma\,\frac{h-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}+\beta")
    if cures.dropout:
        lines.append(rf"m_j \sim \mathrm{{Bernoulli}}(1-p)\,/\,(1-p),\quad p={DROP:g}")
    if cures.stop:
        lines.append(r"\hat\theta = \arg\min_{\theta_t} L_\mathrm{val}(\theta_t)")
    return r"\begin{gathered}" + r"\\[4pt]".join(lines) + r"\end{gathered}"
