"""The script of an autoencoder: every number of every step, as its run tells them."""

import re
from pathlib import Path
from typing import Any

import pytest

from core import measures, zoo
from core.config import RunConfig
from core.script import excerpt
from core.training import Run
from tests.telling import AUTOENCODERS, CHANGES, PAINTING, autoencoder, output

Rows = list[dict[str, float]]
# The prior's distance to itself, what another net makes of samples, and how fast it went.
UNSAID = {"floor", "samples", "balance", "lr", "speed"}


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a script does not say, its run need not find out."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr(measures, "floor", lambda _prior, _count: 1.0)


def rows(wanted: RunConfig) -> Rows:
    """Numbers as the run tells them, in the order in which the script prints them."""
    told = []
    for metrics in Run(wanted):
        short = {name.partition(".")[2] or name: x for name, x in metrics.values.items()}
        if short:
            told.append({name: x for name, x in short.items() if name not in UNSAID})
    return told


def spoken(text: str) -> Rows:
    """The numbers in what a script prints."""
    lines = [re.findall(r"([a-z]+) (-?\d+\.\d+)", line) for line in text.splitlines()]
    return [{name: float(number) for name, number in line} for line in lines]


def agree(ours: Rows, theirs: Rows) -> None:
    """The same names on each line, each number the same to 1e-6."""
    assert len(ours) == len(theirs) > 3
    for one, other in zip(ours, theirs, strict=True):
        assert other == pytest.approx(one, abs=1e-6)


@pytest.mark.parametrize("case", AUTOENCODERS)
def test_the_script_of_every_autoencoder_repeats_its_run(case: str, tmp_path: Path) -> None:
    wanted = autoencoder(AUTOENCODERS[case])
    agree(rows(wanted), spoken(output(wanted, tmp_path)))


@pytest.mark.parametrize("case", CHANGES)
def test_the_script_of_every_change_repeats_its_run(case: str, tmp_path: Path) -> None:
    wanted = autoencoder({}, **CHANGES[case])
    agree(rows(wanted), spoken(output(wanted, tmp_path)))


def test_the_steps_are_told_by_the_names_of_the_run() -> None:
    """What is compared above is there: no step is left out of both."""
    told = rows(autoencoder({"variant": "semi"}))
    steps = {"loss", "discriminator", "generator", "label", "caught"}
    assert set(told[0]) == steps
    assert set(told[-1]) == {"loss", "mmd", "spread", "accuracy"}


# The excerpt ----------------------------------------------------------------------------------


def lines(**knobs: Any) -> list[str]:
    return [line.text.strip() for line in excerpt(autoencoder(knobs))]


def after(told: list[str], step: str) -> list[str]:
    """The lines from a step's heading to the next one's."""
    start = next(n for n, line in enumerate(told) if line.startswith(f"# {step}: "))
    rest = told[start + 1 :]
    ends = [n for n, line in enumerate(rest) if line.startswith("# ") or line == "step += 1"]
    return rest[: ends[0]]


def test_the_excerpt_shows_the_three_steps_in_their_order() -> None:
    told = lines()
    heads = [line.split(":")[0] for line in told if line.startswith("# ")]
    assert heads == ["# Reconstruct", "# Discriminate", "# Fool"]
    assert "error = F.mse_loss(again, x)" in after(told, "Reconstruct")
    assert "telling = told_apart(verdicts)" in after(told, "Discriminate")
    assert "with still(judging):" in after(told, "Fool")
    for step in ("Reconstruct", "Discriminate", "Fool"):
        assert f"{step.lower()}.step()" in after(told, step)


def test_the_excerpt_shows_only_the_steps_that_a_variant_takes() -> None:
    for variant, count in {
        "plain": 3,
        "semi": 4,
        "clustering": 4,
        "autoencoder": 1,
        "vae": 1,
    }.items():
        told = lines(variant=variant)
        assert sum(line.startswith("# ") for line in told) == count, variant


@pytest.mark.parametrize(
    ("knobs", "step", "line"),
    [
        ({"regulariser": 0.3}, "Fool", "(0.3 * fooling).backward()"),
        ({"reconstruction": 2.0}, "Reconstruct", "loss = 2.0 * error"),
        ({"updates": 3}, "Discriminate", "for _ in range(3):"),
        ({"error": "absolute"}, "Reconstruct", "error = F.l1_loss(again, x)"),
        ({"encoder": "universal"}, "Fool", "said = model.judge(code.z)"),
        ({"guided": True}, "Fool", "said = model.judge(code.z, truth)"),
        ({"variant": "clustering"}, "Agree", "(-4.0 * agreed).backward()"),
        ({"variant": "clustering", "agreement": 1.0}, "Agree", "(-agreed).backward()"),
        ({"variant": "vae"}, "Reconstruct", "loss = error + share * divergence"),
    ],
)
def test_a_step_says_the_settings(knobs: dict[str, Any], step: str, line: str) -> None:
    assert line in after(lines(**knobs), step)


CHANGED = {
    "variant": "supervised",
    "net": "conv",
    "encoder": "gaussian",
    "code": 4,
    "prior": "ring",
    "guided": True,
    "clusters": 8,
    "agreement": 2.0,
    "width": 64,
    "dropout": 0.1,
    "error": "absolute",
    "reconstruction": 2.0,
    "regulariser": 2.0,
    "rate_discriminator": 0.5,
    "rate_fooling": 0.5,
    "updates": 2,
}


@pytest.mark.parametrize("knob", CHANGED)
def test_every_knob_of_the_net_writes_lines_that_are_marked(knob: str) -> None:
    before = {(line.text, line.knobs) for line in excerpt(autoencoder({}))}
    now = excerpt(autoencoder({knob: CHANGED[knob]}))
    new = [line for line in now if (line.text, line.knobs) not in before]
    assert any(f"model.{knob}" in line.knobs for line in new)


def test_a_painting_is_written_once_and_only_where_it_is_the_prior() -> None:
    told = lines(prior="painted", painting=PAINTING)
    start = told.index("PAINTING = (")
    letters = "".join(line.strip('"') for line in told[start + 1 : told.index(")", start)])
    assert letters == PAINTING
    assert 'prior = Painted("painted", code=2, parts=10, painting=PAINTING)' in told
    assert 'painting="",' in lines(prior="ring", painting=PAINTING)
