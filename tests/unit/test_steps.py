"""Which step deploy_endpoint takes from which state."""

import pytest

from functions.deploy_endpoint.steps import Step, next_step, state_of


def endpoint(status, version):
    return {"EndpointStatus": status, "EndpointConfigName": f"verdict-0123456789ab-2-v{version}"}


@pytest.mark.parametrize(
    ("now", "wanted", "attempts", "step"),
    [
        (None, None, 0, Step.SETTLED),
        (None, 1, 0, Step.CREATE),
        (None, 1, 1, Step.CREATE),
        (None, 1, 2, Step.REJECT),
        (endpoint("Creating", 1), 1, 1, Step.WAIT),
        (endpoint("Creating", 1), 2, 0, Step.WAIT),
        (endpoint("Deleting", 1), 1, 1, Step.WAIT),
        (endpoint("RollingBack", 1), 2, 2, Step.WAIT),
        (endpoint("SystemUpdating", 1), 2, 0, Step.WAIT),
        (endpoint("Failed", 1), 1, 1, Step.DELETE),
        (endpoint("Failed", 1), 1, 2, Step.REJECT),
        (endpoint("Failed", 1), 2, 0, Step.DELETE),
        (endpoint("Failed", 1), None, 0, Step.DELETE),
        (endpoint("UpdateRollbackFailed", 1), 2, 2, Step.DELETE),
        (endpoint("InService", 1), 1, 1, Step.SETTLED),
        (endpoint("InService", 1), 2, 0, Step.UPDATE),
        (endpoint("InService", 1), 2, 1, Step.UPDATE),
        (endpoint("InService", 1), 2, 2, Step.REJECT),
        (endpoint("InService", 2), 1, 0, Step.UPDATE),
        (endpoint("InService", 1), None, 0, Step.DELETE),
    ],
)
def test_each_state_has_its_step(now, wanted, attempts, step):
    assert next_step(now, wanted, attempts) is step


@pytest.mark.parametrize(
    ("approval", "version", "wanted", "live", "state"),
    [
        ("PendingManualApproval", 3, 2, 2, "trained"),
        ("Rejected", 3, 2, 3, "rejected"),
        ("Approved", 3, 3, 2, "deploying"),
        ("Approved", 2, 3, 2, "live"),  # it answers until the newer one does
        ("Approved", 3, 3, 3, "live"),
        ("Approved", 1, 3, 2, "superseded"),
        ("Approved", 1, 1, None, "deploying"),
    ],
)
def test_each_package_has_its_state(approval, version, wanted, live, state):
    package = {"ModelApprovalStatus": approval, "ModelPackageVersion": version}

    assert state_of(package, wanted, live) == state
