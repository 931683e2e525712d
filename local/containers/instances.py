"""How large SageMaker's instances are, computed from their names: `ml.<family>.<size>`."""

import re

from local.containers.engine import EngineError

# GiB for each vCPU: c for computing, m in general, r for memory; t takes after m.
_GIB_FOR_EACH_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
_TYPE = re.compile(r"ml\.([cmrt])\d+[a-z]*(?:-flex)?\.(medium|large|(\d*)xlarge)")


def size(instance_type: str) -> tuple[int, int]:
    """Cores and MiB of an instance type without a GPU; EngineError for all others."""
    match = _TYPE.fullmatch(instance_type)
    if match is None:
        raise EngineError(
            f"The local cloud doesn't know how large {instance_type} is: in containers it plays"
            " instances of the families c, m, r and t only, and none with a GPU."
        )
    kind, name, times = match.groups()
    if instance_type.startswith("ml.t") and name == "medium":
        return 2, 4096  # two slow cores, of the other families one
    cpus = {"medium": 1, "large": 2}.get(name) or 4 * int(times or 1)
    return cpus, cpus * 1024 * _GIB_FOR_EACH_CPU[kind]
