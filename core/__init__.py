"""Everything that is true without a browser."""

import os

# OpenMP threads wait for each other by spinning: the longer they may, the quicker the steps; but a
# thread that has no core lets the others spin for nothing. Only where the system tells how long
# threads wait for a core (core/crew.py) can a run give such a thread up, and afford a long spin.
# libgomp reads this once, when torch is first imported.
_told = os.path.exists("/proc/self/schedstat")
os.environ.setdefault("GOMP_SPINCOUNT", "100000" if _told else "1000")
