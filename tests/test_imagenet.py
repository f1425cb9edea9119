"""torchvision's classifiers as they are: the same answers as its own net and transform give."""

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import SqueezeNet1_1_Weights

from core import hub
from core.imagenet import ImageNet
from core.nets import Nets, imagenet
from core.opinions import ask
from tests import depot
from tests.corpus import photo
from tests.depot import NAME, Offer, saved

net, server, offer = depot.net, depot.server, depot.offer


@pytest.fixture
def asked(offer: Offer, net: nn.Module) -> ImageNet:
    offer(saved(net.state_dict()))
    hub.download(NAME)
    return ImageNet(NAME)


def test_the_answers_are_torchvisions(asked: ImageNet, net: nn.Module) -> None:
    """Its own transform goes by two resamplings and ours by one: nearly the same picture."""
    assert len(asked.classes) == 1000 and asked.classes[0] == "tench" and asked.size == 224
    picture = photo(500, 400)
    packed = asked.tensor(picture)
    theirs = SqueezeNet1_1_Weights.DEFAULT.transforms()(picture)
    ours = asked.normalise(packed[None])[0]
    assert (theirs - ours).abs().mean() < 0.02
    with torch.inference_mode():
        expected = net(ours[None])[0]
    asked.half = False
    found = asked.logits(packed[None])[0]
    assert torch.allclose(found, expected, atol=1e-3)
    assert ask(asked, picture).answer == asked.classes[int(expected.argmax())]


@pytest.mark.parametrize("size", [(30, 200), (224, 224), (8, 8)])
def test_any_picture_fits(asked: ImageNet, size: tuple[int, int]) -> None:
    opinion = ask(asked, Image.new("L", size, 90))
    assert opinion.seen.shape == (224, 224, 3) and opinion.strangeness is None


def test_the_menu_says_what_is_here(asked: ImageNet) -> None:
    found = {one.source: one.bytes for one in imagenet()}
    assert found[f"imagenet:{NAME}"] == 0 and found["imagenet:vit_b_16"] > 300e6
    assert imagenet()[0].bytes == 0
    nets = Nets()
    assert nets.open(f"imagenet:{NAME}") is nets.open(f"imagenet:{NAME}")
    with pytest.raises(ValueError, match="the weights of vit_b_16 are not here"):
        nets.open("imagenet:vit_b_16")
