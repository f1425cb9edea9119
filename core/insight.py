"""What the command about looking into nets does: attention maps of a picture as a file."""

import io
from argparse import Namespace as Arguments
from pathlib import Path

from core.commands import Say


def attention(arguments: Arguments, say: Say) -> None:
    """Attention maps, rollout and class relevance of a picture, kept as .npz.

    maps (layers, heads, n, n); rollout and relevance are on the grid of patches (h, w), the
    latter for the net's answer or for the class that was named.
    """
    import numpy as np
    import torch

    from core import rollout
    from core.checkpoint import write_whole
    from core.imaging import open_picture
    from core.inference import open_predictor

    net = open_predictor(arguments.run, arguments.checkpoint)
    packed = net.tensor(open_picture(Path(arguments.image), Path(arguments.image).name)).numpy()
    index = _class(net.classes, arguments.of)
    if index is None:
        index = int(net.logits(torch.from_numpy(packed)[None]).argmax())
    maps = rollout.attention(net, packed)
    looked, spoke = rollout.rollout(maps), rollout.relevance(net, packed, index)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, maps=maps, rollout=looked, relevance=spoke)
    try:
        write_whole(Path(arguments.out), buffer.getvalue())
    except OSError as problem:
        raise ValueError(f"{arguments.out} cannot be written: {problem.strerror}") from None
    line = {"file": arguments.image, "class": net.classes[index], "out": arguments.out}
    shapes = {"maps": list(maps.shape), "rollout": list(looked.shape)}
    shapes["relevance"] = list(spoke.shape)
    layers, heads, tokens, _ = maps.shape
    text = f"{layers} layers of {heads} heads on {tokens} tokens, for {net.classes[index]}"
    say(line | shapes, f"{arguments.out}: {text}")


def _class(classes: tuple[str, ...], name: str) -> int | None:
    """A class by its name; None where none was named.

    Raises:
        ValueError: the net does not know it.
    """
    if not name:
        return None
    if name not in classes:
        known = ", ".join(classes[:12]) + (", …" if len(classes) > 12 else "")
        raise ValueError(f"class {name[:60]!r} is unknown to this net: use one of {known}")
    return classes.index(name)
