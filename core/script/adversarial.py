"""What a script says of an adversarial autoencoder: reconstruct, discriminate, fool, in lines."""

from core import objectives, priors
from core.config import RunConfig
from core.pack import Card
from core.script import rules
from core.script.lines import Line, aside, indented, literal, say, under
from core.script.net import half
from core.script.phases import group, sorting, step
from core.script.pictures import varied
from core.script.sources import Sources

__all__ = ["BEGIN", "COUNT", "given", "good", "groups", "judging", "need", "parts", "prepared"]
__all__ += ["step", "test", "validation"]

X = "normalise(pictures).contiguous(memory_format=torch.channels_last)"
BEGIN = "window = Tally()"
COUNT = """\
window.add(values, len(chosen))
if step == 1 or step % every == 0:
    print(f"step {step}  {told(window.means())}")
    window = Tally()"""


def need(config: RunConfig, sources: Sources) -> None:
    """Take what the lines below use."""
    used = [("core.tally", "Tally"), ("core.census", "Survey"), ("core.measures", "scale")]
    if config.model.variant == "vae":
        used.append(("core.measures", "kl"))
    if len(config.model.steps) > 1:
        used += [("core.verdicts", "told_apart"), ("core.verdicts", "still")]
    if sorting(config):
        used.append(("core.verdicts", "sorts"))
    if config.model.guided:
        used.append(("core.verdicts", "parts_for"))
    if "agree" in config.model.steps:
        used += [("core.agreement", "varied"), ("core.agreement", "information")]
    for place, name in used:
        sources.take(place, name)


def groups(config: RunConfig) -> list[rules.Group]:
    """Who learns together, as `AAE.groups` has it."""
    return [group(config, step) for step in config.model.steps]


def parts(config: RunConfig) -> list[Line]:
    """The weights of each step, under a name."""
    if len(config.model.steps) == 1:
        return [say("((_, both),) = model.groups()", "model.variant")]
    left = ", ".join(["both, judging, encoder", *("_" for _ in config.model.steps[3:])])
    return [say(f"{left} = (weights for _, weights in model.groups())", "model.variant")]


def prepared(config: RunConfig, card: Card, sources: Sources) -> list[Line]:
    """The prior, and the labels that may be used."""
    made = priors.of(config.model, len(card.classes))
    kind = type(made)
    sources.take(kind.__module__, kind.__name__)
    given = [literal(made.name), f"code={made.code}", f"parts={made.parts}"]
    if made.name == "painted":
        given.append("painting=PAINTING")
    lines = [
        say(
            f"prior = {kind.__name__}({', '.join(given)})",
            *("model.prior", "model.code", "model.guided"),
        ),
        *aside("usual = scale(prior)  # how far two of its samples usually are from each other"),
    ]
    if not config.model.labels:
        return lines
    sources.take("core.taught", "Taught")
    by_chance = config.model_copy(
        update={"data": config.data.model_copy(update={"alternate": False})}
    )
    ready = [
        *aside('"""Varied and normalised, as the net gets them."""'),
        *varied(by_chance, sources),
        say(f"return {X}"),
    ]
    taught = f"taught = Taught(images, labels, train, {config.model.labels}, ready)"
    return [
        *lines,
        Line("", brief=False),
        say("def ready(pictures: torch.Tensor) -> torch.Tensor:", "model.labels"),
        *indented(ready),
        Line("", brief=False),
        say(taught, "model.labels"),
    ]


def given(config: RunConfig, sources: Sources) -> list[Line]:
    """A batch as the net gets it, and the labels that it may see."""
    model = config.model
    lines = [say("pictures = images[chosen]")]
    everybody = model.variant == "semi" and not model.labels
    if model.guided or model.variant == "supervised" or everybody:
        whose = "taught.labels" if model.labels else "labels"
        lines.append(say(f"truth = {whose}[chosen]", "model.variant", "model.guided"))
    if model.labels and not (config.data.flip and config.data.alternate):
        return [*lines, say("x = ready(pictures)")]
    return [*lines, *varied(config, sources), say(f"x = {X}")]


def judging(config: RunConfig) -> list[Line]:
    """The function that surveys a net, and the one that writes numbers down."""
    heads = ["net: AAE", "prior: Prior", "usual: float", "normalise: Normalise"]
    heads += ["precision: torch.autocast"] if half(config) else []
    heads += ["images: torch.Tensor", "labels: torch.Tensor"]
    heads += ["naming: bool"] if _naming(config) else []
    signature = "\n".join(f"    {head}," for head in heads)
    size = objectives.EVALUATION_BATCH
    naming = "naming" if _naming(config) else "naming=False"
    body = aside(f"""\
net.eval()
survey = Survey(net, prior, usual, net.classes, {naming})
for pictures, truth in zip(images.split({size}), labels.split({size}), strict=True):
    survey.take({X}, truth)
return survey.means(survey.draw())""")
    if half(config):
        body = under("precision", body)
    return aside(f'''

def told(means: dict[str, float]) -> str:
    """Names and numbers on one line."""
    return "  ".join(f"{{name}} {{value:.7f}}" for name, value in means.items())


@torch.inference_mode()
def evaluate(
{signature}
) -> dict[str, float]:
    """Error, distance of the codes to the prior, variety of samples, and accuracy if any."""
''') + indented(body)


def _naming(config: RunConfig) -> bool:
    """Whether clusters are to be named after training, and kept for the test."""
    return config.model.variant == "clustering"


def _judge(config: RunConfig, pictures: str, naming: bool) -> str:
    net = "average.model" if config.average else "model"
    hand = ["precision"] if half(config) else []
    last = [f"naming={naming}"] if _naming(config) else []
    words = [net, "prior", "usual", "normalise", *hand, pictures, *last]
    return f"found = evaluate({', '.join(words)})"


def validation(config: RunConfig) -> list[Line]:
    """What is found after an epoch; it leaves `found`, for early stopping."""
    knobs = ["average"] if config.average else []
    report = 'print(f"epoch {epoch + 1}  validation {told(found)}")'
    return [say(_judge(config, "*held", True), *knobs), *aside(report)]


def good(config: RunConfig) -> str:
    """What the best epoch has most of: right names, else little error and little distance."""
    return 'found["accuracy"]' if sorting(config) else '-found["loss"] - found["mmd"]'


def test(config: RunConfig) -> list[Line]:
    """What is found at the end."""
    judge = _judge(config, "test_images, test_labels", False)
    return aside(f'{judge}\nprint(f"test {{told(found)}}")')
