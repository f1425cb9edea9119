"""The decoder for the browser: the same layers, the same pictures within one grey level."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core import portable
from core.maker import Maker
from tests import studios

studio_zoo, studio = studios.studio_zoo, studios.studio
plain, styled, conv = studios.plain, studios.styled, studios.conv
KINDS = {"f2": np.float16, "f4": np.float32, "u1": np.uint8}


def unpacked(raw: bytes):
    """What the browser reads."""
    long = int.from_bytes(raw[:8], "little")
    told = json.loads(raw[8 : 8 + long])
    arrays = {}
    for one in told["arrays"]:
        start = 8 + long + one["at"]
        assert start % 8 == 0
        count = int(np.prod(one["shape"]))
        flat = np.frombuffer(raw, KINDS[one["kind"]], count, start)
        arrays[one["name"]] = flat.reshape(one["shape"])
    return told, arrays


def played(raw: bytes, z: np.ndarray) -> np.ndarray:
    """The steps as the description says them, one after the other."""
    told, arrays = unpacked(raw)
    x = torch.tensor(z)
    for number, step in enumerate(told["steps"]):
        part = [torch.tensor(arrays[f"{number}.{k}"]).float() for k in (0, 1)
                if f"{number}.{k}" in arrays]  # fmt: skip
        if step["kind"] == "linear":
            x = F.linear(x, *part)
        elif step["kind"] == "scale":
            shape = (1, -1, *[1] * (x.ndim - 2))
            x = x * part[0].view(shape) + part[1].view(shape)
        elif step["kind"] == "bend":
            x = F.leaky_relu(x, step["slope"])
        elif step["kind"] == "shape":
            x = x.unflatten(1, step["shape"])
        elif step["kind"] == "grow":
            x = F.conv_transpose2d(x, *part, stride=step["stride"], padding=step["padding"])
        else:
            assert step["kind"] == "tanh"
            x = x.tanh()
    first, size = told["first"], told["size"]
    x = x[..., first : first + size, first : first + size]
    return ((x + 1) * 127.5).round().clamp(0, 255).numpy()


@pytest.mark.parametrize("name", ["plain", "styled", "conv"])
def test_the_browsers_decoder_is_the_nets_within_one_grey_level(name, request):
    maker: Maker = request.getfixturevalue(name)
    raw = portable.decoder(maker, {"name": "decoder", "stamp": "x"})
    assert raw is not None
    codes = maker.prior.sample(64, seed=4)
    told = np.arange(64) % maker.content if maker.content else None
    whole = codes
    if told is not None:
        whole = np.concatenate([codes, np.eye(maker.content, dtype=np.float32)[told]], 1)
    gap = np.abs(played(raw, whole) - maker.decode(codes, told).astype(float))
    assert gap.max() <= 1
    assert unpacked(raw)[0]["stamp"] == "x"


def test_a_large_decoder_stays_on_the_server(studio):
    assert portable.decoder(Maker(studio / "mnist-large"), {}) is None


def test_an_unknown_layer_stays_on_the_server(plain):
    plain.model.decoder.layers.append(torch.nn.Softmax(1))
    assert portable.decoder(plain, {}) is None


def test_numbers_of_all_kinds_come_through():
    arrays = {"a": np.arange(5, dtype=np.uint8), "b": np.float32([[1.5, 2]]), "c": np.zeros(0)}
    told, found = unpacked(portable.packed({"x": "ä"}, arrays | {"c": np.zeros(0, np.float32)}))
    assert told["x"] == "ä" and found["a"].tolist() == [0, 1, 2, 3, 4]
    assert found["b"].tolist() == [[1.5, 2]] and found["c"].size == 0
