"""Everything that is true without a browser."""

import os

# OpenMP threads that wait by spinning starve whoever else wants the cores (a second run, the
# browser): two runs of two threads on two cores fall to a twentieth of their joint speed, and with
# a short spin to nearly none of it lost. libgomp reads this once, when torch is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
