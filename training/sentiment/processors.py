"""How many processors there are to read, learn and answer with."""

import os
import sys


def processors() -> int:
    """How many processors this process may use."""
    linux = sys.platform == "linux"
    return len(os.sched_getaffinity(0)) if linux else os.cpu_count() or 1
