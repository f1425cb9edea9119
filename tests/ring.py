"""What tests of duels share: contestants, duels on their way and over, what a page says."""

from streamlit.testing.v1 import AppTest

from core.config import RunConfig, parse
from core.store import Row, Store
from tests.workshop import settings


def config(epochs: int = 2, **changes) -> RunConfig:
    return parse(settings(epochs, **changes))


RIVALS = [
    config(),
    config(optimizer={"name": "sgd", "lr": 0.5}),
    config(model={"name": "cnn", "widths": (4,), "norm": True}, precision="fp32"),
    config(model={"name": "lstm", "width": 8}, optimizer={"name": "muon"}),
    config(model={"name": "vit", "width": 16, "depth": 1, "heads": 2, "dropout": 0.3}),
    config(data=settings()["data"] | {"shift": 2, "mixup": 0.4}, smoothing=0.1, average=0.9),
]


def hold(store: Store, count: int = 3, **changes) -> str:
    """A duel of SGD, momentum and Adam, waiting."""
    configs = [settings(optimizer={"name": name}) for name in ("sgd", "momentum", "adam")[:count]]
    return store.create_duel(configs, names=[""] * count, **changes)


def end(store: Store, run_id: str, share: float | None, state: str = "finished") -> None:
    """Bring a run to its end: a validation per second, the last at `share`."""
    values = [(share or 0) - 0.1, share or 0]
    store.append(run_id, [Row(i, 8 * i, i, "val.accuracy", v, i) for i, v in enumerate(values, 1)])
    done = {"step": 16, "total_steps": 16, "epoch": 2, "best_validation": share, "seconds": 2.0}
    store.update(run_id, {"state": state, "test_accuracy": share, "speed": 1000.0, **done})


def said(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.warning, *at.success, *at.error, *at.toast]
    return " ".join(part.value for part in parts).replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def charts(at: AppTest) -> int:
    return len(at.get("bidi_component"))
