"""Pictures as files of a tutorial: opened, varied and normalised one by one."""

from collections.abc import Iterator, Sequence

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from core.data import Pictures


class Files(Dataset[tuple[torch.Tensor, int]]):
    """Pictures one by one through PIL and transforms, as torchvision's own sets hand them out."""

    def __init__(
        self,
        pictures: Pictures,
        varied: Sequence[nn.Module] = (),
        moments: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> None:
        self.pictures = pictures
        scale = transforms.Normalize(*(moments or (pictures.mean, pictures.std)))
        self.transform = transforms.Compose([*varied, transforms.ToTensor(), scale])
        self.to_pil = transforms.ToPILImage()

    def __len__(self) -> int:
        return len(self.pictures.train_labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = self.to_pil(self.pictures.train_images[index])
        return self.transform(image), int(self.pictures.train_labels[index])


def shuffled(files: Files, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Whole batches by `DataLoader`, epoch after epoch without end."""
    loader = DataLoader(files, batch_size=batch, shuffle=True, drop_last=True)
    while True:
        yield from loader
