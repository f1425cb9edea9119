"""Contestants of a duel see identical batches, whatever else they differ in."""

import pytest
import torch

from core.config import RunConfig
from core.training import Run
from tests.ring import RIVALS, config


def watched(config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> tuple[list, list, list]:
    """Indices of every batch, of every validation, and the raw pictures that went in, of a run."""
    run = Run(config)
    learned, raw, judged = [], [], []
    step, scored = run._batch, run.scored

    def batch(indices: torch.Tensor) -> dict[str, float]:
        learned.append(indices.tolist())
        raw.append(run.images[indices])
        return step(indices)

    def score(indices: torch.Tensor):
        judged.append(indices.tolist())
        return scored(indices)

    monkeypatch.setattr(run, "_batch", batch)
    monkeypatch.setattr(run, "scored", score)
    for _ in run:
        pass
    return learned, raw, judged


def test_contestants_see_identical_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    first, pictures, judged = watched(RIVALS[0], monkeypatch)
    assert len(first) == 16 and len(judged) == 2 and len(judged[0]) > 50
    assert first[:8] != first[8:]  # each epoch has an order of its own
    assert sorted(sum(first[:8], [])) == sorted(sum(first[8:], []))
    assert not set(sum(first, [])) & set(judged[0])
    for rival in RIVALS[1:]:
        learned, raw, seen = watched(rival, monkeypatch)
        assert learned == first and seen == judged
        assert all(map(torch.equal, raw, pictures))
    assert watched(config(seed=1), monkeypatch)[0] != first
