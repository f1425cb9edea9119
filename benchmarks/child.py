"""One peer loop in a process of its own: `python -m benchmarks.child LOOP CONFIG_JSON`."""

import json
import sys

from benchmarks.loops import LOOPS
from core.config import parse

if __name__ == "__main__":
    step = LOOPS[sys.argv[1]](parse(json.loads(sys.argv[2])))
    while True:  # ended by whoever counts
        print(step(), flush=True)
