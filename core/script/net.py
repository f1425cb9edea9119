"""What a script does before the first step: its settings, its pictures, its net."""

from dataclasses import replace
from types import ModuleType

import torch

from core import batches
from core.config import RunConfig
from core.pack import Card
from core.script import rules
from core.script.lines import Line, aside, literal, say
from core.script.sources import Sources
from core.training import PREPARED
from models import MODELS, build

LETTERS = 64  # of a painting, on one line
CAST = "torch.autocast(device.type, dtype=torch.bfloat16"


def settings(config: RunConfig, card: Card) -> list[Line]:
    """The constants on top."""
    steady = config.schedule.name == "constant"
    rate = [say(f"LR = {config.optimizer.lr!r}", "optimizer.lr")]
    if steady:
        rate = [say(f"LR = {config.optimizer.lr!r}  # throughout", "optimizer.lr", "schedule.name")]
    return [
        say(f"SEED = {config.seed}  # same seed, same start, same order, same curve", "seed"),
        say(f"EPOCHS = {config.epochs}", "epochs"),
        say(f"BATCH = {config.batch}", "batch"),
        *rate,
        *_moments(config, card),
        *_painting(config),
    ]


def _moments(config: RunConfig, card: Card) -> list[Line]:
    """What pictures are normalised by, and the colour of what is erased where that is another."""
    own = "data.name"
    if not MODELS[config.model.name].signed:
        return [
            say(
                f"MEAN = {card.mean}  # per channel, of the training pictures, 0 to 1", "data.name"
            ),
            say(f"STD = {card.std}", own),
        ]
    mean, std = batches.moments(config, card.mean, card.std)
    lines = [say(f"MEAN = {mean}  # so that pictures lie in −1…1"), say(f"STD = {std}")]
    if config.data.erase:
        told = f"COLOUR = {card.mean}  # the mean of the training pictures, 0 to 1"
        lines.append(say(told, own, "data.erase"))
    return lines


def _painting(config: RunConfig) -> list[Line]:
    """The letters of a painted prior, on lines that are not too long."""
    if getattr(config.model, "prior", "") != "painted":
        return []
    letters = config.model.painting
    pieces = [letters[start : start + LETTERS] for start in range(0, len(letters), LETTERS)]
    lines = ["PAINTING = (", *(f"    {literal(piece)}" for piece in pieces), ")"]
    return [say(line, "model.painting") for line in lines]


def half(config: RunConfig) -> str:
    """How the arithmetic in bfloat16 is asked for; "" for float32."""
    if config.precision == "auto":
        fits = MODELS[config.model.name].bfloat16
        return f"{CAST}, enabled=fast_bfloat16(device))" if fits else ""
    return f"{CAST})" if config.precision == "bf16" else ""


def _split(config: RunConfig) -> list[Line]:
    """Which pictures are learned from, and which are kept back."""
    seed = f"torch.Generator().manual_seed({batches.SPLIT_SEED})"
    lines = [
        *aside("images, labels, test_images, test_labels = (part.to(device) for part in asked())"),
        *aside("normalise = Normalise(MEAN, STD, device)"),
        *aside(f"order = torch.randperm(len(labels), generator={seed})"),
        say(f"kept = max(1, round(len(order) * {config.data.validation!r}))", "data.validation"),
        say("train, validation = order[kept:], order[:kept]", "data.validation"),
    ]
    if limit := config.data.limit:
        lines.append(say(f"train = train[:{limit}]", "data.limit"))
    return [*lines, say("held = images[validation], labels[validation]", "data.validation")]


def _net(config: RunConfig, card: Card, sources: Sources) -> list[Line]:
    """The net, made from the seed."""
    made = MODELS[config.model.name].build
    sources.take(made.__module__, made.__name__)
    knobs = {key: literal(x) for key, x in config.model.model_dump(exclude={"name"}).items()}
    if "painting" in knobs:
        knobs["painting"] = "PAINTING" if config.model.prior == "painted" else '""'
    shape = {"channels": card.channels, "image": card.size, "classes": len(card.classes)}
    return [
        say("torch.manual_seed(SEED)", "seed"),
        say(f"model = {made.__name__}(", "model.name"),
        *(say(f"    {key}={value},", f"model.{key}") for key, value in knobs.items()),
        *(say(f"    {key}={value},", "data.name") for key, value in shape.items()),
        say(").to(device, memory_format=torch.channels_last)"),
    ]


def _is_frozen_in_part(config: RunConfig, card: Card) -> tuple[bool, bool]:
    """Whether some of the net is not learned, and whether it looks at pictures before it begins."""
    with torch.device("meta"):
        net = build(
            config.model, channels=card.channels, image=card.size, classes=len(card.classes)
        )
    return not all(p.requires_grad for p in net.parameters()), hasattr(net, "prepare")


def building(config: RunConfig, card: Card, part: ModuleType, sources: Sources) -> list[Line]:
    """Everything before the first step; part as in `loop.training`."""
    frozen, prepared = _is_frozen_in_part(config, card)
    groups = part.groups(config)
    if frozen:
        groups = [replace(groups[0], weights="[p for p in model.parameters() if p.requires_grad]")]
    lines = [
        *aside('device = torch.device("cuda" if torch.cuda.is_available() else "cpu")'),
        *_split(config),
        *_net(config, card, sources),
        *part.parts(config),
        *(line for group in groups for line in rules.optimizers(config, group, sources)),
        *part.prepared(config, card, sources),
    ]
    if prepared:
        lines.append(say(f"model.prepare(normalise(images[train[:{PREPARED}]]))", "model.name"))
    if config.average:
        sources.take("core.average", "Average")
        lines.append(say(f"average = Average(model, {config.average!r})", "average"))
    if cast := half(config):
        lines.append(say(f"precision = {cast}", "precision"))
        if "fast" in cast:
            sources.take("core.device", "fast_bfloat16")
    if config.data.flip and config.data.alternate:
        lines.append(say("facing = sides(len(labels), SEED)", "data.alternate"))
    return [
        *lines,
        *aside("starts = batch_starts(len(train), BATCH)"),
        *aside("steps = EPOCHS * len(starts)"),
    ]
