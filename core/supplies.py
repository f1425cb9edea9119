"""What the commands about trained nets do: the zoo that came along, the hub to fetch from."""

from argparse import Namespace as Arguments
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.commands import Say

if TYPE_CHECKING:
    from core.zoo import Entry


def zoo(arguments: Arguments, say: Say) -> None:
    """Every net of the zoo."""
    from core.zoo import entries

    for entry in entries():
        _tell(entry, say)


def _tell(entry: "Entry", say: Say) -> None:
    line = asdict(entry)
    del line["folder"]
    accuracy = "   -  " if entry.accuracy is None else f"{entry.accuracy:.4f}"
    text = f"{entry.name:<16} {entry.data:<12} {accuracy} {entry.parameters:>11,} parameters"
    say(line, f"{text} {entry.bytes:>12,} bytes")


def zoo_add(arguments: Arguments, say: Say) -> None:
    """Put what a finished run has learned into the zoo."""
    from core.store import Store
    from core.zookeeper import add

    _tell(add(Store(), arguments.run, arguments.name), say)


def zoo_make(arguments: Arguments, say: Say) -> None:
    """Train nets of the zoo by their recipes."""
    from core.store import Store
    from core.training import Metrics
    from core.zookeeper import recipe, train, wanted

    def echo(metrics: Metrics) -> None:
        if metrics.moment in ("epoch", "end"):
            shown = "  ".join(f"{name} {value:.4f}" for name, value in metrics.values.items())
            say.aside(f"epoch {metrics.epoch:<3} {shown}")

    names = wanted(arguments.names)
    for name in names:
        recipe(name)  # all are known before the first is trained
    for name in names:
        say.aside(f"{name}:")
        _tell(train(Store(), name, say.progress, echo), say)


def hub_list(arguments: Arguments, say: Say) -> None:
    """The usual bases from torchvision and what is here already."""
    from core.hub import menu

    for known in menu():
        line = asdict(known) | {"file": str(known.file)}
        say(line, f"{known.name:<20} {known.state:<7} {known.bytes:>12,} bytes  {known.url}")


def hub_download(arguments: Arguments, say: Say) -> None:
    """Fetch and keep the weights of a net of torchvision."""
    from core.hub import download

    download(arguments.name, say.progress)
    say({"name": arguments.name, "state": "ready"}, f"{arguments.name} is ready")
