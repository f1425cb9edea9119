"""A run as one file that needs only torch and torchvision, made from the house's own sources."""

from collections.abc import Callable, Iterable
from types import ModuleType

from core.config import RunConfig
from core.data import ensure
from core.pack import Card
from core.script import adversarial, classify, loop, net, rules
from core.script.lines import Line, indented, joined
from core.script.pictures import known, loading
from core.script.sources import Sources
from models import MODELS, classifies

__all__ = ["Line", "excerpt", "script"]

WIDTH = 80


def script(config: RunConfig) -> str:
    """The whole run as a Python file that goes through the same numbers.

    Raises:
        ValueError: the set is not here, the net does not fit its pictures, or it begins from
            weights that no script can hold.
    """
    card = _card(config)
    sources = Sources()
    part = _part(config)
    building = net.building(config, card, part, sources)
    training = loop.training(config, part, sources)
    factor = rules.factor(config, sources)
    opening = joined(loading(card, sources))
    main = ["def main() -> None:", '    """Train, judge after every epoch, test at the end."""']
    sections = {
        "": joined(net.settings(config, card)),
        "The network": sources.text(lambda place: place.startswith("models")),
        "The pictures": opening.strip() + "\n\n\n" + sources.text(_of("batches", "augment")),
        "The prior": sources.text(_of("prior", "painting", "priors")),
        "The steps": _spaced(sources.text(_of("schedules")), joined(factor)),
        "The optimiser": sources.text(_of("muon")),
        "The training": _spaced(
            sources.text(_of("average", "device", "taught")),
            sources.text(_of("verdicts", "agreement", "measures", "tally", "census")),
            joined(part.judging(config)).strip(),
            "\n".join([*main, joined(indented([*building, *training]))]),
        ),
    }
    body = "\n\n\n".join(_section(name, text) for name, text in sections.items() if text.strip())
    end = '\n\n\nif __name__ == "__main__":\n    main()\n'
    return f"{_opening(config, card)}\n\n{sources.imported()}\n\n{body}{end}"


def _card(config: RunConfig) -> Card:
    """The pictures of a run that can be told as a script."""
    if MODELS[config.model.name].trained:
        raise ValueError(
            "a transfer run begins from weights that no script can hold: export it as safetensors"
        )
    return ensure(config.data.name)


def _part(config: RunConfig) -> ModuleType:
    """What a script says of this kind of net only."""
    return classify if classifies(config.model.name) else adversarial


def _of(*names: str) -> Callable[[str], bool]:
    return lambda place: place in {f"core.{name}" for name in names}


def _spaced(*texts: str) -> str:
    return "\n\n\n".join(text for text in texts if text.strip())


def _section(name: str, text: str) -> str:
    return f"# {name} {'-' * (WIDTH - len(name))}\n\n\n{text.strip()}" if name else text.strip()


def _opening(config: RunConfig, card: Card) -> str:
    label = MODELS[config.model.name].label
    words = "" if known(card) else " --pack FOLDER"
    return f'''"""{label} on {card.name}: a run of the Vision Playground as a script of its own.

It needs torch and torchvision only, and goes through the same numbers as the run: same start,
same batches, same chance, as long as torch and the number of threads are the same.

    OMP_NUM_THREADS=1 python script.py{words}
"""'''


def excerpt(config: RunConfig) -> list[Line]:
    """The script's lines that say the choices, without the parts that are always the same.

    Raises:
        ValueError: as `script`.
    """
    card = _card(config)
    sources, part = Sources(), _part(config)
    parts = [
        net.settings(config, card),
        net.building(config, card, part, sources),
        rules.factor(config, sources),
        loop.training(config, part, sources),
    ]
    return _brief(parts)


def _brief(parts: Iterable[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for part in parts:
        chosen = [line for line in part if line.brief]
        if chosen:
            lines += [Line(""), *chosen] if lines else chosen
    return lines
