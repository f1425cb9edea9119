"""What the commands about looking into nets do: attention maps and samples as files."""

import io
from argparse import Namespace as Arguments
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands import Say

if TYPE_CHECKING:
    from core.codes import Samples

MOST_SAMPLES = 10_000


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


def sample(arguments: Arguments, say: Say) -> None:
    """Pictures that an autoencoder makes of samples of its prior, as one .png or as .npz.

    The .npz holds pictures (n, h, w, c) uint8, z (n, d) and, where the decoder is told one,
    content (n).
    """
    from core.checkpoint import write_whole
    from core.maker import open_maker

    maker = open_maker(arguments.run, arguments.checkpoint)
    out, count = Path(arguments.out), arguments.n
    if out.suffix not in (".png", ".npz"):
        raise ValueError(f"{out.name}: choose a file that ends in .png or .npz")
    if not 1 <= count <= MOST_SAMPLES:
        raise ValueError(f"{count} samples: ask for 1 to {MOST_SAMPLES:,}")
    made = maker.sample(
        count,
        seed=arguments.seed,
        component=arguments.component,
        content=arguments.content,
        temperature=arguments.temperature,
    )
    try:
        write_whole(out, _file(made, out.suffix))
    except OSError as problem:
        raise ValueError(f"{out} cannot be written: {problem.strerror}") from None
    line = {"out": str(out), "n": count, "seed": arguments.seed, "code": maker.code}
    say(line, f"{out}: {count} samples of codes with {maker.code} numbers")


def _file(made: "Samples", suffix: str) -> bytes:
    import numpy as np

    from core.sheets import sheet

    pictures = made.pictures.transpose(0, 2, 3, 1)
    if suffix == ".png":
        return sheet(pictures, max(1, round(len(pictures) ** 0.5)), 56)
    told: dict[str, Any] = {} if made.content is None else {"content": made.content}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, pictures=pictures, z=made.z, **told)
    return buffer.getvalue()
