"""What a script says of a net that names pictures: its step, its judging, its numbers."""

from core import objectives
from core.config import RunConfig
from core.pack import Card
from core.script import rules
from core.script.lines import Line, aside, say, under
from core.script.net import half
from core.script.pictures import varied
from core.script.sources import Sources

BEGIN = "seen, total = 0, 0.0"
COUNT = """\
seen, total = seen + len(chosen), total + loss.item() * len(chosen)
if step == 1 or step % every == 0:
    print(f"step {step}  loss {total / seen:.7f}")
    seen, total = 0, 0.0"""


def need(config: RunConfig, sources: Sources) -> None:
    """Take what the lines below use."""
    if config.data.mixup:
        for name in ("partners", "mix"):
            sources.take("core.augment", name)


def judging(config: RunConfig) -> list[Line]:
    """The function that scores a net."""
    hand = ["precision: torch.autocast"] if half(config) else []
    heads = ["net: nn.Module", "normalise: Normalise", *hand]
    heads += ["images: torch.Tensor", "labels: torch.Tensor"]
    signature = "\n".join(f"    {head}," for head in heads)
    answer = "(net(x) + net(x.flip(3))) / 2" if config.mirror else "net(x)"
    asking = f"        logits = {answer}"
    if half(config):
        asking = f"        with precision:\n            logits = {answer}"
    size = objectives.EVALUATION_BATCH
    return aside(f'''

@torch.inference_mode()
def evaluate(
{signature}
) -> tuple[float, float]:
    """Loss and share of right answers, means over all pictures."""
    net.eval()
    loss = right = 0.0
    for pictures, truth in zip(images.split({size}), labels.split({size}), strict=True):
        x = normalise(pictures).contiguous(memory_format=torch.channels_last)
{asking}
        loss += F.cross_entropy(logits.float(), truth).item() * len(truth)
        right += int((logits.argmax(1) == truth).sum())
    return loss / len(labels), right / len(labels)''')


def groups(config: RunConfig) -> list[rules.Group]:
    """Who learns together: all of the net."""
    return [rules.Group()]


def parts(config: RunConfig) -> list[Line]:
    """Names for the weights of each group: a net that learns as one needs none."""
    return []


def prepared(config: RunConfig, card: Card, sources: Sources) -> list[Line]:
    """What is needed beside net and optimisers: nothing."""
    return []


def given(config: RunConfig, sources: Sources) -> list[Line]:
    """A batch as the net gets it."""
    return [
        say("pictures, truth = images[chosen], labels[chosen]"),
        *varied(config, sources),
        say("x = normalise(pictures).contiguous(memory_format=torch.channels_last)"),
    ]


def step(config: RunConfig) -> list[Line]:
    """Forward, loss, backward, step."""
    smooth = f", label_smoothing={config.smoothing!r}" if config.smoothing else ""
    told = ("smoothing",) if config.smoothing else ()
    lines = [say("model.zero_grad()")]
    if config.data.mixup:
        call = f"share, partner = partners(len(x), {config.data.mixup!r})"
        lines += [say(call, "data.mixup"), say("x = mix(x, share, partner)", "data.mixup")]
    if half(config):
        lines += under("precision", [say("logits = model(x).float()")])
    else:
        lines.append(say("logits = model(x)", "precision"))
    lines.append(say(f"loss = F.cross_entropy(logits, truth{smooth})", *told))
    if config.data.mixup:
        lines += [
            say("other = truth[partner.to(device)]", "data.mixup"),
            say(f"second = F.cross_entropy(logits, other{smooth})", "data.mixup", *told),
            say("loss = share * loss + (1 - share) * second", "data.mixup"),
        ]
    lines += aside(
        "if not math.isfinite(loss.item()):\n"
        '    raise SystemExit(f"diverged at step {step + 1}: lower the learning rate")'
    )
    lines.append(say("loss.backward()"))
    if config.clip:
        clip = f"nn.utils.clip_grad_norm_(model.parameters(), {config.clip!r})"
        lines.append(say(clip, "clip"))
    return [*lines, *(say(f"{name}.step()") for name in rules.names(config, rules.Group()))]


def _judge(config: RunConfig, pictures: str) -> str:
    net = "average.model" if config.average else "model"
    hand = ", precision" if half(config) else ""
    return f"loss, accuracy = evaluate({net}, normalise{hand}, {pictures})"


def validation(config: RunConfig) -> list[Line]:
    """What is found after an epoch; it leaves `accuracy`, for early stopping."""
    knobs = [name for name in ("average", "mirror") if getattr(config, name)]
    report = 'print(f"epoch {epoch + 1}  validation loss {loss:.7f}  accuracy {accuracy:.4f}")'
    return [say(_judge(config, "*held"), *knobs), *aside(report)]


def good(config: RunConfig) -> str:
    """What the best epoch has most of."""
    return "accuracy"


def test(config: RunConfig) -> list[Line]:
    """What is found at the end."""
    judge = _judge(config, "test_images, test_labels")
    return aside(f'{judge}\nprint(f"test loss {{loss:.7f}}  accuracy {{accuracy:.4f}}")')
