"""The decoding child: the same pictures and sentences as the door itself, whatever comes in."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.decode import Decoders
from core.imaging import BadPicture, open_picture
from tests.corpus import BAD_PICTURES, PNG, forged_jpeg, photo, saved
from tests.corpus_good import GOOD_PICTURES
from tests.workshop import dead, until

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    made = Decoders(1)
    yield made
    made.close()


def child(decoders: Decoders) -> int:
    """The process that rests in a pool of one."""
    found = decoders._children.get()
    decoders._children.put(found)
    return found.process.pid if found else 0


def resident(process: int) -> int:
    """Megabytes of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) >> 10


def test_every_bad_picture_is_refused_by_one_child_in_the_same_words(decoders: Decoders) -> None:
    """None of them breaks it, none costs two seconds, and this process does not grow."""
    decoders.open(PNG, "first.png")
    before = child(decoders)
    for name, (make, _) in BAD_PICTURES.items():
        data = make()
        with pytest.raises(BadPicture) as direct:
            open_picture(data, name)
        begun = time.monotonic()
        with pytest.raises(BadPicture) as caught:
            decoders.open(data, name)
        assert str(caught.value) == str(direct.value)
        assert time.monotonic() - begun < 4  # two, on a machine with other work
    assert child(decoders) == before


@pytest.mark.parametrize("name", GOOD_PICTURES)
def test_good_pictures_arrive_bit_for_bit(decoders: Decoders, name: str) -> None:
    data = GOOD_PICTURES[name][0]()
    here, there = open_picture(data, name), decoders.open(data, name)
    assert (here.mode, here.size, here.info) == (there.mode, there.size, there.info)
    assert np.array_equal(np.asarray(here), np.asarray(there))


def test_hostile_names_are_shown_tame(decoders: Decoders) -> None:
    for name in ("../../etc/x.png", "a\nb\x00.png", "\u202egnp.exe", "x" * 5_000, ""):
        with pytest.raises(BadPicture) as caught:
            decoders.open(b"no", name)
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_a_child_that_hangs_is_ended_and_replaced() -> None:
    hangs = Decoders(1, seconds=0.2, program=(sys.executable, "-c", "import time; time.sleep(99)"))
    begun = time.monotonic()
    with pytest.raises(BadPicture, match=r"^a.png takes longer than 0.2 seconds to open"):
        hangs.open(PNG, "a.png")
    assert time.monotonic() - begun < 3
    assert hangs._children.get() is None


@pytest.mark.parametrize(
    "program",
    [
        "",
        "import sys; sys.stdout.write('x' * 4)",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2{}')",
        'import sys; t=b\'{"mode": "RGB", "size": [99999, 99999], "notes": []}\'; '
        "sys.stdout.buffer.write(len(t).to_bytes(4, 'big') + t)",
        'import sys; t=b\'{"mode": "F", "size": [9, 9]}\'; '
        "sys.stdout.buffer.write(len(t).to_bytes(4, 'big') + t)",
    ],
)
def test_a_child_that_dies_or_lies_costs_one_picture(program: str, caplog) -> None:
    """What it says is checked: no more pixels are read than a picture can have."""
    lies = Decoders(1, program=(sys.executable, "-c", program))
    with caplog.at_level(logging.WARNING), pytest.raises(BadPicture, match="cannot be opened here"):
        lies.open(PNG, "a.png")
    assert "the child" in caplog.text
    assert lies._children.get() is None


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by the system")
def test_memory_is_bounded_and_the_next_picture_opens(decoders: Decoders) -> None:
    """A picture within the limits of size that needs more memory than a child may have."""
    tight = Decoders(1, memory=150 * 2**20)
    try:
        large = saved(photo(5_000, 4_900).convert("RGBA"), compress_level=1)
        with pytest.raises(BadPicture, match="^large.png "):
            tight.open(large, "large.png")
        assert tight.open(PNG, "a.png").size == (64, 48)
        assert decoders.open(large, "large.png").size == (1250, 1225)
        assert resident(child(tight)) < 160
    finally:
        tight.close()


def test_a_photo_is_quick(decoders: Decoders) -> None:
    data = saved(photo(4_000, 3_000), "JPEG")
    begun = time.monotonic()
    assert max(decoders.open(data, "photo.jpg").size) <= 2_048
    assert time.monotonic() - begun < 2


def test_many_threads_share_few_children() -> None:
    shared = Decoders(2)
    sizes: list[tuple[int, int]] = []
    refused: list[str] = []

    def bring(number: int) -> None:
        try:
            sizes.append(shared.open(saved(photo(20 + number, 30)), "a.png").size)
            shared.open(forged_jpeg(9_000, 9_000), "b.jpg")
        except BadPicture as problem:
            refused.append(str(problem))

    threads = [threading.Thread(target=bring, args=(n,)) for n in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(sizes) == [(20 + n, 30) for n in range(8)]
        assert len(refused) == 8 and len(set(refused)) == 1
        assert shared._children.qsize() == 2
    finally:
        shared.close()


def test_children_end_with_the_pool(decoders: Decoders) -> None:
    short = Decoders(1)
    short.warm_up()
    process = child(short)
    assert not dead(process)
    short.close()
    until(lambda: dead(process))
