"""What a training process frees stays with it: the next step finds its memory as it left it."""

import os
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
        made = torch.ones(int(os.environ["NUMBERS"]))
        during = resident()
        del made
        print(during - before, resident() - before, flush=True)
        os._exit(0)
"""


def held(megabytes: int) -> list[tuple[float, float]]:
    """Megabytes that a process takes for a tensor of so many, and holds when it is gone.

    First of one that keeps its memory, then of one that does not.
    """
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    env = {**os.environ, "NUMBERS": str(megabytes * 250_000)}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
    taken, left, taken_too, left_too = map(float, done.stdout.split())
    return [(taken, left), (taken_too, left_too)]


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back at each step")
@pytest.mark.parametrize("megabytes", [28, 120])  # glibc treats those above 32 in another way
def test_memory_of_a_step_is_kept_for_the_next(megabytes):
    (taken, left), (taken_too, left_too) = held(megabytes)
    assert taken > megabytes - 3 and left > megabytes - 3
    assert taken_too > megabytes - 3 and left_too < 5
