"""The steps of an adversarial autoencoder as lines, with the chosen settings only."""

from core.adversarial import SETTLED, VARIANCE, Adversarial
from core.config import RunConfig
from core.script import rules
from core.script.lines import Line, aside, indented, say, under
from core.script.net import half

WEIGHTS = {"reconstruct": "both", "discriminate": "judging"}  # the other steps move the encoder
CLEAR = say("model.zero_grad()")
RATES = {"discriminate": "rate_discriminator", "fool": "rate_fooling"}


def sorting(config: RunConfig) -> bool:
    """Whether the encoder looks for classes or clusters itself."""
    return config.model.variant in ("semi", "clustering")


def group(config: RunConfig, name: str) -> rules.Group:
    """Who learns in a step, as `AAE.groups` has it."""
    rate, whose = RATES.get(name), WEIGHTS.get(name, "encoder")
    if rate is None:
        return rules.Group(name, whose)
    return rules.Group(name, whose, getattr(config.model, rate), f"model.{rate}")


def step(config: RunConfig) -> list[Line]:
    """One round of all steps that the variant takes."""
    said = {"reconstruct": _reconstruct, "discriminate": _discriminate}
    said |= {"fool": _fool, "label": _label, "agree": _agree}
    lines = [CLEAR]
    for name in config.model.steps:
        lines += [_heading(name), *said[name](config)]
    return [*lines, *_values(config)]


def _heading(name: str) -> Line:
    """What the house's own step says of itself."""
    first, *_ = (getattr(Adversarial, f"_{name}").__doc__ or "").splitlines()
    return say(f"# {name.capitalize()}: {first[:1].lower()}{first[1:]}", "model.variant")


def _encode(config: RunConfig) -> list[Line]:
    lines, hand = [], ""
    if config.model.variant == "vae" or config.model.encoder != "deterministic":
        draw = "noise = torch.randn(len(x), model.noise, device=device)"
        lines, hand = [say(draw, "model.encoder")], ", noise"
    return [*lines, *_half(config, say(f"code = model.encode(x{hand})", "model.encoder"))]


def _half(config: RunConfig, line: Line) -> list[Line]:
    if half(config):
        return under("precision", [line])
    return [Line(line.text, (*line.knobs, "precision"))]


def _move(config: RunConfig, name: str) -> list[Line]:
    """Clip and step, after the gradients are there."""
    lines, whose = [], group(config, name)
    if config.clip:
        lines.append(say(f"nn.utils.clip_grad_norm_({whose.weights}, {config.clip!r})", "clip"))
    movers = rules.names(config, whose)
    return [*lines, *(say(f"{mover}.step()") for mover in movers)]


def _reconstruct(config: RunConfig) -> list[Line]:
    model = config.model
    lines = _encode(config)
    content = "code.content.softmax(1)" if sorting(config) else ""
    if model.variant == "supervised":
        content = "model.content_of(truth)"
    if content:
        lines.append(say(f"content = {content}", "model.variant"))
    hand = ", content" if content else ""
    lines += _half(config, say(f"again = model.decode(code.z{hand})"))
    kind = {"squared": "F.mse_loss", "absolute": "F.l1_loss"}.get(model.error, "distance")
    if model.error == "both":
        choice = f"distance = F.mse_loss if epoch < {SETTLED} * EPOCHS else F.l1_loss"
        lines.append(say(choice, "model.error"))
    lines.append(say(f"error = {kind}(again, x)", "model.error"))
    loss = _weighted(model.reconstruction, "error")
    if model.variant == "vae":
        share = f"share = 2 * {VARIANCE} / x[0].numel()  # both terms in units of the squared error"
        lines += [say("divergence = kl(code.mean, code.log_variance)", "model.variant"), say(share)]
        loss += f" + {_weighted(model.regulariser, 'share * divergence')}"
    if loss != "error":
        knobs = "model.reconstruction", "model.regulariser"
        lines.append(say(f"loss = {loss}", *knobs))
        loss = "loss"
    return [*lines, say(f"{loss}.backward()"), *_move(config, "reconstruct")]


def _weighted(weight: float, what: str) -> str:
    return what if weight == 1 else f"{weight!r} * {what}"


def _discriminate(config: RunConfig) -> list[Line]:
    model = config.model
    part = [say("part = parts_for(truth, prior.parts)", "model.guided")] if model.guided else []
    draw, twice = (", part", ", truth.repeat(2)") if model.guided else ("", "")
    smooth = f", {config.smoothing!r}" if config.smoothing else ""
    lines = [
        CLEAR,
        *part,
        say(f"real = prior.draw(len(z){draw}, device=device)", "model.prior", "model.guided"),
        say(f"verdicts = model.judge(torch.cat([real, z]){twice})", "model.guided"),
        say(f"telling = told_apart(verdicts{smooth})", "smoothing"),
    ]
    if sorting(config):
        lines += [
            say("found = model.sorter(sorts(code.content.detach())).squeeze(1)", "model.variant"),
            say(f"telling = telling + told_apart(found{smooth})", "model.variant", "smoothing"),
        ]
    lines += [say("telling.backward()"), *_move(config, "discriminate")]
    before = [*_encode(config), say("z = code.z.detach()")]
    if model.updates == 1:
        return [*before, *lines]
    again = say(f"for _ in range({model.updates}):", "model.updates")
    lines += aside("losses.append(telling.item())")
    return [*before, *aside("losses = []"), again, *indented(lines)]


def _fool(config: RunConfig) -> list[Line]:
    model = config.model
    told = ", truth" if model.guided else ""
    cost = "F.binary_cross_entropy_with_logits(said, torch.ones_like(said))"
    inner = [say(f"said = model.judge(code.z{told})", "model.guided"), say(f"fooling = {cost}")]
    if sorting(config):
        inner += [
            say("said = model.sorter(code.content.softmax(1)).squeeze(1)", "model.variant"),
            say(f"fooling = fooling + {cost}", "model.variant"),
        ]
    loss = "fooling" if model.regulariser == 1 else f"({model.regulariser!r} * fooling)"
    inner.append(say(f"{loss}.backward()", "model.regulariser"))
    return [CLEAR, *under("still(judging)", inner), *_move(config, "fool")]


def _label(config: RunConfig) -> list[Line]:
    lines = []
    if config.model.labels:
        lines.append(say("x, truth = taught.draw(len(x))", "model.labels"))
    return [
        *lines,
        CLEAR,
        *_encode(config),
        say("naming = F.cross_entropy(code.content, truth)"),
        say("naming.backward()"),
        *_move(config, "label"),
    ]


def _agree(config: RunConfig) -> list[Line]:
    weight = config.model.agreement
    loss = "(-agreed)" if weight == 1 else f"({-weight!r} * agreed)"
    return [
        say("x = torch.cat([x, varied(x)])"),
        CLEAR,
        *_encode(config),
        say("agreed = information(*code.content.chunk(2))"),
        say(f"{loss}.backward()", "model.agreement"),
        *_move(config, "agree"),
    ]


def _values(config: RunConfig) -> list[Line]:
    """The numbers of a batch, as the run calls them."""
    model = config.model
    values = {"loss": "error.item()"}
    lines = []
    if model.variant == "vae":
        values["kl"] = "divergence.item()"
    if len(model.steps) > 1:
        once = model.updates == 1
        values["discriminator"] = "telling.item()" if once else "sum(losses) / len(losses)"
        values["generator"] = "fooling.item()"
        lines = ["real, made = verdicts.detach().chunk(2)"]
        lines.append("right = torch.cat([real > 0, made <= 0])")
    if model.variant == "semi":
        values["label"] = "naming.item()"
    if "agree" in model.steps:
        values["agreement"] = "agreed.item()"
    if lines:
        values["caught"] = "right.float().mean().item()"
    return aside(
        "\n".join(
            [
                *lines,
                "values = {",
                *(f'    "{name}": {value},' for name, value in values.items()),
                "}",
                "if not all(map(math.isfinite, values.values())):",
                '    raise SystemExit(f"diverged at step {step + 1}: lower the learning rate")',
            ]
        )
    )
