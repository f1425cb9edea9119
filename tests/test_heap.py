"""What a training process frees stays with it: the next step finds its memory as it left it."""

import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import sys
    from pathlib import Path

    import torch
    from core.heap import keep

    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 / 1e6

    torch.ones(10)
    if sys.argv[1] == "kept":
        assert keep()
    before = resident()
    made = torch.ones(7_000_000)  # 28 MB
    during = resident()
    del made
    print(during - before, resident() - before)
"""


def held(how: str) -> tuple[float, float]:
    """Megabytes that a process takes for a tensor of 28, and holds when it is gone."""
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM), how]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    taken, left = map(float, done.stdout.split())
    return taken, left


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back at each step")
def test_memory_of_a_step_is_kept_for_the_next():
    taken, left = held("kept")
    assert taken > 25 and left > 25
    taken, left = held("as it comes")
    assert taken > 25 and left < 5
