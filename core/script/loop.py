"""The training loop of a script, with the chosen cures only, and the judging."""

from core import objectives
from core.config import RunConfig
from core.script import rules
from core.script.lines import Line, aside, indented, say
from core.script.net import half
from core.script.pictures import varied
from core.script.sources import Sources
from core.training import POINTS


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


def _step(config: RunConfig) -> list[Line]:
    """Forward, loss, backward, step."""
    smooth = f", label_smoothing={config.smoothing!r}" if config.smoothing else ""
    told = ("smoothing",) if config.smoothing else ()
    lines = [say("model.zero_grad()")]
    if config.data.mixup:
        call = f"share, partner = partners(len(x), {config.data.mixup!r})"
        lines += [say(call, "data.mixup"), say("x = mix(x, share, partner)", "data.mixup")]
    if half(config):
        lines += [say("with precision:", "precision"), say("    logits = model(x).float()")]
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
    return [*lines, *(say(f"{name}.step()") for name in rules.names(config))]


def _rate(config: RunConfig) -> list[Line]:
    """The learning rate of the next step."""
    if config.schedule.name == "constant":
        return []
    rate = "LR * factor(step / steps)"
    named = list(zip(rules.names(config), rules.shares(config), strict=True))
    if len(named) == 1:
        return [say(f'{named[0][0]}.param_groups[0]["lr"] = {rate}', "schedule.name")]
    return [
        say(f"rate = {rate}", "schedule.name"),
        *(
            say(f'{name}.param_groups[0]["lr"] = {"" if share == 1 else f"{share:g} * "}rate')
            for name, share in named
        ),
    ]


def training(config: RunConfig, sources: Sources) -> list[Line]:
    """The loop over epochs and batches, and the test at the end."""
    sources.imports |= {("math", "", "math"), ("torch.nn.functional", "", "F")}
    for name in ("Normalise", "batch_starts", "cut", "epoch_order", "epoch_seed"):
        sources.take("core.batches", name)
    if config.data.mixup:
        for name in ("partners", "mix"):
            sources.take("core.augment", name)
    inner = [
        say("chosen = cut(order, starts, number)"),
        say("pictures, truth = images[chosen], labels[chosen]"),
        *varied(config, sources),
        say("x = normalise(pictures).contiguous(memory_format=torch.channels_last)"),
        *_rate(config),
        *_step(config),
        say("step += 1"),
        *([say("average.take(step)", "average")] if config.average else []),
        *aside(
            "seen, total = seen + len(chosen), total + loss.item() * len(chosen)\n"
            "if step == 1 or step % every == 0:\n"
            '    print(f"step {step}  loss {total / seen:.7f}")\n'
            "    seen, total = 0, 0.0"
        ),
    ]
    begin = [
        say("order = epoch_order(train, SEED, epoch)"),
        *aside("torch.manual_seed(epoch_seed(SEED, epoch))  # chance in dropout and augmentation"),
        *aside("model.train()\nseen, total = 0, 0.0"),
        say("for number in range(len(starts)):"),
    ]
    return [
        *aside(f"every = max(1, steps // {POINTS})  # steps from one printed loss to the next"),
        *_best(config)[0],
        say("step = 0"),
        say("for epoch in range(EPOCHS):", "epochs"),
        *indented([*begin, *indented(inner), *_after_epoch(config)]),
        *_best(config)[1],
        *_test(config),
    ]


def _judge(config: RunConfig, pictures: str) -> str:
    net = "average.model" if config.average else "model"
    hand = ", precision" if half(config) else ""
    return f"loss, accuracy = evaluate({net}, normalise{hand}, {pictures})"


def _best(config: RunConfig) -> tuple[list[Line], list[Line]]:
    """What early stopping needs before and after the loop."""
    if not config.patience:
        return [], []
    net = "average.model" if config.average else "model"
    before = say("best, best_epoch, weights = -math.inf, 0, {}", "patience")
    return [before], [say(f"{net}.load_state_dict(weights)", "patience")]


def _after_epoch(config: RunConfig) -> list[Line]:
    net = "average.model" if config.average else "model"
    judge = _judge(config, "*held")
    knobs = [*(["average"] if config.average else []), *(["mirror"] if config.mirror else [])]
    report = 'print(f"epoch {epoch + 1}  validation loss {loss:.7f}  accuracy {accuracy:.4f}")'
    lines = [say(judge, *knobs), *aside(report)]
    if config.patience:
        copy = "{name: value.clone() for name, value in " + net + ".state_dict().items()}"
        lines += [
            say("if accuracy > best:", "patience"),
            say("    best, best_epoch = accuracy, epoch", "patience"),
            say(f"    weights = {copy}", "patience"),
            say(f"elif epoch - best_epoch >= {config.patience}:", "patience"),
            say("    break", "patience"),
        ]
    return lines


def _test(config: RunConfig) -> list[Line]:
    judge = _judge(config, "test_images, test_labels")
    return aside(f'{judge}\nprint(f"test loss {{loss:.7f}}  accuracy {{accuracy:.4f}}")')
