"""The heap of a training process: memory that a step gives back is kept for the next step."""

import ctypes
import sys

# Numbers of glibc's malloc.h, and the largest values that it takes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_MMAP = 32 * 1024 * 1024
NEVER = 2**31 - 1


def keep() -> bool:
    """Stop this process from handing freed memory back to the system; whether that was possible.

    Every step takes and frees the same tens of megabytes. Left alone, glibc returns them each
    time, and the system clears each page anew: a fault for every few thousand numbers, at every
    step. Other systems' allocators do not do so.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    # Setting one ends the growth of the other by itself, so both are set.
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP) and mallopt(M_TRIM_THRESHOLD, NEVER))
