"""The loading lab: what torch's samplers, loaders and transforms really give."""

import ast
import json
import subprocess
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils import data

from core.config import RunConfig
from core.data import load
from core.labs import collate, loading, samplers, transforms, workers
from core.labs.samplers import KINDS, Choice, epoch
from core.training import Run

LABELS = [0] * 12 + [1] * 6 + [2] * 2


def flat(batches: list[list[int]]) -> list[int]:
    return [index for batch in batches for index in batch]


def test_the_set_is_uneven_and_its_items_are_real_digits() -> None:
    digits = samplers.Digits(samplers.UNEVEN)
    assert len(digits) == 20 and samplers.counts(digits.labels) == [12, 6, 2]
    pictures = load(samplers.SET)
    picture, label = digits[4]
    here = (pictures.train_images == picture).flatten(1).all(1).nonzero()
    name = pictures.classes[int(pictures.train_labels[int(here[0])])]
    assert list(samplers.UNEVEN)[label] == name


def test_in_order_at_random_and_a_part() -> None:
    assert flat(epoch(Choice("SequentialSampler"), LABELS)) == list(range(20))
    drawn = flat(epoch(Choice("RandomSampler"), LABELS))
    assert sorted(drawn) == list(range(20)) and drawn != list(range(20))
    wanted = list(data.RandomSampler(range(20), generator=torch.Generator().manual_seed(0)))
    assert drawn == wanted
    part = flat(epoch(Choice("SubsetRandomSampler"), LABELS))
    assert sorted(part) == list(range(samplers.SUBSET))


@given(st.integers(1, 20), st.booleans(), st.sampled_from(KINDS), st.integers(0, 3))
def test_batches_are_as_large_as_asked(size: int, drop: bool, kind: str, number: int) -> None:
    made = epoch(Choice(kind, size, drop), LABELS, number)
    count = len(flat(epoch(Choice(kind, 1), LABELS, number)))
    assert len(made) == (count // size if drop else -(-count // size))
    assert all(len(batch) == size for batch in made[:-1])
    if drop:
        assert all(len(batch) == size for batch in made)


def test_another_epoch_is_another_order_unless_the_distributed_sampler_is_not_told() -> None:
    for kind in ("RandomSampler", "WeightedRandomSampler", "DistributedSampler"):
        assert epoch(Choice(kind), LABELS, 0) != epoch(Choice(kind), LABELS, 1)
        assert epoch(Choice(kind), LABELS, 1) == epoch(Choice(kind), LABELS, 1)
    assert epoch(Choice("SequentialSampler"), LABELS, 3) == epoch(
        Choice("SequentialSampler"), LABELS
    )


def test_replicas_share_the_set_among_themselves() -> None:
    parts = [set(flat(epoch(Choice("DistributedSampler"), LABELS, 2, rank))) for rank in (0, 1)]
    assert not parts[0] & parts[1] and parts[0] | parts[1] == set(range(20))


def test_weights_even_the_classes() -> None:
    many = [
        LABELS[index]
        for seed in range(60)
        for index in flat(epoch(Choice("WeightedRandomSampler", seed=seed), LABELS))
    ]
    shares = np.array(samplers.counts(many)) / len(many)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.05)
    by_class = Counter()
    for label, weight in zip(LABELS, samplers.weights(LABELS), strict=True):
        by_class[label] += weight
    assert [by_class[k] for k in range(3)] == pytest.approx([1, 1, 1])
    assert samplers.SHARES[samplers.asked()] == pytest.approx(1 / 3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_name_the_sampler_and_its_settings(kind: str) -> None:
    choice = Choice(kind, 6, True, 2)
    text = samplers.code(choice, 3)
    calls = {ast.unparse(n.func): n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)}
    assert kind in calls and "DataLoader" in calls
    values = {k.arg: ast.unparse(k.value) for k in calls["DataLoader"].keywords}
    if kind == "BatchSampler":
        assert [ast.unparse(a) for a in calls[kind].args] == ["sampler", "6", "True"]
        assert values == {"batch_sampler": "batches"}
    else:
        assert values == {"batch_size": "6", "sampler": "sampler", "drop_last": "True"}
    assert ("set_epoch(3)" in text) == (kind == "DistributedSampler")
    ast.parse(samplers.DATASET)


def test_unknown_samplers_are_refused() -> None:
    with pytest.raises(ValueError, match="is unknown"):
        samplers.sampler(Choice("Magic"), LABELS)


@pytest.mark.parametrize("size", [1, 3, 5, 12])
@pytest.mark.parametrize("alike", [False, True])
def test_texts_are_padded_to_the_longest_and_nothing_is_lost(size: int, alike: bool) -> None:
    names = {number: word for word, number in collate.vocabulary().items()}
    seen = []
    for batch in collate.batches(size, alike):
        assert batch.tokens.shape[1] == max(batch.lengths)
        assert batch.padding == int((batch.tokens == collate.PAD).sum())
        for row, length, words in zip(batch.tokens, batch.lengths, batch.words, strict=True):
            assert [names[int(t)] for t in row[:length]] == list(words)
            assert not row[length:].any()
            seen.append(" ".join(words))
    assert sorted(seen) == sorted(text for _, text in collate.TEXTS)


def test_like_lengths_waste_less_and_a_batch_of_one_nothing() -> None:
    for size in (2, 3, 4, 6):
        assert collate.waste(size, True) < collate.waste(size)
    assert collate.waste(1) == 0 and collate.waste(12) == collate.waste(12, True) > 0.4
    with pytest.raises(ValueError, match="holds nothing"):
        collate.batches(0)


def test_without_collate_torch_refuses() -> None:
    assert "stack expects each tensor to be equal size" in collate.refused(3)
    assert collate.refused(1) == ""
    text = collate.code(4, True)
    ast.parse(text)
    assert "batch_size=4" in text and "sorted(texts" in text
    assert collate.encode("late zebra").tolist() == [collate.vocabulary()["late"], collate.UNKNOWN]


@pytest.mark.parametrize("name", transforms.TRANSFORMS)
def test_every_transform_is_torchvisions_and_does_something(name: str) -> None:
    from torchvision.transforms import v2

    images = transforms.pictures("shapes")
    (made,) = transforms.built([name], images.shape[-1], 0.7)
    assert type(made) is getattr(v2, name)
    seen = transforms.after(images, [name], 0.7)
    assert len(seen) == len(images) and all(part.dtype == np.uint8 for part in seen)
    assert any(
        part.shape != image.shape or not np.array_equal(part, image)
        for part, image in zip(seen, images, strict=True)
    )
    again = transforms.after(images, [name], 0.7)
    other = transforms.after(images, [name], 0.7, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(seen, again, strict=True))
    same = all(np.array_equal(a, b) for a, b in zip(seen, other, strict=True))
    assert same != transforms.TRANSFORMS[name].chance
    (call,) = [
        node
        for node in ast.walk(ast.parse(transforms.code([name], 32, 0.7)))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"v2.{name}"
    ]
    told = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    assert told == dict(transforms.TRANSFORMS[name].arguments(32, 0.7))


@pytest.mark.parametrize("strength", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("data_set", transforms.SETS)
def test_all_transforms_together_hold_at_both_ends(strength: float, data_set: str) -> None:
    images = transforms.pictures(data_set)
    before = torch.get_rng_state()
    seen = transforms.after(images, list(transforms.TRANSFORMS), strength)
    assert all(part.ndim == 3 and part.size for part in seen)
    assert torch.equal(before, torch.get_rng_state())


def test_a_certain_flip_is_a_flip_and_nothing_chosen_is_nothing_done() -> None:
    images = transforms.pictures("mnist-5k")
    seen = transforms.after(images, ["RandomHorizontalFlip"], 1.0)
    np.testing.assert_array_equal(np.stack(seen), images[..., ::-1])
    np.testing.assert_array_equal(np.stack(transforms.after(images, [], 0.5)), images)
    with pytest.raises(ValueError, match="is unknown"):
        transforms.built(["Sharpen"], 28, 0.5)
    with pytest.raises(ValueError, match="out of range"):
        transforms.built([], 28, 2)


@pytest.mark.parametrize("name", loading.SETS)
def test_the_batch_is_the_one_a_run_trains_with_and_its_lines_give_the_same(name: str) -> None:
    found = loading.next_batch(name, 1)
    torch.testing.assert_close(loading.by_the_lines(found), torch.from_numpy(found.given))
    again = loading.next_batch(name, 0)
    assert not set(found.indices) & set(again.indices)
    config = RunConfig.model_validate({"data": {"name": name}, "batch": 4 * loading.BATCH})
    run = Run(config)
    order = run.order(run.train, run.config.seed, 0)[: loading.BATCH]
    assert order.tolist() == again.indices.tolist()
    text = loading.code(name, found.mean, found.std)
    ast.parse(text)
    assert f"{found.mean[0]:.4f}" in text and f"{found.std[-1]:.4f}" in text


def test_normalisation_makes_the_set_mean_0_and_deviation_1() -> None:
    found = [loading.next_batch("mnist-5k", number).moments()["after"] for number in range(40)]
    assert abs(np.mean([mean for mean, _ in found])) < 0.05
    assert np.mean([std for _, std in found]) == pytest.approx(1, abs=0.05)
    before = loading.next_batch("mnist-5k").moments()["before"]
    assert 0.05 < before[0][0] < 0.25


def test_a_window_lies_inside_and_holds_its_place() -> None:
    for row in range(28):
        for column in (0, 13, 27):
            top, left = loading.window((28, 28), row, column)
            assert 0 <= top <= 28 - loading.WINDOW and 0 <= left <= 28 - loading.WINDOW
            assert top <= row < top + loading.WINDOW and left <= column < left + loading.WINDOW


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_batch_beyond_the_epoch_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="beyond the epoch"):
        loading.next_batch("mnist-5k", number)


def test_workers_are_measured_in_a_process_of_their_own() -> None:
    found = workers.measure()
    assert [row.name for row in found[:-1]] == [f"num_workers={n}" for n in workers.WORKERS]
    assert all(row.speed > 0 and row.first > 0 for row in found)
    alone, *helped, whole = found
    assert whole.speed > 3 * alone.speed  # a batch at once beats picture by picture
    assert all(row.first > alone.first for row in helped)  # processes must be born first


def test_a_measurement_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("python", 1)

    monkeypatch.setattr(workers.subprocess, "run", late)
    with pytest.raises(ValueError, match="came to no end"):
        workers.measure()
    empty = subprocess.CompletedProcess([], 0, stdout=json.dumps([{"name": 1}]))
    monkeypatch.setattr(workers.subprocess, "run", lambda *_, **__: empty)
    with pytest.raises(ValueError, match="came to no end"):
        workers.measure()
