"""The names of torchvision's ViT weights in the words of our own ViT."""

import re
from collections.abc import Mapping

import torch

NAMES = (
    (r"class_token", "cls"),
    (r"conv_proj\.(\w+)", r"embed.project.\1"),
    (r"encoder\.pos_embedding", "positions"),
    (r"encoder\.layers\.encoder_layer_(\d+)\.ln_([12])\.(\w+)", r"blocks.\1.norm\2.\3"),
    (
        r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_(\w+)",
        r"blocks.\1.attention.qkv.\2",
    ),
    (
        r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.(\w+)",
        r"blocks.\1.attention.project.\2",
    ),
    (r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.([03])\.(\w+)", r"blocks.\1.mlp.\2.\3"),
    (r"encoder\.ln\.(\w+)", r"norm.\1"),
    (r"heads\.head\.(\w+)", r"head.\1"),
)


def from_torchvision(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A torchvision ViT's state dict with our names: what `ViT.load_state_dict` takes.

    Both stack queries, keys and values in this order in one matrix, so no number changes.

    Raises:
        ValueError: a name that torchvision's ViT does not have.
    """
    renamed: dict[str, torch.Tensor] = {}
    for name, value in weights.items():
        matches = ((re.fullmatch(pattern, name), ours) for pattern, ours in NAMES)
        found = next((match.expand(ours) for match, ours in matches if match), None)
        if found is None:
            raise ValueError(
                f"{name} is no weight of a torchvision ViT: take one of vit_b_16's kin"
            )
        # torchvision keeps an axis of one picture in front of these two.
        renamed[found] = value.squeeze() if found in ("cls", "positions") else value
    return renamed
