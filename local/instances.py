"""How large SageMaker's instances are, computed from their names: `ml.<family>.<size>`."""

import re
from typing import NamedTuple

# GiB for each vCPU: c for computing, m in general, r for memory; t takes after m.
_GIB_FOR_EACH_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
_TYPE = re.compile(
    r"ml\.(?P<kind>[cmrt])\d+[a-z]*(-flex)?\.((?P<times>\d*)x)?(?P<size>large|medium)"
)


class Size(NamedTuple):
    """What a container gets of an instance: everything."""

    cpus: int
    memory_mb: int


def size(instance_type: str) -> Size:
    """The size of an instance type without a GPU; ValueError for all others."""
    match = _TYPE.fullmatch(instance_type)
    if match is None:
        raise ValueError(
            f"The local cloud doesn't know how large {instance_type} is: in containers it plays"
            " instances of the families c, m, r and t only, and none with a GPU."
        )
    kind = match["kind"]
    if match["size"] == "medium":  # of the t family two slow cores, of the others one
        return Size(2, 4096) if kind == "t" else Size(1, 1024 * _GIB_FOR_EACH_CPU[kind])
    cpus = 2 if match["times"] is None else 4 * int(match["times"] or 1)
    return Size(cpus, cpus * 1024 * _GIB_FOR_EACH_CPU[kind])
