"""Which step deploy_endpoint takes from which state, and in which states an endpoint answers."""

import ast
import json

import pytest

from functions.deploy_endpoint.steps import (
    ANSWERING,
    Step,
    answering_version,
    being_deployed,
    next_step,
    state_of,
)
from operations import drop
from tests import endpoint_statuses
from tests.templates import ROOT

RUN = "verdict-0123456789ab-2"
SERVERLESS = {"CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
INSTANCES = {"CurrentInstanceCount": 2, "DesiredInstanceCount": 2}


def config(version, how="01234567"):
    return f"{RUN}-v{version}-{how}"


def endpoint(status, version, how="01234567", variant=SERVERLESS):
    name = config(version, how)
    return {"EndpointStatus": status, "EndpointConfigName": name, "ProductionVariants": [variant]}


@pytest.mark.parametrize(
    ("now", "wanted", "attempts", "step"),
    [
        (None, None, 0, Step.SETTLED),
        (None, 1, 0, Step.CREATE),
        (None, 1, 1, Step.CREATE),
        (None, 1, 2, Step.REJECT),
        (None, 1, 3, Step.REJECT),
        (endpoint("Creating", 1), 1, 1, Step.WAIT),
        (endpoint("Creating", 1), 2, 0, Step.WAIT),
        (endpoint("Deleting", 1), 1, 1, Step.WAIT),
        (endpoint("RollingBack", 1), 2, 2, Step.WAIT),
        (endpoint("SystemUpdating", 1), 2, 0, Step.WAIT),
        (endpoint("Failed", 1), 1, 1, Step.DELETE),
        (endpoint("Failed", 1), 1, 2, Step.REJECT),
        (endpoint("Failed", 1), 1, 3, Step.REJECT),
        (endpoint("Failed", 2), 1, 2, Step.DELETE),
        (endpoint("Failed", 1), 2, 0, Step.DELETE),
        (endpoint("Failed", 1), None, 0, Step.DELETE),
        (endpoint("UpdateRollbackFailed", 1), 2, 2, Step.DELETE),
        (endpoint("InService", 1), 1, 1, Step.SETTLED),
        (endpoint("InService", 1), 2, 0, Step.UPDATE),
        (endpoint("InService", 1), 2, 1, Step.UPDATE),
        (endpoint("InService", 1), 2, 2, Step.REJECT),
        (endpoint("InService", 1), 2, 3, Step.REJECT),
        (endpoint("InService", 2), 1, 0, Step.UPDATE),
        (endpoint("InService", 1), None, 0, Step.DELETE),
    ],
)
def test_each_state_has_its_step(now, wanted, attempts, step):
    for serverless in (True, False):
        name = wanted and config(wanted)
        assert next_step(now, name, attempts, serverless=serverless) is step


@pytest.mark.parametrize(
    ("now", "attempts", "step"),
    [
        (endpoint("InService", 1, "89abcdef"), 0, Step.UPDATE),
        (endpoint("InService", 1, "89abcdef"), 1, Step.UPDATE),
        (endpoint("InService", 1, "89abcdef"), 2, Step.STAY),  # no fault of the package
        (endpoint("InService", 2, "89abcdef"), 2, Step.REJECT),
        (endpoint("Updating", 1, "89abcdef"), 1, Step.WAIT),
        (endpoint("Failed", 1, "89abcdef"), 2, Step.DELETE),
        ({"EndpointStatus": "InService", "EndpointConfigName": f"{RUN}-v1"}, 0, Step.UPDATE),
    ],
)
def test_how_it_serves_is_a_part_of_what_is_wanted(now, attempts, step):
    assert next_step(now, config(1), attempts, serverless=True) is step


@pytest.mark.parametrize(
    ("now", "attempts", "step"),
    [
        (None, 2, Step.CREATE),
        (endpoint("Failed", 1), 1, Step.DELETE),
        (endpoint("Failed", 1), 2, Step.STAY),
        (endpoint("InService", 2), 1, Step.UPDATE),
        (endpoint("InService", 2), 2, Step.STAY),
        (endpoint("InService", 1, variant=INSTANCES), 2, Step.SETTLED),
        (endpoint("InService", 1, "89abcdef", INSTANCES), 2, Step.REPLACE),
    ],
)
def test_a_package_that_has_been_live_is_never_given_up(now, attempts, step):
    assert next_step(now, config(1), attempts, serverless=True, has_been_live=True) is step


@pytest.mark.parametrize(
    ("variant", "serverless", "step"),
    [
        (INSTANCES, True, Step.REPLACE),
        (INSTANCES, False, Step.UPDATE),
        (SERVERLESS, True, Step.UPDATE),
        (SERVERLESS, False, Step.UPDATE),
        (SERVERLESS | {"CurrentInstanceCount": 0}, True, Step.UPDATE),
    ],
)
def test_only_from_instances_to_serverless_the_endpoint_is_made_anew(variant, serverless, step):
    now = endpoint("InService", 1, "89abcdef", variant)

    assert next_step(now, config(1), 0, serverless=serverless) is step


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


def test_every_status_that_aws_knows_is_judged_by_what_aws_says_of_it():
    described, reasons = endpoint_statuses.described(), endpoint_statuses.reasons()

    assert sorted(described) == sorted(reasons) == endpoint_statuses.enumerated()
    for status, words in reasons.items():
        assert words in described[status], status


@pytest.mark.parametrize("status", endpoint_statuses.enumerated())
def test_what_answers_is_live_whatever_is_being_done_to_the_endpoint(status):
    live = answering_version(endpoint(status, 2))

    assert live == (2 if status in endpoint_statuses.ANSWERING else None)
    approved = {"ModelApprovalStatus": "Approved", "ModelPackageVersion": 2}
    assert state_of(approved, 2, live) == ("live" if live else "deploying")


@pytest.mark.parametrize(
    ("status", "pending", "config_name"),
    [
        ("Updating", {"EndpointConfigName": config(2)}, config(2)),
        ("Updating", {}, None),
        ("RollingBack", {"EndpointConfigName": config(2)}, None),  # back to what it was
        ("InService", {}, None),
    ],
)
def test_what_is_being_deployed_is_what_aws_calls_pending(status, pending, config_name):
    now = endpoint(status, 1) | ({"PendingDeploymentSummary": pending} if pending else {})

    assert being_deployed(now) == config_name
    assert being_deployed(None) is None


def test_a_config_that_somebody_made_by_hand_is_none_of_ours_and_is_replaced():
    by_hand = endpoint("InService", 1) | {"EndpointConfigName": "mine"}

    assert answering_version(by_hand) is None
    assert next_step(by_hand, config(1), 0, serverless=True) is Step.UPDATE
    assert next_step(by_hand, config(1), 2, serverless=True) is Step.REJECT
    assert next_step(by_hand, None, 0, serverless=True) is Step.DELETE


def test_nothing_answers_where_there_is_no_endpoint():
    assert answering_version(None) is None


def test_who_does_not_share_code_with_deploy_endpoint_keeps_the_same_list():
    folder = ROOT / "functions/predict_sentiment"
    model = json.loads((folder / "openapi.json").read_text())["components"]["schemas"]["Model"]
    source = ast.parse((folder / "live.py").read_text())
    (kept,) = [
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ANSWERING"
    ]

    assert kept == set(model["properties"]["status"]["enum"])
    assert kept == drop.ANSWERING == ANSWERING == set(endpoint_statuses.ANSWERING)
