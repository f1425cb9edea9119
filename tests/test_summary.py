"""The layer table: parameters and multiply-adds by hand and by torch's own counter, shapes, way."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.summary import Layer, _passed, _Watch, multiply_adds, summarise, way
from models import MODELS, build, classifies
from models.knobs import Knobs

GREY = {"channels": 1, "image": 28, "classes": 10}
COLOUR = {"channels": 3, "image": 32, "classes": 7}
VARIED: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in MODELS),
    ("mlp", {"widths": (), "norm": False}),
    ("mlp", {"widths": (32, 16), "norm": False, "dropout": 0.0}),
    ("cnn", {"widths": (8, 12), "depth": 2, "kernel": 5, "pooling": "average", "norm": False}),
    ("lstm", {"width": 12, "depth": 3, "bidirectional": False, "steps": "columns"}),
    ("lstm", {"width": 8, "depth": 2, "pooling": "last"}),
    ("vit", {"patch": 4, "width": 24, "depth": 3, "heads": 3, "pooling": "cls"}),
    ("vit", {"patch": 4, "width": 16, "depth": 1, "heads": 2, "positions": "sinusoidal"}),
    ("resnet", {"width": 4, "blocks": 2, "shortcut": "project"}),
    ("resnet", {"width": 4, "blocks": 1, "shortcut": "none", "norm": False}),
    ("fastnet", {"widths": (8, 8), "whitening": False}),
    ("aae", {"net": "conv", "variant": "semi", "code": 8, "encoder": "universal"}),
    ("aae", {"variant": "vae", "width": 64}),
]


def config_of(name: str, **knobs: Any) -> Knobs:
    return MODELS[name].config(**knobs)


def rows(layers: list[Layer]) -> dict[str, Layer]:
    return {layer.name: layer for layer in layers}


def a_name(value: Any) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value.values()))


@pytest.mark.parametrize("picture", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize(("name", "knobs"), VARIED, ids=a_name)
def test_every_parameter_stands_in_one_row_and_shapes_are_those_of_a_real_pass(
    name: str, knobs: Any, picture: Any
) -> None:
    config = config_of(name, **knobs)
    layers, net = summarise(config, **picture), build(config, **picture).eval()
    learned = sum(p.numel() for p in net.parameters() if p.requires_grad)
    assert sum(row.parameters for row in layers) == learned
    assert sum(row.frozen for row in layers) == sum(p.numel() for p in net.parameters()) - learned
    assert len(rows(layers)) == len(layers)
    seen: dict[str, tuple[int, ...]] = {}

    def look(at: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            first = output[0] if isinstance(output, tuple) else output
            seen[at] = tuple(first.shape[1:])

        return hook

    for at, module in net.named_modules():
        module.register_forward_hook(look(at))
    with torch.no_grad():
        net(torch.randn(1, picture["channels"], picture["image"], picture["image"]))
    told = [row for row in layers if row.kind != "Parameter"]
    assert {row.name: row.shape for row in told} == {row.name: seen[row.name] for row in told}
    assert told[-1].shape in ((picture["classes"],), seen[told[-1].name])


@pytest.mark.parametrize("picture", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize(
    ("name", "knobs"), [entry for entry in VARIED if entry[0] != "lstm"], ids=a_name
)
def test_multiply_adds_are_half_of_torchs_own_count(name: str, knobs: Any, picture: Any) -> None:
    config = config_of(name, **knobs)
    net = build(config, **picture).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.randn(1, picture["channels"], picture["image"], picture["image"]))
    assert multiply_adds(config, **picture) * 2 == counter.get_total_flops() > 0


@pytest.mark.parametrize("ways", [1, 2])
@pytest.mark.parametrize("depth", [1, 3])
def test_an_lstm_counts_four_gates_per_row_direction_and_layer(ways: int, depth: int) -> None:
    config = config_of("lstm", width=12, depth=depth, bidirectional=ways == 2)
    found = rows(summarise(config, **COLOUR))["lstm"]
    sources = [3 * 32] + [12 * ways] * (depth - 1)
    gates = sum(ways * 4 * 12 * (source + 12) for source in sources)
    assert found.multiply_adds == 32 * gates
    assert found.parameters == gates + depth * ways * 2 * 4 * 12


def test_a_cnn_by_hand() -> None:
    config = config_of("cnn", widths=(8, 16), depth=1, kernel=3, norm=True)
    found = rows(summarise(config, **GREY))
    assert found["blocks.0.0"].shape == (8, 28, 28)
    assert (found["blocks.0.0"].parameters, found["blocks.0.1"].parameters) == (9 * 8, 2 * 8)
    assert found["blocks.1.0"].multiply_adds == 14 * 14 * 9 * 8 * 16
    assert found["head.2"].shape == (10,)
    assert found["head.2"].parameters == 7 * 7 * 16 * 10 + 10
    assert found["head.2"].multiply_adds == 7 * 7 * 16 * 10


def test_attention_counts_its_two_products_and_each_matrix_for_every_token() -> None:
    config = config_of("vit", patch=7, width=24, depth=1, heads=3, ratio=2, pooling="cls")
    found = rows(summarise(config, **GREY))
    tokens = 4 * 4 + 1
    assert found["blocks.0.attention"].multiply_adds == 2 * tokens * tokens * 24
    assert found["blocks.0.attention.attend"].shape == (3, tokens, tokens)
    assert found["blocks.0.attention.qkv"].multiply_adds == tokens * 24 * 3 * 24
    assert found["blocks.0.mlp.0"].multiply_adds == tokens * 24 * 48
    assert found["positions"].parameters == tokens * 24
    assert found["cls"].parameters == 24


def test_vit_b_16_has_the_published_size() -> None:
    shape = {"patch": 16, "width": 768, "depth": 12, "heads": 12, "ratio": 4.0, "pooling": "cls"}
    layers = summarise(config_of("vit", **shape), channels=3, image=224, classes=1000)
    assert sum(row.parameters for row in layers) == 86_567_656
    tokens, width = 197, 768
    block = tokens * width * 12 * width + 2 * tokens**2 * width
    total = 196 * 16 * 16 * 3 * width + 12 * block + width * 1000
    assert sum(row.multiply_adds for row in layers) == total


def test_a_net_larger_than_memory_is_told_without_being_built() -> None:
    shape = {"patch": 1, "width": 1024, "depth": 24, "heads": 16, "ratio": 8.0}
    layers = summarise(config_of("vit", **shape), **COLOUR)
    assert sum(row.parameters for row in layers) > 4e8


def test_a_frozen_layer_is_counted_apart() -> None:
    found = rows(summarise(config_of("fastnet"), **COLOUR))
    assert (found["first"].parameters, found["first"].frozen) == (24, 24 * 3 * 2 * 2)
    transfer = summarise(config_of("transfer"), **COLOUR)
    assert sum(row.parameters for row in transfer) == 512 * 7 + 7
    assert sum(row.frozen for row in transfer) == 11_689_512 - 513_000


@pytest.mark.parametrize("name", MODELS)
def test_the_way_ends_at_the_classes_and_tells_its_blocks_once(name: str) -> None:
    stages = way(config_of(name), **COLOUR)
    last = ("Linear", (7,)) if classifies(name) else ("Discriminator", (1,))
    assert (stages[-1].kind, stages[-1].shape) == last
    assert 2 <= len(stages) <= 8
    for one, next in zip(stages, stages[1:], strict=False):
        assert (one.kind, one.note, one.shape) != (next.kind, next.note, next.shape)
    layers = summarise(config_of(name), **COLOUR)
    assert sum(s.frozen for s in stages) <= sum(row.frozen for row in layers)
    assert sum(s.parameters for s in stages) <= sum(row.parameters for row in layers)
    assert sum(s.multiply_adds for s in stages) == sum(row.multiply_adds for row in layers)


def test_alike_blocks_are_one_stage_and_their_parameters_are_added() -> None:
    patches, blocks, head = way(config_of("vit", depth=5, width=32, heads=2), **GREY)
    assert (blocks.kind, blocks.times, blocks.shape) == ("Block", 5, (49, 32))
    alone = way(config_of("vit", depth=1, width=32, heads=2), **GREY)[1]
    assert blocks.parameters == 5 * alone.parameters
    assert patches.note == "4×4, stride 4" and head.note == "32 → 10"
    stages = way(config_of("resnet", blocks=4), **COLOUR)
    assert [stage.times for stage in stages] == [1, 4, 4, 4, 1]


def hooks(net: nn.Module) -> int:
    """Hooks on all modules of a net."""
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in net.modules())


def test_no_hook_is_left_after_a_pass() -> None:
    net, watch = _passed(config_of("vit"), **GREY)
    assert hooks(net) == 0 and watch.rows


def test_no_hook_and_no_watching_is_left_after_an_error() -> None:
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(4, 2))
    watch = _Watch(net)
    with pytest.raises(RuntimeError), watch.hooked(net), watch:
        assert hooks(net) == 8
        net(torch.ones(1, 4))
    assert hooks(net) == 0
    before = {name: row.multiply_adds for name, row in watch.rows.items()}
    net[0](torch.ones(1, 4))
    assert {name: row.multiply_adds for name, row in watch.rows.items()} == before


@pytest.mark.parametrize(
    ("name", "knobs", "said"),
    [
        ("vit", {"heads": 5, "width": 96}, "5 heads do not divide a width of 96"),
        ("vit", {"patch": 5}, "patches of 5 pixels do not tile"),
        ("cnn", {"widths": (8,) * 6}, "use at most 4"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(name: str, knobs: Any, said: str) -> None:
    for tell in (summarise, way, multiply_adds):
        with pytest.raises(ValueError, match=said):
            tell(config_of(name, **knobs), **GREY)
