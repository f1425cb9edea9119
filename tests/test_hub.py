"""The hub: real downloads from a server on this machine, checked, read once, kept for good."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import squeezenet1_1

from core import hub, progress, transfer
from core.__main__ import main
from core.config import parse
from core.data import load
from core.download import MIRROR
from core.inference import open_predictor
from models import build
from tests import depot
from tests.depot import NAME, Offer, saved
from tests.faulty import Server

net, server, offer = depot.net, depot.server, depot.offer


class Mischief:
    """What a pickle may hold: a call that is made when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


def same(found: dict[str, torch.Tensor], net: nn.Module) -> bool:
    wanted = net.state_dict()
    return found.keys() == wanted.keys() and all(torch.equal(found[k], wanted[k]) for k in wanted)


def test_weights_are_fetched_checked_and_kept(offer: Offer, server: Server, net: nn.Module) -> None:
    """In torch's own cache, then in the home; once there, neither network nor file is asked."""
    body = saved(net.state_dict())
    file = offer(body)
    assert hub.weights(NAME).state == "absent"
    heard: list[tuple[int, int]] = []
    hub.download(NAME, lambda done, total: heard.append((done, total)))
    assert heard == sorted(heard) and heard[-1] == (len(body), len(body)) and len(heard) > 5
    assert file.read_bytes() == body and file.parent.name == "checkpoints"
    file.unlink()
    hub.download(NAME)
    assert same(hub.load(NAME), net) and len(server.seen) == 1
    note = hub.noted(NAME)
    assert note and (note.state, note.share) == ("done", 1.0)
    assert NAME not in progress.tasks(), "the Data page shows sets only"
    assert NAME in {known.name for known in hub.menu()}


def test_files_that_torch_has_already_are_used(
    offer: Offer, server: Server, net: nn.Module
) -> None:
    body = saved(net.state_dict())
    file = offer(body, "500")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    assert hub.weights(NAME).state == "file"
    assert same(hub.load(NAME), net) and not server.seen
    assert hub.weights(NAME).state == "ready"


def test_a_damaged_copy_is_made_again(offer: Offer, net: nn.Module) -> None:
    """From torch's own file; where that is gone too, the sentence says how to fetch it."""
    file = offer(saved(net.state_dict()))
    hub.download(NAME)
    for gone in (False, True):
        (copy,) = hub._kept(file).glob("*.safetensors")
        copy.write_bytes(copy.read_bytes()[:-1] + b"?")
        if not gone:
            assert same(hub.load(NAME), net)
    file.unlink()
    with pytest.raises(ValueError, match=f"fetch them with `hub download {NAME}`"):
        hub.load(NAME)


def test_a_cut_download_goes_on_where_it_was(offer: Offer, server: Server, net: nn.Module) -> None:
    """Three tries bring seven eighths, the next day brings the rest."""
    body = saved(net.state_dict())
    offer(body, "cut")
    with pytest.raises(ValueError, match="cut the connection after"):
        hub.download(NAME)
    file = offer(body)
    part = file.with_name(file.name + ".part").stat().st_size
    hub.download(NAME)
    assert server.seen[-1] == ("fine", f"bytes={part}-") and part > 0.8 * len(body)
    assert same(hub.load(NAME), net)


def test_a_mirror_is_asked_first(
    offer: Offer, server: Server, net: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(saved(net.state_dict()), "404")
    monkeypatch.setenv(MIRROR, server.url("fine", "")[:-1])
    hub.download(NAME)
    assert server.seen == [("fine", None)]


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("offline", "offline", "no connection to 127.0.0.1"),
        ("404", "server", "answered 404"),
        ("wrong", "checksum", "wrong checksum"),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence_with_the_ways_on(
    offer: Offer, net: nn.Module, fault: str, reason: str, words: str, capsys: Any
) -> None:
    file = offer(saved(net.state_dict()), fault)
    assert main(["hub", "download", NAME]) == 2
    sentence = capsys.readouterr().err.strip()
    for part in (words, file.name, str(file.parent), "start again later", "needs no network"):
        assert part in sentence
    assert "\n" not in sentence and not file.exists()
    note = hub.noted(NAME)
    assert note and (note.state, note.message, note.reason) == ("failed", sentence, reason)
    assert hub.weights(NAME).state == "absent"


def test_a_run_without_its_base_says_what_to_do(offer: Offer, net: nn.Module) -> None:
    body = saved(net.state_dict())
    file = offer(body)
    config = parse({"model": {"name": "transfer", "base": NAME, "side": 32}})
    missing = transfer.missing(config.model)
    assert missing and missing.name == NAME and missing.bytes == pytest.approx(len(body))
    fresh = build(config.model, channels=1, image=28, classes=10)
    with pytest.raises(ValueError, match=rf"hub download {NAME}.*{file.name}.*a net of your own"):
        transfer.begin(fresh, config.model, load("mnist-5k"))


DAMAGED = {
    "another file": (lambda body: body[:-1] + b"?", "wrong checksum"),
    "no weights": (lambda body: b"<html>sign in</html>", "holds no weights that torch can read"),
    "half a file": (lambda body: body[: len(body) // 2], "holds no weights that torch can read"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_put_there_by_hand_is_checked(offer: Offer, net: nn.Module, kind: str) -> None:
    """Wrong by its sum, or right by its sum and no weights at all."""
    spoil, words = DAMAGED[kind]
    body = saved(net.state_dict())
    spoilt = spoil(body)
    sum = hashlib.sha256(body if "checksum" in words else spoilt).hexdigest()[:8]
    file = offer(body, sum=sum)
    file.parent.mkdir(parents=True)
    file.write_bytes(spoilt)
    with pytest.raises(ValueError, match=words) as caught:
        hub.load(NAME)
    assert "delete it" in str(caught.value) and "\n" not in str(caught.value)
    assert hub.weights(NAME).state == "file", "nothing was kept"


def test_a_pickle_that_asks_for_more_than_tensors_is_refused(offer: Offer, tmp_path: Path) -> None:
    """Even where its sum is right, nothing in it is run."""
    trap = tmp_path / "trap"
    body = saved({"features.0.weight": Mischief(trap)})
    file = offer(body)
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    with pytest.raises(ValueError, match="holds no weights that torch can read"):
        hub.load(NAME)
    assert not trap.exists()


def test_weights_of_another_net_do_not_begin_a_run(offer: Offer) -> None:
    """All tensors fit or none is taken."""
    other = squeezenet1_1(weights=None, num_classes=1000).state_dict()
    other["features.3.squeeze.weight"] = torch.zeros(3, 3)
    offer(saved(other))
    hub.download(NAME)
    config = parse({"model": {"name": "transfer", "base": NAME, "side": 32}})
    fresh = build(config.model, channels=1, image=28, classes=10)
    before = {name: value.clone() for name, value in fresh.state_dict().items()}
    with pytest.raises(ValueError, match=rf"{NAME} cannot be begun with: the weights do not fit"):
        transfer.begin(fresh, config.model, load("mnist-5k"))
    assert all(torch.equal(before[name], value) for name, value in fresh.state_dict().items())


def test_the_command_line_fetches_what_a_transfer_begins_with(
    offer: Offer, net: nn.Module, capsys: Any
) -> None:
    """From nothing to a run whose frozen base is the file's, with one command."""
    offer(saved(net.state_dict()))
    few = ["--set", f"base={NAME}", "side=32", "limit=64", "batch=32", "validation=0.01"]
    words = ["train", "--data", "mnist-5k", "--model", "transfer", "--epochs", "1", "--json", *few]
    assert main(words) == 0
    run = json.loads(capsys.readouterr().out.splitlines()[-1])["run"]
    weights = net.state_dict()
    ours = open_predictor(run).model.state_dict()
    frozen = [name for name in weights if name.startswith("features.")]
    assert frozen and all(torch.equal(ours[f"base.{n}"], weights[n]) for n in frozen)
    assert ours["base.classifier.1.weight"].shape == (10, 512, 1, 1)
    assert main(["hub", "list", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["name"]: line["state"] for line in lines}[NAME] == "ready"


def test_a_download_from_a_page_is_a_process_of_its_own(offer: Offer, monkeypatch) -> None:
    offer(b"x")
    started: list[Any] = []
    monkeypatch.setattr(hub, "start", lambda *words: started.append(words))
    hub.start_download(NAME)
    assert started == [(f"weights:{NAME}", "download", ["hub", "download", NAME])]
    with pytest.raises(ValueError, match="is unknown"):
        hub.start_download("../../etc")
