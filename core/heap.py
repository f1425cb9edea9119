"""The heap of a training process: memory that a step gives back is kept for the next step."""

import ctypes
import sys

# Numbers of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def keep() -> bool:
    """Stop this process from handing freed memory back to the system; whether that was possible.

    Every step takes and frees the same tens, in a convolutional net hundreds of megabytes. Left
    alone, glibc returns them each time, and the system clears each page anew: a fault for every
    few thousand numbers, at every step. Other systems' allocators do not do so.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    # What has a mapping of its own goes back when it is freed, whatever the thresholds say, and
    # above 32 MB everything gets one: so there are none.
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, NEVER))
