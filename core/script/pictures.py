"""How a script gets its pictures, from torchvision or a packed set, and how it varies them."""

from core.config import RunConfig
from core.datasets import DATASETS
from core.pack import Card
from core.script.lines import Line, aside, say
from core.script.sources import Sources
from models import MODELS

TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}

PACKED = '''
def packed(file: Path) -> torch.Tensor:
    """The bytes of an array in numpy's own format, mapped: a header with its length, then these."""
    whole = torch.from_file(str(file), size=file.stat().st_size, dtype=torch.uint8)
    return whole[10 + int(whole[8]) + 256 * int(whole[9]) :]


def from_pack(folder: Path) -> list[torch.Tensor]:
    """Pictures (n, c, h, w) uint8 and labels (n): to train with, then to test with."""
    parts = []
    for part in ("train", "test"):
        images = packed(folder / f"{part}_images.npy").view(SHAPE)
        parts += [images, packed(folder / f"{part}_labels.npy").view(torch.int64)]
    return parts
'''

GREY = '''
def from_torchvision(root: str) -> list[torch.Tensor]:
    """The same, downloaded by torchvision into `root` if they are not there yet."""
    parts = []
    for train in (True, False):
        found = datasets.KIND(root, train=train, download=True)
        parts += [found.data.unsqueeze(1), found.targets]
    return parts
'''

COLOUR = '''
def from_torchvision(root: str) -> list[torch.Tensor]:
    """The same, downloaded by torchvision into `root` if they are not there yet."""
    parts = []
    for train in (True, False):
        found = datasets.KIND(root, train=train, download=True)
        images = torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous()
        parts += [images, torch.tensor(found.targets)]
    return parts
'''

ASKED = '''
def asked() -> list[torch.Tensor]:
    """The pictures that the command line asks for."""
    parser = argparse.ArgumentParser()
    FLAGS
    words = parser.parse_args()
    return ANSWER
'''


def known(card: Card) -> str:
    """torchvision's class for a set that holds the very pictures of torchvision's, else ""."""
    kind, spec = TORCHVISION.get(card.name), DATASETS.get(card.name)
    if kind is None or spec is None:
        return ""
    counts = sum(card.train), sum(card.test), card.classes
    whole = spec.train * len(spec.classes), spec.test * len(spec.classes), spec.classes
    # Packed from their authors' files, the sets of grey pictures keep their order too.
    return kind if counts == whole and (spec.channels == 1 or card.source == spec.source) else ""


def loading(card: Card, sources: Sources) -> list[Line]:
    """Functions that open the pictures."""
    sources.imports |= {("argparse", "", "argparse"), ("pathlib", "Path", "Path")}
    help = f"the playground's own copy of the set: the folder data/{card.name} in its home"
    shape = f"-1, {card.channels}, {card.size}, {card.size}"
    texts = [PACKED.replace("SHAPE", shape)]
    answer = "from_pack(words.pack)"
    if kind := known(card):
        sources.imports.add(("torchvision", "datasets", "datasets"))
        texts.append((GREY if card.channels == 1 else COLOUR).replace("KIND", kind))
        flags = [
            'parser.add_argument("--root", default="data", help="where torchvision keeps pictures")'
        ]
        flags.append(_flag(help))
        answer = f"{answer} if words.pack else from_torchvision(words.root)"
    else:
        flags = [_flag(help, "required=True,\n        ")]
    texts.append(ASKED.replace("FLAGS", "\n    ".join(flags)).replace("ANSWER", answer))
    return [line for text in texts for line in aside("\n" + text)]


def _flag(help: str, more: str = "") -> str:
    """The flag for a packed set, on several lines as it is a long one."""
    body = f'"--pack",\n        type=Path,\n        {more}help="{help}",'
    return f"parser.add_argument(\n        {body}\n    )"


def varied(config: RunConfig, sources: Sources) -> list[Line]:
    """Lines of the loop that vary `pictures`, one for each kind of augmentation."""
    data = config.data
    lines = []
    if data.flip and data.alternate:
        sources.take("core.augment", "sides")
        # Those who face the other way in even epochs.
        call = "pictures = mirror(pictures, facing[chosen] ^ bool(epoch % 2))"
        lines.append(say(call, "data.flip", "data.alternate"))
    elif data.flip:
        lines.append(
            say("pictures = mirror(pictures, torch.rand(len(pictures)) < 0.5)", "data.flip")
        )
    if data.rotate:
        lines.append(say("share = 2 * torch.rand(len(pictures)) - 1", "data.rotate"))
        lines.append(say(f"pictures = turn(pictures, share * {data.rotate})", "data.rotate"))
    if data.shift:
        lines.append(say(f"pictures = shift(pictures, {data.shift})", "data.shift"))
    if data.erase:
        colour = "COLOUR" if MODELS[config.model.name].signed else "MEAN"
        lines.append(say(f"pictures = erase(pictures, {data.erase}, {colour})", "data.erase"))
    sources.need("core.augment", "\n".join(line.text for line in lines))
    return lines
