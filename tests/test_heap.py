"""What a training process frees stays with it: the next step finds its memory as it left it."""

import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import os
    from pathlib import Path

    import torch
    from core.heap import keep

    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 / 1e6

    for kept in (True, False):
        if os.fork():
            assert os.wait()[1] == 0
            continue
        if kept:
            assert keep()
        torch.ones(20_000)  # what a first tensor loads is not its own
        before = resident()
        made = torch.ones(7_000_000)  # 28 MB
        during = resident()
        del made
        print(during - before, resident() - before, flush=True)
        os._exit(0)
"""


def held() -> list[tuple[float, float]]:
    """Megabytes that a process takes for a tensor of 28, and holds when it is gone.

    First of one that keeps its memory, then of one that does not.
    """
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    taken, left, taken_too, left_too = map(float, done.stdout.split())
    return [(taken, left), (taken_too, left_too)]


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back at each step")
def test_memory_of_a_step_is_kept_for_the_next():
    (taken, left), (taken_too, left_too) = held()
    assert taken > 25 and left > 25
    assert taken_too > 25 and left_too < 5
