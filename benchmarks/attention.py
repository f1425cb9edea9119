"""Looking into a ViT: as quick as plain code, the same numbers, and maps better than chance."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from benchmarks import clicks, plain, surgery
from benchmarks.report import Figure
from core import born, gaze, heads, lens, patches, rollout, trust
from core.data import load
from core.inference import Predictor, open_predictor
from core.journey import Journey, walk

NET = "zoo:mnist-vit"
ROUNDS, CALLS = 12, 12
JUDGED = 200  # test pictures
STEPS = 14


def figures() -> Iterator[Figure]:
    """Races against plain code, the seconds of a first look and of a click, deletion areas."""
    net = open_predictor(NET)
    pictures = load("mnist-5k").test_images[:JUDGED].numpy()
    yield from _races(net, pictures[0])
    yield from _views(net, pictures)
    yield from _judged(net, pictures)
    yield from surgery.figures()
    yield from clicks.figures()


def _races(net: Predictor, packed: np.ndarray) -> Iterator[Figure]:
    for name, ours, theirs in _racers(net, packed):
        off = float(np.abs(ours().ravel() - theirs().numpy()).max())
        yield Figure(f"{name}: largest difference", [off], "", ("≤", 1e-5), summary="max")
        ratios = [ratio(theirs, ours) for _ in range(ROUNDS)]
        net.model.zero_grad(set_to_none=True)
        yield Figure(f"{name} ÷ plain code", ratios, "×", ("≥", 1.0))


Racers = tuple[str, Callable[[], np.ndarray], Callable[[], torch.Tensor]]


def _racers(net: Predictor, packed: np.ndarray) -> Iterator[Racers]:
    """A name, our way and the plain one, each from a picture to a map."""

    def x() -> torch.Tensor:
        return net.normalise(torch.tensor(packed)[None])

    yield (
        "rollout",
        lambda: rollout.rollout(rollout.attention(net, packed)),
        lambda: plain.rollout(net.model, x()),
    )
    yield (
        "relevance",
        lambda: rollout.relevance(net, packed, 7),
        lambda: plain.relevance(net.model, x(), 7),
    )
    yield (
        "gradient rollout",
        lambda: rollout.gradient_rollout(net, packed, 7),
        lambda: plain.gradient_rollout(net.model, x(), 7),
    )
    torch.manual_seed(0)
    maps = torch.randn(12, 12, 197, 197).softmax(-1)
    large = maps.numpy()
    for discard in (0.0, 0.9):
        yield (
            f"rollout of ViT-B/16's maps, {discard:g} discarded",
            partial(rollout.rollout, large, "mean", discard),
            lambda share=discard: plain.joined([found.mean(0) for found in maps], share),
        )


def ratio(theirs: Callable[[], object], ours: Callable[[], object]) -> float:
    """The quickest of a few calls each, by turns: others use the machine, too."""
    quickest = [float("inf"), float("inf")]
    for _ in range(CALLS):
        for which, call in enumerate((theirs, ours)):
            began = time.perf_counter()
            call()
            quickest[which] = min(quickest[which], time.perf_counter() - began)
    return quickest[0] / quickest[1]


def _views(net: Predictor, pictures: np.ndarray) -> Iterator[Figure]:
    first, clicks, muted = [], [], []
    for packed in pictures[:30]:
        began = time.perf_counter()
        way = walk(net, packed)
        rollout.supported(net, packed, way.answer)
        lens.lens(net, way), lens.patch_logits(net, way, way.layers)
        patches.projection(net), patches.position_grid(net), patches.same(net, packed)
        gaze.distance(way), gaze.entropy(way), gaze.norms(way)
        _click(way, 30)
        first.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        _click(way, 12)
        clicks.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        heads.importance(net, packed, way.answer)
        muted.append((time.perf_counter() - began) * 1000)
    note = "without the page"
    yield Figure("first look at a picture, every view", first, "ms", ("≤", 500.0), "p95", note)
    yield Figure("another patch asked, every view", clicks, "ms", ("≤", 60.0), "p95", note)
    yield Figure("importance of every head", muted, "ms", ("≤", 500.0), "p95")
    began = time.perf_counter()
    for _ in range(8):
        born.frame(net, pictures[0], 0)
    yield Figure("a moment of a film", [(time.perf_counter() - began) * 125], "ms", ("≤", 100.0))


def _click(way: Journey, patch: int) -> None:
    """What changes when another patch asks."""
    token = way.token(patch)
    for layer in range(way.layers):
        for head in range(way.heads):
            way.looks(layer, head, token)
            way.looked_at(layer, head, token)
    way.steps(0, 0, token)
    rollout.rollout(way.maps, token=token)
    patches.likeness(way.embedded)


def _judged(net: Predictor, pictures: np.ndarray) -> Iterator[Figure]:
    chance = np.random.default_rng(0)
    worth: dict[str, list[tuple[float, float]]] = {"relevance": [], "rollout": []}
    for packed in pictures:
        way = walk(net, packed)
        maps = [rollout.relevance(net, packed, way.answer), rollout.rollout(way.maps)]
        random = [chance.random(maps[0].shape) for _ in range(2)]
        own = trust.curves(net, packed, way.answer, [*maps, *random], STEPS)
        areas = [one.areas for one in own]
        lost, gained = np.mean(areas[2:], 0)
        for name, (goes, comes) in zip(worth, areas, strict=False):
            worth[name].append((float(lost - goes), float(comes - gained)))
    for name, pairs in worth.items():
        for which, values in zip(("deletion", "insertion"), zip(*pairs, strict=True), strict=True):
            better = np.mean(np.array(values) > 0)
            note = f"mean {np.mean(values):.3f}, better on {better:.0%} of {len(values)} pictures"
            title = f"{name}: {which} area better than chance"
            yield Figure(title, values, "", ("≥", 0.05), note=note)
