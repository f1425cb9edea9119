"""The training loop of a script, with the chosen cures only."""

from types import ModuleType

from core.config import RunConfig
from core.script import rules
from core.script.lines import Line, aside, indented, say
from core.script.sources import Sources
from core.training import POINTS


def _rate(config: RunConfig, part: ModuleType) -> list[Line]:
    """The learning rate of the next step."""
    if config.schedule.name == "constant":
        return []
    rate = "LR * factor(step / steps)"
    named = [mover for group in part.groups(config) for mover in rules.movers(config, group)]
    if len(named) == 1:
        return [say(f'{named[0][0]}.param_groups[0]["lr"] = {rate}', "schedule.name")]
    return [
        say(f"rate = {rate}", "schedule.name"),
        *(
            say(f'{name}.param_groups[0]["lr"] = {rules.times(share, "rate")}')
            for name, share in named
        ),
    ]


def training(config: RunConfig, part: ModuleType, sources: Sources) -> list[Line]:
    """The loop over epochs and batches, and the test at the end.

    part is `classify` or `adversarial`, what the script says of this kind of net.
    """
    sources.imports |= {("math", "", "math"), ("torch.nn.functional", "", "F")}
    for name in ("Normalise", "batch_starts", "cut", "epoch_order", "epoch_seed"):
        sources.take("core.batches", name)
    part.need(config, sources)
    inner = [
        say("chosen = cut(order, starts, number)"),
        *part.given(config, sources),
        *_rate(config, part),
        *part.step(config),
        say("step += 1"),
        *([say("average.take(step)", "average")] if config.average else []),
        *aside(part.COUNT),
    ]
    begin = [
        say("order = epoch_order(train, SEED, epoch)"),
        *aside("torch.manual_seed(epoch_seed(SEED, epoch))  # chance in dropout and augmentation"),
        *aside(f"model.train()\n{part.BEGIN}"),
        say("for number in range(len(starts)):"),
    ]
    return [
        *aside(f"every = max(1, steps // {POINTS})  # steps from one printed loss to the next"),
        *_best(config)[0],
        say("step = 0"),
        say("for epoch in range(EPOCHS):", "epochs"),
        *indented([*begin, *indented(inner), *_after_epoch(config, part)]),
        *_best(config)[1],
        *part.test(config),
    ]


def _best(config: RunConfig) -> tuple[list[Line], list[Line]]:
    """What early stopping needs before and after the loop."""
    if not config.patience:
        return [], []
    net = "average.model" if config.average else "model"
    before = say("best, best_epoch, weights = -math.inf, 0, {}", "patience")
    return [before], [say(f"{net}.load_state_dict(weights)", "patience")]


def _after_epoch(config: RunConfig, part: ModuleType) -> list[Line]:
    net = "average.model" if config.average else "model"
    lines: list[Line] = part.validation(config)
    if config.patience:
        good = part.good(config)
        copy = "{name: value.clone() for name, value in " + net + ".state_dict().items()}"
        lines += [
            say(f"if {good} > best:", "patience"),
            say(f"    best, best_epoch = {good}, epoch", "patience"),
            say(f"    weights = {copy}", "patience"),
            say(f"elif epoch - best_epoch >= {config.patience}:", "patience"),
            say("    break", "patience"),
        ]
    return lines
