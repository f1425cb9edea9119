"""The Train page shows what augmentation does to the run's first pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from core.augment import before_after
from core.config import RunConfig, parse
from core.store import Store
from pages.ui import augmentation
from tests.stage import page, sound

SAID = "The first pictures of this run"


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def test_the_pictures_come_with_augmentation_and_go_without(store):
    at = page("train")  # the best preset of the first set shifts
    with_it = len(sound(at).get("image"))
    assert [c.value for c in at.caption if c.value.startswith(SAID)]
    at.slider(key="train.data.shift").set_value(0).run()
    assert len(sound(at).get("image")) == with_it - 1
    assert not [c.value for c in at.caption if c.value.startswith(SAID)]
    at.slider(key="train.data.rotate").set_value(30).run()
    assert len(sound(at).get("image")) == with_it


def test_the_sheet_is_two_rows_of_the_runs_own_pictures(fresh_home):
    config = parse({"data": {"name": "mnist-5k", "erase": 8}})
    png = augmentation._sheet(RunConfig.model_dump_json(config), 1)
    sheet = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    before, after = before_after(config, augmentation.SHOWN)
    columns = [np.flatnonzero(sheet[0, :, 3])[0]]
    columns += [c for c in range(1, sheet.shape[1]) if sheet[0, c, 3] > sheet[0, c - 1, 3]]
    rows = [0, next(r for r in range(1, len(sheet)) if sheet[r, 0, 3] > sheet[r - 1, 0, 3])]
    assert len(columns) == augmentation.SHOWN
    side = before.shape[1] * int(np.flatnonzero(sheet[0, :, 3] == 0)[0] / before.shape[1])
    scale = side // before.shape[1]
    for row, pictures in zip(rows, (before, after), strict=True):
        for column, picture in zip(columns, pictures, strict=True):
            square = sheet[row : row + side : scale, column : column + side : scale, :1]
            assert np.array_equal(square, picture)
