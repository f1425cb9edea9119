"""What the commands about trained nets do: the zoo that came along, the hub to fetch from."""

from argparse import Namespace as Arguments
from dataclasses import asdict

from core.commands import Say


def zoo(arguments: Arguments, say: Say) -> None:
    """Every net of the zoo."""
    from core.zoo import entries

    for entry in entries():
        line = asdict(entry)
        del line["folder"]
        accuracy = "   -  " if entry.accuracy is None else f"{entry.accuracy:.4f}"
        text = f"{entry.name:<16} {entry.data:<12} {accuracy} {entry.parameters:>11,} parameters"
        say(line, f"{text} {entry.bytes:>12,} bytes")


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
