"""ViTs of three kinds with weights drawn by a seed, and a plain way through them."""

import copy
from dataclasses import dataclass

import torch
from torch import nn

from core.config import parse
from core.inference import Predictor
from models import build
from tests.glass import SMALL, net, picture

KINDS = ("vit", "vit-cls", "theirs", "carried")


def make(kind: str) -> Predictor:
    """Ours by mean and by CLS, torchvision's, and ours inside a transfer net."""
    if kind in SMALL:
        return _loud(net(kind))
    made = net("cnn", channels=3, size=28)
    torch.manual_seed(8)
    if kind == "theirs":
        from torchvision.models import VisionTransformer

        made.model = VisionTransformer(28, 7, 3, 2, 16, 32, num_classes=10).eval()
        nn.init.normal_(made.model.heads.head.weight, std=0.3)  # torchvision begins it at zero
        return _loud(made)
    inner = parse({"model": SMALL["vit-cls"]}).model
    own = {"of": "zoo:a", "model": inner.model_dump_json(), "classes": 10, "channels": 1}
    own |= {"image": 28, "mean": (0.5,), "std": (0.25,)}
    made.config = parse({"model": {"name": "transfer", "base": "zoo:a", "net": own}})
    made.model = build(made.config.model, channels=3, image=28, classes=10).eval()
    made.model.mean.fill_(0.2), made.model.std.fill_(0.3)
    return _loud(made)


def _loud(made: Predictor) -> Predictor:
    """Weights of attention large enough that rows differ from each other."""
    torch.manual_seed(3)
    for name, weights in made.model.named_parameters():
        if "qkv.weight" in name or "in_proj_weight" in name:
            nn.init.normal_(weights, std=0.5)
        elif name.endswith(("positions", "pos_embedding", "cls", "class_token")):
            nn.init.normal_(weights, std=0.7)
        elif name.endswith("bias"):
            nn.init.normal_(weights, std=0.1)
    return made


def shown(of: Predictor) -> object:
    """A packed picture that the net takes."""
    return picture(of.channels, of.size)


@dataclass
class Plain:
    """What a plain forward pass found, in the words of `Journey`."""

    embedded: torch.Tensor
    stream: list[torch.Tensor]
    q: list[torch.Tensor]
    k: list[torch.Tensor]
    v: list[torch.Tensor]
    maps: list[torch.Tensor]
    logits: torch.Tensor


def given(of: Predictor, packed: object) -> torch.Tensor:
    """What the projection is given. -> (1, c, h, w)"""
    x = of.normalise(torch.tensor(packed)[None])
    if hasattr(of.model, "base_mean"):
        grey = ((x * 0.3 + 0.2) * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1)
        return (grey[:, None] - 0.5) / 0.25
    return x


def bare(of: Predictor) -> nn.Module:
    """The ViT itself."""
    return getattr(of.model, "base", of.model)


def plain(of: Predictor, packed: object, keep: list[int] | None = None) -> Plain:
    """The ViT paper's equations 1 to 4, written out for both namings.

    keep: the patches that go on once they are embedded and placed, all when left out.
    """
    model = bare(of)
    theirs = hasattr(model, "conv_proj")
    project = model.conv_proj if theirs else model.embed.project
    x = given(of, packed)
    patches = x.unfold(2, 7, 7).unfold(3, 7, 7).flatten(2, 3).permute(0, 2, 1, 3, 4)
    embedded = patches.flatten(2) @ project.weight.flatten(1).T + project.bias
    cls = model.class_token[0] if theirs else model.cls[None] if model.cls is not None else None
    tokens = embedded[0] if cls is None else torch.cat([cls, embedded[0]])
    tokens = tokens + (model.encoder.pos_embedding[0] if theirs else model.positions)
    if keep is not None:
        first = 0 if cls is None else 1
        tokens = tokens[[*range(first), *(first + patch for patch in keep)]]
    found = Plain(embedded[0], [tokens], [], [], [], [], torch.empty(0))
    for block in model.encoder.layers if theirs else model.blocks:
        tokens = _block(block, theirs, tokens, found)
        found.stream.append(tokens)
    last = (model.encoder.ln if theirs else model.norm)(tokens)
    head = model.heads if theirs else model.head
    found.logits = head(last.mean(0) if cls is None else last[0])
    return found


def _block(block: nn.Module, theirs: bool, tokens: torch.Tensor, found: Plain) -> torch.Tensor:
    attention = block.self_attention if theirs else block.attention
    weight = attention.in_proj_weight if theirs else attention.qkv.weight
    bias = attention.in_proj_bias if theirs else attention.qkv.bias
    out = attention.out_proj if theirs else attention.project
    asked = (block.ln_1 if theirs else block.norm1)(tokens) @ weight.T + bias
    said = []
    parts = [third.split(8, dim=-1) for third in asked.split(16, dim=-1)]
    for kept, heads in zip((found.q, found.k, found.v), parts, strict=True):
        kept.append(torch.stack(heads))
    rows = []
    for q, k, v in zip(*parts, strict=True):
        rows.append((q @ k.T / 8**0.5).softmax(-1))
        said.append(rows[-1] @ v)
    found.maps.append(torch.stack(rows))
    tokens = tokens + torch.cat(said, -1) @ out.weight.T + out.bias
    return tokens + block.mlp((block.ln_2 if theirs else block.norm2)(tokens))


def twin(of: Predictor) -> Predictor:
    """The same net with a model of its own, to be changed."""
    made = copy.copy(of)
    made.model = copy.deepcopy(of.model)
    return made


def outputs(of: Predictor) -> list[nn.Parameter]:
    """Each block's output projection. [(d, d)]"""
    model = bare(of)
    if hasattr(model, "conv_proj"):
        return [layer.self_attention.out_proj.weight for layer in model.encoder.layers]
    return [block.attention.project.weight for block in model.blocks]


def inputs(of: Predictor) -> list[tuple[nn.Parameter, nn.Parameter]]:
    """Each block's weights and biases of queries, keys and values, in this order."""
    model = bare(of)
    if hasattr(model, "conv_proj"):
        all_ = [layer.self_attention for layer in model.encoder.layers]
        return [(one.in_proj_weight, one.in_proj_bias) for one in all_]
    return [(block.attention.qkv.weight, block.attention.qkv.bias) for block in model.blocks]


def placed(of: Predictor) -> torch.Tensor:
    """The positions. (n, d)"""
    model = bare(of)
    return model.encoder.pos_embedding[0] if hasattr(model, "conv_proj") else model.positions
