"""Run: a training run as an iterable that yields Metrics and owns its model. The one loop."""

import math
import time
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from core import batches, faults, snapshot, transfer
from core.augment import augment, sides
from core.average import Average
from core.config import RunConfig
from core.data import load
from core.device import bfloat16, device
from core.frozen import Frozen
from core.gallery import Gallery
from core.looks import Looks
from core.metrics import Diverged, Metrics
from core.objectives import EVALUATION_BATCH, Score, Tally, objective
from core.optim import optimizers_for
from core.patience import Finite, Patience
from core.ranges import Sweep
from core.rates import Rates
from core.taught import teach
from models import MODELS, build

__all__ = ["Diverged", "Metrics", "Run"]

POINTS = 600  # a curve has about so many points, however long the run
PREPARED = 5000  # training pictures that a model's `prepare` is shown


class Run:
    """One training run. Iterate it to train; stop iterating and it keeps what it learned.

    At each yield the model is at rest: it may be saved, looked at or changed.

    Raises:
        ValueError: the set is not there, or the net does not fit its pictures.
        Diverged: while iterating, when the loss is not finite.
    """

    def __init__(self, config: RunConfig, *, resume: Path | None = None) -> None:
        self.config = config
        self.pictures = load(config.data.name)
        self.device = device()
        self.half = bfloat16(config, self.device)
        torch.manual_seed(config.seed)
        self.model = faults.spoil(build(config.model, **self.pictures.shape), config.fault)
        self.model = self.model.to(self.device).to(memory_format=torch.channels_last)
        self.optimizers = optimizers_for(self.model, config.optimizer)
        self.rates = Rates(config, self.optimizers)
        self._prepare_data()
        if resume is None:
            self._prepare_model()
        self.average = Average(self.model, config.average) if config.average else None
        self.judged = self.average.model if self.average else self.model
        self.objective = objective(
            config, self.model, self.optimizers, self.judged, self.half, self.device
        )
        self.shown = teach(self)  # labels that training may see
        self.step = self.epoch = 0
        self.seconds = 0.0
        self.trained_images = 0
        self.patience = Patience(config.patience)
        self.looks = Looks()
        self.sweep = Sweep() if config.schedule.name == "range" else None
        self.score: Score | None = None
        self._random = None if resume is None else snapshot.restore(self, resume)
        self.frozen = Frozen(self.model, self.judged)
        if resume is not None:
            self.frozen.adopt(resume)
        self._finite = Finite(self.frozen, self.model, *([self.judged] if self.average else []))
        faults.plant(self)

    def _prepare_model(self) -> None:
        """Some nets begin from what they learned before, some from what the pictures look like."""
        if MODELS[self.config.model.name].trained:
            transfer.begin(self.model, self.config.model, self.pictures)
        prepare = getattr(self.model, "prepare", None)
        if prepare is not None:
            prepare(self.normalise(self.images[self.train[:PREPARED]]))

    def _prepare_data(self) -> None:
        pictures = self.pictures
        self.train, self.validation = batches.split(pictures.train_labels, self.config.data)
        self.images = pictures.train_images.to(self.device)
        self.labels = pictures.train_labels.to(self.device)
        self.moments = batches.moments(self.config, pictures.mean, pictures.std)
        self.normalise = batches.Normalise(*self.moments, self.device)
        if self.config.batch > len(self.train):
            raise ValueError(
                f"batch {self.config.batch} is larger than the {len(self.train)} training "
                f"pictures of {pictures.name}: use at most {len(self.train)}"
            )
        self.sides = (
            sides(len(self.labels), self.config.seed) if self.config.data.alternate else None
        )
        self.order = batches.epoch_order
        self.starts = batches.batch_starts(len(self.train), self.config.batch)
        self.steps_per_epoch = len(self.starts)
        self.total_steps = self.steps_per_epoch * self.config.epochs
        self.stride = max(1, self.total_steps // POINTS)
        self.gallery = Gallery(pictures, self.validation)

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    @property
    def images_per_second(self) -> float:
        """Training pictures per second of training, validation not counted."""
        return self.trained_images / self.seconds if self.seconds else 0.0

    def change(
        self,
        *,
        lr: float | None = None,
        momentum: float | None = None,
        weight_decay: float | None = None,
    ) -> None:
        """Set the base rate, momentum or weight decay from the next step on.

        Raises:
            ValueError: out of range, or the optimiser has no such setting.
        """
        self.rates.change(lr=lr, momentum=momentum, weight_decay=weight_decay)

    def view(self) -> dict[str, Any]:
        """The gallery's predictions now and the last confusion matrix, ready for JSON."""
        return snapshot.view(self)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write a checkpoint into `folder`, whole or not at all; its card is returned.

        Raises:
            OSError: disk full or not writable.
        """
        return snapshot.take(self).write(folder)

    def __iter__(self) -> Iterator[Metrics]:
        if self.step == 0:
            yield Metrics(0, 0, moment="start")
        while self.epoch < self.config.epochs and not self.patience.over(self.epoch):
            yield from self._epoch()
            if self.sweep and self.sweep.over:
                yield Metrics(self.step, self.epoch, moment="end")
                return
        if self.patience.give_back(self.judged, self.epoch):
            self.score = yield from self._rest(self.scored(self.validation))
        yield from self._test()

    def _epoch(self) -> Iterator[Metrics]:
        order = self.order(self.train, self.config.seed, self.epoch)
        torch.manual_seed(batches.epoch_seed(self.config.seed, self.epoch))
        done = self.step - self.epoch * self.steps_per_epoch
        if done and self._random is not None:
            torch.set_rng_state(self._random)
        self._random = None  # it belongs to the epoch it was saved in
        window, began = Tally(), self.seconds
        self.objective.epoch = self.epoch
        self.objective.since()  # what the last epoch's tail left uncounted
        self.model.train()
        for number in range(done, self.steps_per_epoch):
            start = time.perf_counter()
            indices = batches.cut(order, self.starts, number)
            window.add(self._batch(indices), len(indices))
            self.seconds += time.perf_counter() - start
            moment = "timeline" if self.step & (self.step - 1) == 0 else ""
            if self.step == 1 or self.step % self.stride == 0:
                values = self._window(window, self.seconds - began)
                yield Metrics(self.step, self.epoch, values, moment)
                window, began = Tally(), self.seconds
            else:
                yield Metrics(self.step, self.epoch, {}, moment)
            if self.sweep and self.sweep.over:
                return
        yield from self._validate()

    def ready(self, pictures: torch.Tensor, mirrored: torch.Tensor | None = None) -> torch.Tensor:
        """Varied and normalised, as a net gets them in training. uint8 -> float32"""
        varied = augment(pictures, self.config.data, self.pictures.mean, mirrored=mirrored)
        return self.normalise(varied).contiguous(memory_format=torch.channels_last)

    def _batch(self, indices: torch.Tensor) -> dict[str, float]:
        mirrored = None if self.sides is None else self.sides[indices] ^ bool(self.epoch % 2)
        x = self.ready(self.images.index_select(0, chosen := indices.to(self.device)), mirrored)
        self.rates.set(self.step / self.total_steps)
        with self.looks.at(self) as self.objective.watcher:
            values = self.objective.step(x, self.shown.index_select(0, chosen))
        self.step += 1
        self.trained_images += len(indices)
        if self.sweep:
            self.sweep.take(values["loss"])
        if not math.isfinite(values["loss"]):
            self._finite.fall_back()
            if not self.sweep:
                raise Diverged(self.step)
        if self.average:
            self.average.take(self.step)
        return values

    def _window(self, window: Tally, seconds: float) -> dict[str, float]:
        self._finite.freshen()
        means = window.means() | self.objective.since()
        values = {f"train.{name}": value for name, value in means.items()}
        return values | {"lr": self.rates.lr, "speed": window.count / max(seconds, 1e-9)}

    def scored(self, indices: torch.Tensor) -> Generator[None, None, Score]:
        """Score the model on training-file pictures, resting after every chunk."""
        return self._scored(self.images, self.labels, indices)

    def _scored(
        self, images: torch.Tensor, labels: torch.Tensor, indices: torch.Tensor
    ) -> Generator[None, None, Score]:
        def chunks() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
            for part in batches.in_chunks(indices.to(self.device), EVALUATION_BATCH):
                x = self.normalise(images.index_select(0, part))
                yield x.contiguous(memory_format=torch.channels_last), labels[part]

        return self.objective.evaluate(chunks, len(self.pictures.classes))

    def _validate(self) -> Iterator[Metrics]:
        score = yield from self._rest(self.scored(self.validation))
        self.score = score
        self.epoch += 1
        kept = partial(self.frozen.copy, self.judged)
        best = self.patience.take(self.epoch, score.good, kept)
        values = {f"val.{name}": value for name, value in score.means.items()}
        yield Metrics(self.step, self.epoch, values, "epoch", best)

    def _test(self) -> Iterator[Metrics]:
        images = self.pictures.test_images.to(self.device)
        labels = self.pictures.test_labels.to(self.device)
        score = yield from self._rest(self._scored(images, labels, torch.arange(len(labels))))
        values = {f"test.{name}": value for name, value in score.means.items()}
        yield Metrics(self.step, self.epoch, values, "end")

    def _rest(self, scoring: Generator[None, None, Score]) -> Generator[Metrics, None, Score]:
        """Yield between the chunks of an evaluation, so that commands are heard there too."""
        while True:
            try:
                next(scoring)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
            yield Metrics(self.step, self.epoch)
