"""Register ended runs and move the endpoint one step towards the newest approved package.

The registry says what should be live, DescribeEndpoint what is. Every invocation, whatever woke it,
compares the two and takes at most one step, so lost, doubled and reordered events are harmless, and
approving or rejecting a package by hand is all it takes to deploy or to roll back.
"""

from typing import Any

from endpoint import converge, delete_unused, live_version
from packages import (
    delete_old_packages,
    measure_waiting,
    newest_deployable,
    newest_packages,
    tell_states,
)
from registering import ended_jobs, register_first_model, settle


def lambda_handler(_event: dict[str, Any], _context: object) -> None:
    register_first_model()
    for job in ended_jobs():
        settle(job)
    packages = newest_packages()
    wanted = newest_deployable(packages)
    measure_waiting(wanted)  # also where the step fails
    converge(wanted)
    wanted_version = wanted["ModelPackageVersion"] if wanted else None
    live = live_version()
    tell_states(packages, wanted_version, live)
    delete_unused(wanted)
    delete_old_packages(packages, keep={live, wanted_version})
