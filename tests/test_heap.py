"""What a training process frees stays with it: the next step finds its memory as it left it."""

import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import resource, sys
    import torch
    from core.heap import keep

    if sys.argv[1] == "kept":
        assert keep()

    def step():
        made = [torch.ones(700, 1000) for _ in range(20)]  # 2.8 MB each
        return sum(float(one[0, 0]) for one in made)

    for _ in range(3):
        step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        step()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM), how]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back at each step")
def test_steps_touch_no_fresh_pages():
    assert faults("kept") < 100 < faults("left")
