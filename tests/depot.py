"""A depot of torchvision's weights on this machine: its files, its address, torch's own cache."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import SqueezeNet1_1_Weights, squeezenet1_1

from core import hub
from tests.faulty import Server, serving

NAME = "squeezenet1_1"  # the smallest of torchvision's
OFFLINE = "http://127.0.0.1:9/fine/"
Offer = Callable[..., Path]


def saved(value: Any) -> bytes:
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def net() -> nn.Module:
    """torchvision's own net with weights of chance."""
    torch.manual_seed(1)
    return squeezenet1_1(weights=None).eval()


@pytest.fixture
def server(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of this test's own, an empty home, and an empty cache of torch's."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("core.fetch.time.sleep", lambda seconds: None)
    with serving() as made:
        yield made


@pytest.fixture
def offer(server: Server, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Make the server torchvision's; where torch's cache would have the file."""

    def put(body: bytes, fault: str = "fine", sum: str = "") -> Path:
        name = f"{NAME}-{sum or hashlib.sha256(body).hexdigest()[:8]}.pth"
        server.files[name] = body
        listed = SqueezeNet1_1_Weights.DEFAULT.value
        address = OFFLINE + name if fault == "offline" else server.url(fault, name)
        monkeypatch.setattr(listed, "url", address)
        monkeypatch.setitem(listed.meta, "_file_size", len(body) / 2**20)
        return hub.weights(NAME).file

    return put
