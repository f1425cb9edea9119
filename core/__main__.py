"""The command line: `python -m core …`, the second customer that keeps the core honest."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from core import commands, insight, supplies

Verb = Callable[[argparse.Namespace, commands.Say], None]


class Voice:
    """Results on stdout, asides and progress on stderr."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.percent = -1

    def __call__(self, line: dict[str, Any], text: str) -> None:
        """A JSON object per line with --json, else text for the eye."""
        print(json.dumps(line) if self.as_json else text, flush=True)

    def aside(self, text: str) -> None:
        """One line on stderr."""
        print(text, file=sys.stderr)

    def progress(self, done: int, total: int) -> None:
        """A percentage that does not flood a log."""
        percent = 100 * done // max(total, 1)
        if percent != self.percent and sys.stderr.isatty():
            self.percent = percent
            print(f"\r{percent:3d} %", end="\n" if done >= total else "", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON object per line")
    parser = argparse.ArgumentParser("python -m core", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name: str, run: Verb, help: str, of: Any = verbs) -> Any:
        made = of.add_parser(name, parents=[shared], help=help, description=help)
        made.set_defaults(run_verb=run)
        return made

    verb("list", commands.menus, "the menus: models, sets, optimisers, schedules")
    data = verbs.add_parser("data", help="list, download or import sets of pictures")
    kinds = data.add_subparsers(dest="kind", required=True)
    verb("list", commands.data_list, "every set and its state", kinds)
    verb("download", commands.data_download, "fetch a known set", kinds).add_argument("name")
    into = verb(
        "import", commands.data_import, "take in a folder, zip or tar of class folders", kinds
    )
    into.add_argument("name")
    into.add_argument("path")
    _train_flags(verb("train", commands.train, "train a net and keep it as a run"))
    verb("runs", commands.runs, "all runs, newest first")
    _net_flags(verb)
    _attention_flags(verb("attention", insight.attention, "a ViT's attention maps of a picture"))
    _sample_flags(verb("sample", insight.sample, "pictures from an autoencoder's prior"))
    _zoo_flags(verb)
    hub = verbs.add_parser("hub", help="list or fetch nets of torchvision that know ImageNet")
    kinds = hub.add_subparsers(dest="kind", required=True)
    verb("list", supplies.hub_list, "the usual ones, and whether they are here", kinds)
    verb("download", supplies.hub_download, "fetch one", kinds).add_argument("name")
    _serve_flags(verb("serve", commands.serve, "open the app in the browser"))
    verb("bench", commands.bench, "measure the speed claims").add_argument("only", nargs="*")
    return parser


def _zoo_flags(verb: Callable[..., Any]) -> None:
    kinds = verb("zoo", supplies.zoo, "the trained nets that came along").add_subparsers()
    adding = verb("add", supplies.zoo_add, "put what a finished run has learned there", kinds)
    adding.add_argument("run", help="the run's id")
    adding.add_argument("name", help="what the net is called there, as in zoo:NAME")
    making = verb("make", supplies.zoo_make, "train its nets by their recipes", kinds)
    making.add_argument("names", nargs="*", help="which; all; those not here when left out")


def _net_flags(verb: Callable[..., Any]) -> None:
    for name, run, help in (
        ("evaluate", commands.evaluate, "accuracy and confusion matrix on test pictures"),
        ("predict", commands.predict, "classes and probabilities for pictures"),
    ):
        made = verb(name, run, help)
        made.add_argument("run", help="the run's id, or zoo:NAME")
        made.add_argument("--checkpoint", default="last", help="last, best, epoch-003, …")
        if name == "evaluate":
            source = made.add_mutually_exclusive_group()
            source.add_argument("--data", help="a set's test pictures (default: the run's own)")
            source.add_argument("--folder", help="a folder with a sub-folder per class")
        else:
            made.add_argument("images", nargs="+")
            made.add_argument("--top", type=int, default=3, help="classes shown per picture")
    baking = verb("bake", commands.bake, "a finished run as one small file to play again")
    baking.add_argument("run", help="the run's id")
    baking.add_argument("--out", required=True, help="the file to write")
    exporting = verb("export", commands.export, "a run as a file for other programs")
    exporting.add_argument("run", help="the run's id, or zoo:NAME")
    exporting.add_argument("--format", required=True, choices=("safetensors", "script"))
    exporting.add_argument("--out", required=True, help="the file to write")
    exporting.add_argument("--checkpoint", default="", help="last, best, epoch-003, …")


def _attention_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the run's id, or zoo:NAME")
    parser.add_argument("image")
    parser.add_argument("--out", required=True, help="the .npz file to write")
    parser.add_argument(
        "--class", dest="of", metavar="NAME", default="", help="for relevance (default: its answer)"
    )
    parser.add_argument("--checkpoint", default="last", help="last, best, epoch-003, …")


def _sample_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="the run's id, or zoo:NAME")
    parser.add_argument("--n", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same samples")
    parser.add_argument("--component", type=int, help="only from this part of the prior")
    parser.add_argument("--content", type=int, help="class or cluster that the decoder is told")
    parser.add_argument("--temperature", type=float, default=1.0, help="1 is the prior itself")
    parser.add_argument("--out", required=True, help="the .png or .npz file to write")
    parser.add_argument("--checkpoint", default="last", help="last, best, epoch-003, …")


def _serve_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--headless", action="store_true", help="open no browser window")


def _train_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="set of pictures (default: mnist-5k)")
    parser.add_argument("--model", help="architecture (default: cnn)")
    parser.add_argument("--branch", metavar="RUN[:TAG]", help="go on from a run's checkpoint")
    parser.add_argument("--optimizer")
    parser.add_argument("--schedule")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="key=value")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with one sentence on stderr for bad input."""
    arguments = _parser().parse_args(words)
    try:
        arguments.run_verb(arguments, Voice(arguments.json))
    except (ValueError, LookupError) as problem:
        print(problem.args[0] if problem.args else problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the last flush is quiet
        return 141
    return 0


if __name__ == "__main__":
    sys.exit(main())
