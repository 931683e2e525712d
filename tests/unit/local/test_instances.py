"""What an instance type's name says of its size; figures from AWS's lists of instance types."""

import pytest

from local import LocalError
from local.containers.docker import size

KNOWN = {
    "ml.t2.medium": (2, 4),
    "ml.t3.2xlarge": (8, 32),
    "ml.m5.large": (2, 8),
    "ml.m5.xlarge": (4, 16),
    "ml.m5.24xlarge": (96, 384),
    "ml.c5.9xlarge": (36, 72),
    "ml.c6i.32xlarge": (128, 256),
    "ml.r5d.4xlarge": (16, 128),
    "ml.r8g.medium": (1, 8),
    "ml.m7i-flex.8xlarge": (32, 128),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_name_tells_cores_and_memory(name):
    cpus, gib = KNOWN[name]

    assert size(name) == (cpus, gib * 1024)


@pytest.mark.parametrize(
    "name", ["ml.g5.xlarge", "ml.p3.2xlarge", "ml.trn1.2xlarge", "m5.large", ""]
)
def test_another_name_is_refused(name):
    with pytest.raises(LocalError, match="in containers it plays"):
        size(name)
