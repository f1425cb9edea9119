"""Bases of transfer: stages and heads of every net, and what is said where one cannot be used."""

import pytest
import torch
from torchvision.models import get_model
from torchvision.models.vision_transformer import VisionTransformer

from core import transfer
from core.config import RunConfig, parse
from core.estimate import estimate
from core.optim import OPTIMIZERS, optimizers_for
from models import MODELS, build, classifies
from models.bases import adapted, find_head, stages
from models.transfer import GREY, Transfer, TransferConfig

OURS = [name for name in MODELS if name != "transfer" and classifies(name)]


@pytest.mark.parametrize("name", OURS)
def test_every_net_of_ours_has_stages_and_a_head(name):
    """So that each of them can be a base; together, stages and head hold every weight in layers."""
    net = build(MODELS[name].config(), channels=3, image=32, classes=10)
    last = find_head(net, 10)
    names = [part for stage in stages(net, last) for part in stage] + [last]
    loose = [
        n for n, _ in net.named_parameters() if not n.startswith(tuple(f"{p}." for p in names))
    ]
    assert len(stages(net, last)) >= 1 and set(loose) <= {"cls", "positions"}


@pytest.mark.parametrize(
    ("base", "depth"),
    [("resnet18", 5), ("mobilenet_v3_small", 14), ("vit_b_16", 13), ("densenet121", 8)],
)
def test_bases_of_torchvision_have_stages_that_freeze_from_the_picture_on(base, depth):
    assert transfer.depth({"base": base}) == depth
    with torch.device("meta"):
        net = Transfer(base=base, freeze=depth - 1, channels=3, image=32, classes=10)
    learning = [n for n, p in net.named_parameters() if p.requires_grad]
    last = stages(net.base, net.last)[-1]
    wanted = tuple(f"base.{part}." for part in [*last, net.last])
    assert learning and all(name.startswith(wanted) for name in learning)


def test_the_estimate_tells_learned_from_frozen():
    model = TransferConfig(base="resnet18", side=32)
    found = estimate(RunConfig(model=model), channels=1, size=28, classes=10, train_count=4000)
    assert (found.parameters, found.frozen) == (512 * 10 + 10, 11_689_512 - 513_000)
    assert found.memory_bytes > 4 * found.frozen


REFUSED = [
    ({"base": "resnet17"}, "base 'resnet17' is unknown: use zoo:NAME, run:ID or .* resnet18"),
    ({"base": "swin_t"}, "side 96: swin_t takes pictures of at least 224 .* the nearest is 224"),
    ({"base": "vit_b_16", "side": 100}, "multiple of 16, the nearest is 96"),
    ({"head": "kept"}, "resnet18 knows 1000 classes and the pictures have 10"),
    ({"base": "run:0123456789abcdef"}, "run 0123456789abcdef is unknown here"),
    ({"base": "run:../../etc"}, "16 hexadecimal digits"),
    ({"base": "zoo:../../etc"}, "the zoo has no net"),
    ({"base": "file:/etc/passwd"}, "base 'file:/etc/passwd' is unknown"),
    ({"freeze": 41}, "0 to 40 stages"),
    ({"rate": 0}, "0.001 to 1"),
]


@pytest.mark.parametrize(("model", "words"), REFUSED)
def test_what_cannot_be_is_said_in_one_sentence(model, words, fresh_home):
    with pytest.raises(ValueError, match=words) as caught:
        wanted = parse({"model": {"name": "transfer", **model}})
        build(wanted.model, channels=1, image=28, classes=10)
    assert "\n" not in str(caught.value)


def test_one_plain_step_moves_the_base_by_its_share():
    """SGD by hand: the head by the whole rate, the base by a quarter of it."""
    torch.manual_seed(0)
    net = Transfer(base="resnet18", side=32, freeze=4, rate=0.25, channels=1, image=28, classes=3)
    made = optimizers_for(net, OPTIMIZERS["sgd"].config(lr=0.1))
    before = {name: p.clone() for name, p in net.named_parameters()}
    net(torch.randn(2, 1, 28, 28)).square().sum().backward()
    for optimizer in made:
        optimizer.step()
    for name, parameter in net.named_parameters():
        rate = 0.1 if name.startswith("base.fc") else 0.025 if "layer4" in name else 0.0
        step = rate * parameter.grad if rate else torch.zeros_like(parameter)
        assert torch.allclose(parameter, before[name] - step), name


def test_pictures_reach_the_base_as_it_knows_them():
    """Grey is repeated, colour is made grey, and the base's own moments are put in force."""
    seen: list[torch.Tensor] = []
    net = Transfer(base="resnet18", side=32, channels=1, image=32, classes=4).eval()
    net.load_state_dict(net.begin_from(net.base.state_dict(), (0.1,), (0.3,)))
    hook = net.base.conv1.register_forward_pre_hook(lambda _m, given: seen.append(given[0]))
    picture = torch.rand(2, 1, 32, 32)
    net((picture - 0.1) / 0.3)
    hook.remove()
    for channel, (mean, std) in enumerate(
        zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)
    ):
        assert torch.allclose(seen[0][:, channel], (picture[:, 0] - mean) / std, atol=1e-5)
    assert sum(GREY) == pytest.approx(1)


def test_old_names_auxiliary_heads_and_positions_are_adapted() -> None:
    with torch.device("meta"):
        dense = get_model("densenet121", weights=None)
        google = get_model("googlenet", weights=None, aux_logits=True, init_weights=False)
        plain = get_model("googlenet", weights=None, aux_logits=False, init_weights=False)
    old = {
        name.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): value
        for name, value in dense.state_dict().items()
    }
    assert old.keys() != dense.state_dict().keys()
    assert adapted("densenet121", old, dense).keys() == dense.state_dict().keys()
    found = adapted("googlenet", google.state_dict(), plain)
    assert found.keys() == plain.state_dict().keys()
    shape = {"patch_size": 32, "num_layers": 1, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 8}
    large, small = (VisionTransformer(image_size=side, **shape) for side in (224, 64))
    small.load_state_dict(adapted("vit_b_32", large.state_dict(), small))
    assert small.encoder.pos_embedding.shape == (1, 1 + 2 * 2, 8)
