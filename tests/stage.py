"""What tests of pages share: a page set up alone, runs in every state, the URL."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.config import RunConfig, parse
from core.store import Row, Store

PAGES = Path(__file__).resolve().parents[1] / "pages"
STATES = ["queued", "running", "paused", "finished", "stopped", "crashed", "diverged", "failed"]
# A server looks once through all that is installed for components; a test's page would each time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def page(name: str, **address: str) -> AppTest:
    at = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    for key, value in address.items():
        at.query_params[key] = value
    return at.run()


def trained(store: Store, state: str = "finished", **changes) -> str:
    """A run in a state, with two epochs of curves."""
    config = parse(RunConfig().model_dump() | {"epochs": 2} | changes)
    run_id = store.create(config.model_dump(mode="json"))
    rows = [
        Row(seq, seq, seq // 3, name, value, seq / 10)
        for seq, (name, value) in enumerate(
            [
                ("train.loss", 2.3),
                ("train.accuracy", 0.1),
                ("val.accuracy", 0.4),
                ("train.loss", 1.2),
                ("val.accuracy", 0.8),
                ("test.accuracy", 0.75),
            ],
            start=1,
        )
    ]
    store.append(run_id, rows)
    done = {"step": 5, "total_steps": 5, "epoch": 2, "best_validation": 0.8, "seconds": 3.2}
    store.update(run_id, {"state": state, **done})
    return run_id


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button if button.key}


def address(at: AppTest, name: str) -> str:
    """A value of the page's URL; the test's own values come as lists."""
    value = at.query_params[name]
    return value if isinstance(value, str) else value[-1]


def sound(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].message
    return at


def element(at: AppTest, key: str) -> Any:
    """What a drawn element of our own was told, None where it is not drawn."""
    found = [e.proto for e in at.get("bidi_component") if e.proto.id.endswith(f"-{key}")]
    return json.loads(found[0].json) if found else None
