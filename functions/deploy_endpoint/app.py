"""Register ended runs and move the endpoint one step towards the newest approved package.

The registry says what should be live, DescribeEndpoint what is. Every invocation, whatever woke it,
compares the two and takes at most one step, so lost, doubled and reordered events are harmless, and
approving or rejecting a package by hand is all it takes to deploy or to roll back.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from endpoint import converge, delete_unused, live_version
from packages import (
    all_packages,
    delete_old_packages,
    is_strange,
    measure_waiting,
    tell_states,
    turn_away,
)
from registering import ended_jobs, first_models, register_first_model, settle

from runs.each import each, raise_all
from runs.registry import is_deployable, run_of

logger = Logger()


@logger.inject_lambda_context(log_event=False)
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    failures = each(register_first_model, first_models())
    failures += each(settle, ended_jobs())
    known = all_packages()
    failures += each(turn_away, filter(is_strange, known))
    wanted = next(filter(is_deployable, known), None)
    measure_waiting(wanted)  # also where the step fails
    obstacle = converge(wanted)
    wanted_version = wanted["ModelPackageVersion"] if wanted else None
    live = live_version()
    packages = list(filter(run_of, known))
    failures += tell_states(packages, wanted_version, live, obstacle)
    delete_unused(wanted)
    delete_old_packages(packages, keep={live, wanted_version})
    raise_all(failures)
