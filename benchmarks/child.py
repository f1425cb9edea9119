"""One peer loop in a process of its own: `python -m benchmarks.child LOOP SECONDS CONFIG_JSON`."""

import json
import sys
import time

from benchmarks.loops import by_hand, by_loader
from core.config import parse

WARM = 1.0  # seconds that do not count

if __name__ == "__main__":
    loop, seconds, config = sys.argv[1], float(sys.argv[2]), parse(json.loads(sys.argv[3]))
    step = {"hand": by_hand, "loader": by_loader}[loop](config)
    until = time.perf_counter() + WARM
    while time.perf_counter() < until:
        step()
    start, images = time.perf_counter(), 0
    while (now := time.perf_counter()) < start + seconds:
        images += step()
    print(images / (now - start))
