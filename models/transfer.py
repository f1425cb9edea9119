"""Transfer: a net that has learned elsewhere, frozen in part, with a last layer of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import nn

from models.bases import (
    Source,
    adapted,
    find_head,
    freeze_stages,
    of_torchvision,
    replace_head,
)
from models.knobs import Knobs, knob

ALL = 40  # more stages than any base has
GREY = (0.299, 0.587, 0.114)  # what each colour adds to the brightness, as pictures are read


class Own(Knobs):
    """The architecture of a base that was trained here: it can be built where the base is gone."""

    of: str = Field(description="The base's name.")
    model: str = Field(max_length=8000, description="Its settings, as JSON.")
    classes: int = Field(description="Classes that it knows.")
    channels: int = Field(description="Channels of its pictures.")
    image: int = Field(description="Side of its pictures.")
    mean: tuple[float, ...] = Field(description="Mean of its pictures, per channel.")
    std: tuple[float, ...] = Field(description="Deviation of its pictures, per channel.")


class TransferConfig(Knobs):
    """Settings of transfer."""

    name: Literal["transfer"] = "transfer"
    base: str = knob(
        "resnet18", "The trained net to begin with: one of torchvision's, zoo:NAME or run:ID."
    )
    freeze: int = knob(
        ALL,
        "Stages that stay as they are, counted from the picture; with all only the head learns.",
        ge=0,
        le=ALL,
        unit="stages",
    )
    head: Literal["new", "kept"] = knob(
        "new", "The last layer: drawn anew, or the base's own where it knows as many classes."
    )
    rate: float = knob(
        0.1,
        "Learning rate of the thawed stages, as a share of the head's.",
        ge=0.001,
        le=1,
        log=True,
    )
    side: int = knob(
        96,
        "Side to which pictures are scaled for a base from torchvision.",
        ge=32,
        le=512,
        step=16,
        unit="pixels",
    )
    net: Own | None = Field(None, description="What a base trained here is made of.")


class Transfer(nn.Module):
    """Pictures as the base knows them → its stages, the first ones frozen → head.

    (b, c, h, w) -> (b, k). Built without the base's weights: a fresh start gets them through
    `begin_from`, a checkpoint holds them itself. Yosinski et al. 2014, arXiv 1411.1792.

    Raises:
        ValueError: there is no such base, it does not take such pictures, or `head` is "kept" and
            the base knows another number of classes.
    """

    mean: torch.Tensor
    std: torch.Tensor
    base_mean: torch.Tensor
    base_std: torch.Tensor

    def __init__(
        self,
        *,
        base: str = "resnet18",
        freeze: int = ALL,
        head: str = "new",
        rate: float = 0.1,
        side: int = 96,
        net: Mapping[str, Any] | None = None,
        channels: int = 3,
        image: int = 32,
        classes: int = 10,
    ) -> None:
        super().__init__()
        source = _own(base, net) if ":" in base else of_torchvision(base, side)
        self.base, self.name, self.rate = source.net, base, rate
        self.side, self.channels, self.fresh = source.side, source.channels, head == "new"
        self.last = find_head(self.base, source.classes)
        if self.fresh:
            replace_head(self.base, self.last, classes)
        elif source.classes != classes:
            raise ValueError(
                f"{base} knows {source.classes} classes and the pictures have {classes}: its last "
                "layer cannot be kept, set head to new"
            )
        self.frozen = freeze_stages(self.base, self.last, freeze)
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))
        self.register_buffer("base_mean", torch.tensor(source.mean).view(-1, 1, 1))
        self.register_buffer("base_std", torch.tensor(source.std).view(-1, 1, 1))

    def begin_from(
        self, weights: Mapping[str, torch.Tensor], mean: Sequence[float], std: Sequence[float]
    ) -> dict[str, torch.Tensor]:
        """The state dict of a fresh start: the base's weights by its own names, the head's own.

        mean and std are those by which the pictures that this net is given were normalised.
        """
        own = self.state_dict()
        given = {f"base.{k}": v for k, v in adapted(self.name, weights, self.base).items()}
        if self.fresh:
            head = f"base.{self.last}."
            given = {k: v for k, v in given.items() if not k.startswith(head)}
            given |= {k: v for k, v in own.items() if k.startswith(head)}
        given |= {k: v for k, v in own.items() if not k.startswith("base.")}
        for name, values in (("mean", mean), ("std", std)):
            given[name] = torch.tensor(values).view(-1, 1, 1).to(own[name])
        return given

    def groups(self) -> list[tuple[float, list[nn.Parameter]]]:
        """Shares of the learning rate, and the parameters that learn with them: head, then base."""
        head = list(self.base.get_submodule(self.last).parameters())
        ours = {id(parameter) for parameter in head}
        rest = [p for p in self.parameters() if p.requires_grad and id(p) not in ours]
        return [(1.0, head), *([(self.rate, rest)] if rest else [])]

    def train(self, mode: bool = True) -> "Transfer":
        """As any module, but frozen stages stay at rest: their batch norm keeps what it knows."""
        super().train(mode)
        for name in self.frozen:
            self.base.get_submodule(name).eval()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        x = x * self.std + self.mean  # as bright as the picture itself, 0 to 1
        if x.shape[1] == 1 < self.channels:
            x = x.expand(-1, self.channels, -1, -1)
        elif x.shape[1] > self.channels:
            x = (x * x.new_tensor(GREY).view(-1, 1, 1)).sum(1, keepdim=True)
        x = (x - self.base_mean) / self.base_std
        if (here := x.shape[-1]) != self.side:
            size = (self.side, self.side)
            x = F.interpolate(x, size, mode="bilinear", antialias=here > self.side)
        return self.base(x.contiguous(memory_format=torch.channels_last))


def _own(base: str, net: Mapping[str, Any] | None) -> Source:
    """A base that was trained here, from its description."""
    from models import MODELS, build  # the menu holds this file's own entry, too

    if net is None or net["of"] != base:
        raise ValueError(f"what {base} is made of is not known: give its settings through `parse`")
    own = Own.model_validate(net)
    settings = json.loads(own.model)
    kind = MODELS[settings["name"]].config
    if kind is TransferConfig:
        settings["freeze"] = 0  # what is frozen now is for the outer net to say
    shape = {"channels": own.channels, "image": own.image, "classes": own.classes}
    made = build(kind.model_validate(settings), **shape)
    return Source(made, own.classes, own.channels, own.image, own.mean, own.std)
