"""What each command of the command line does; it speaks only through the `say` it is given."""

import json
from argparse import Namespace as Arguments
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol


class Say(Protocol):
    """Where a command's words go."""

    def __call__(self, line: dict[str, Any], text: str) -> None:
        """One result: as a JSON object, or as text for the eye."""

    def aside(self, text: str) -> None:
        """Something worth knowing that is not a result."""

    def progress(self, done: int, total: int) -> None:
        """How far a long command has come."""


def menus(arguments: Arguments, say: Say) -> None:
    """The menus: models, sets, optimisers, schedules."""
    from core import catalog

    found: dict[str, dict[str, Any]] = {
        "models": catalog.MODELS,
        "datasets": catalog.DATASETS,
        "optimizers": catalog.OPTIMIZERS,
        "schedules": catalog.SCHEDULES,
    }
    for kind, menu in found.items():
        for name, spec in menu.items():
            line: dict[str, Any] = {"menu": kind, "name": name, "label": spec.label}
            if hasattr(spec, "config"):
                fields = spec.config.model_json_schema()["properties"]
                line |= {"theory": spec.theory, "paper": spec.paper}
                line["settings"] = {k: v.get("default") for k, v in fields.items() if k != "name"}
            say(line, f"{kind:<11} {name:<14} {spec.label}")


def data_list(arguments: Arguments, say: Say) -> None:
    """Every set with its state."""
    from core.data import installed

    for info in installed():
        text = (
            f"{info.name:<16} {info.state:<8} {sum(info.train):>7} train {sum(info.test):>7} test"
        )
        say(asdict(info), text)


def data_download(arguments: Arguments, say: Say) -> None:
    """Fetch a known set."""
    from core.download import download

    download(arguments.name, say.progress)
    say({"name": arguments.name, "state": "ready"}, f"{arguments.name} is ready")


def data_import(arguments: Arguments, say: Say) -> None:
    """Take in a folder, zip or tar."""
    from core.imports import import_set

    report = import_set(arguments.name, Path(arguments.path), say.progress)
    text = f"{report.name}: {report.train} train and {report.test} test pictures"
    for what, count in report.skipped.items():
        text += f"\nskipped {count}: {what}"
    for warning in report.warnings:
        text += f"\nwarning: {warning}"
    say(asdict(report), text)


def _made(arguments: Arguments, store: Any, say: Say) -> str:
    """A new run by the flags, from nothing; what it begins with is fetched."""
    from core.data import ensure
    from core.settings import assemble
    from core.transfer import fetch_base

    config = assemble(
        arguments.data or "mnist-5k",
        arguments.model or "cnn",
        arguments.optimizer,
        arguments.schedule,
        arguments.epochs,
        arguments.seed or 0,
        arguments.set,
    )
    ensure(config.data.name)  # a set that is not here is said before there is a run
    fetch_base(config.model, say.progress)
    return str(store.create(config.model_dump(mode="json"), owner="cli", state="running"))


def _branched(arguments: Arguments, store: Any) -> str:
    """A new run from another one's checkpoint, changed by the flags."""
    from core.branch import branch, origin
    from core.settings import amend

    run_id, _, tag = arguments.branch.partition(":")
    source = origin(store, run_id, tag)
    values = source.config.model_dump()
    for part in ("data", "model"):
        if (name := getattr(arguments, part)) and name != values[part]["name"]:
            raise ValueError(f"a branch keeps its parent's {part}: leave --{part} out")
    if arguments.seed is not None:
        values["seed"] = arguments.seed
    config = amend(values, arguments.optimizer, arguments.schedule, arguments.epochs, arguments.set)
    return branch(store, source, config, owner="cli", state="running")


def train(arguments: Arguments, say: Say) -> None:
    """Train here and now, kept as a run like any other."""
    from core.store import Store
    from core.training import Metrics
    from core.worker import execute

    store = Store()
    run_id = _branched(arguments, store) if arguments.branch else _made(arguments, store, say)

    def echo(metrics: Metrics) -> None:
        if metrics.moment in ("epoch", "end"):
            values = {name: round(value, 6) for name, value in metrics.values.items()}
            line = {"run": run_id, "step": metrics.step, "epoch": metrics.epoch} | values
            shown = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
            say(line, f"epoch {metrics.epoch:<3} step {metrics.step:<6} {shown}")

    device = execute(run_id, store.url, echo=echo, alarm=say.aside)
    row = store.get(run_id)
    if row.state != "finished":
        raise ValueError(row.error or f"the run ended as {row.state}")
    last = {
        "run": run_id,
        "test_accuracy": row.test_accuracy,
        "images_per_second": round(row.speed or 0.0, 1),
        "seconds": round(row.seconds or 0.0, 3),
        "device": device,
    }
    say(last, "  ".join(f"{key} {value}" for key, value in last.items()))


def runs(arguments: Arguments, say: Say) -> None:
    """All runs, newest first."""
    from core.live import shown
    from core.store import Store

    for row in Store().runs():
        line = asdict(row) | {"config": shown(row.config)}
        config = row.config
        reached = "-" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
        text = (
            f"{row.id} {row.state:<9} {config['data']['name']:<12} {config['model']['name']:<5} "
            f"{config['optimizer']['name']:<9} test {reached:<6}  {row.name}"
        )
        say(line, text)


def _predictor(arguments: Arguments) -> Any:
    from core.inference import open_predictor

    return open_predictor(arguments.run, arguments.checkpoint)


def evaluate(arguments: Arguments, say: Say) -> None:
    """Accuracy and confusion on test pictures."""
    from core import scoring
    from core.data import load

    predictor = _predictor(arguments)
    if arguments.folder:
        found = scoring.from_folders(predictor, Path(arguments.folder))
        for reason in found.skipped:
            say.aside(f"skipped: {reason}")
        score = predictor.evaluate(found.images, found.labels)
    else:
        pictures = load(arguments.data or predictor.card["data"])
        score = predictor.evaluate(pictures.test_images, pictures.test_labels)
    line = {
        "top1": score.means["accuracy"],
        "n": score.count,
        "confusion": score.confusion.tolist(),
    }
    say(line, f"top-1 {line['top1']:.4f} on {score.count} pictures")


def predict(arguments: Arguments, say: Say) -> None:
    """Classes and probabilities, a line per picture."""
    from core.imaging import open_picture

    predictor = _predictor(arguments)
    failed = 0
    for name in arguments.images:
        try:
            picture = open_picture(Path(name), Path(name).name)
        except ValueError as problem:
            say.aside(str(problem))
            failed += 1
            continue
        (answer,) = predictor.predict([picture])
        pairs = list(zip(answer.names, answer.probabilities, strict=True))[: arguments.top]
        text = "  ".join(f"{name} {share:.3f}" for name, share in pairs)
        say({"file": name, "top": pairs}, f"{name}: {text}")
    if failed:
        raise ValueError(f"{failed} of {len(arguments.images)} pictures could not be read")


def bake(arguments: Arguments, say: Say) -> None:
    """A finished run as one small file that pages can play again."""
    from core.bake import bake
    from core.checkpoint import write_whole
    from core.store import Store

    data = json.dumps(bake(Store(), arguments.run), separators=(",", ":")).encode()
    write_whole(Path(arguments.out), data)
    say({"out": arguments.out, "bytes": len(data)}, f"{arguments.out}: {len(data):,} bytes")


def export(arguments: Arguments, say: Say) -> None:
    """A run's weights, or the script that goes through its numbers."""
    from core.export import differs, export
    from core.store import Store

    store, run, form = Store(), arguments.run, arguments.format
    size = export(store, run, form, Path(arguments.out), arguments.checkpoint)
    for reason in differs(store, run) if form == "script" else ():
        say.aside(f"note: {reason}")
    line = {"run": run, "format": form, "out": arguments.out, "bytes": size}
    say(line, f"{arguments.out}: {size:,} bytes")


def serve(arguments: Arguments, say: Say) -> None:
    """Open the app."""
    from core.server import serve

    serve(arguments.host, arguments.port, headless=arguments.headless)


def bench(arguments: Arguments, say: Say) -> None:
    """Measure the speed claims."""
    from benchmarks.run import main

    main(arguments.only)
