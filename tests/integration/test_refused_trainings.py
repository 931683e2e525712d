"""A training that AWS refuses: told once in AWS's words, waited for or ended; the others go on."""

import json

import pytest

from local.calls import read
from tests.integration.mailbox import Mailbox
from tests.integration.runs import GOOD, another, packages_of
from tests.integration.woken import DEPLOY, START, drop, grant, hush, refuse, wake, wake_until

QUOTA = (
    "The account-level service limit 'ml.m5.large for spot training job usage' is 0 Instances, "
    "with current utilization of {} Instances and a request delta of 1 Instances. Please use AWS "
    "Service Quotas to request an increase for this quota."
)


@pytest.fixture
def quiet(new_cloud):
    """A cloud in which only this test wakes anybody."""
    cloud = new_cloud(minute_seconds=600)
    hush(cloud)
    return cloud


def test_a_run_waits_for_its_quota_and_is_trained_once_it_is_granted(quiet):
    mailbox = Mailbox(quiet)
    refuse(quiet, "CreateTrainingJob", "ResourceLimitExceeded", QUOTA.format(0), times=2)
    refuse(quiet, "CreateTrainingJob", "ResourceLimitExceeded", QUOTA.format(1))

    drop(quiet, "reviews.csv", GOOD)
    first = quiet.receipt("reviews.csv")
    wake(quiet, 3)
    drop(quiet, "empty.csv", b"")
    waiting = quiet.receipt("reviews.csv")

    assert (first["state"], waiting["state"]) == ("received", "received")
    reason = f"AWS refused CreateTrainingJob (ResourceLimitExceeded): {QUOTA}"
    assert (first["reason"], waiting["reason"]) == (reason.format(0), reason.format(1))
    assert "Ask for a higher quota" in waiting["next"]
    assert "TrainingOnSpot=false" in waiting["next"]
    assert waiting["next"] == first["next"]
    assert waiting["at"] == first["at"]
    assert quiet.receipt("empty.csv")["state"] == "refused"
    assert sorted(mailbox.subjects()) == ["empty.csv was refused", "reviews.csv has to wait"]
    [notice] = [n for n in mailbox.notices() if "wait" in n["Subject"]]
    assert reason.format(0) in notice["Message"]
    assert waiting["next"] in notice["Message"]

    grant(quiet)

    assert wake_until(quiet, "reviews.csv", "live")["reason"] is None
    assert len(quiet.training_jobs()) == 1


def test_who_queues_behind_a_run_that_waits_is_told_the_same_until_the_queue_moves(quiet):
    mailbox = Mailbox(quiet)
    refuse(quiet, "CreateTrainingJob", "ResourceLimitExceeded", QUOTA.format(0))

    drop(quiet, "first.csv", another(1))
    drop(quiet, "second.csv", another(2))
    wake(quiet, 2)

    first, second = quiet.receipt("first.csv"), quiet.receipt("second.csv")
    assert (second["state"], second["reason"], second["next"]) == (
        "received",
        first["reason"],
        first["next"],
    )
    assert first["reason"].endswith(QUOTA.format(0))
    assert sorted(mailbox.subjects()) == ["first.csv has to wait", "second.csv has to wait"]

    grant(quiet)
    wake(quiet)

    assert quiet.receipt("first.csv")["state"] == "training"
    moved = quiet.receipt("second.csv")
    assert (moved["state"], moved["reason"]) == ("received", None)
    assert moved["next"].startswith("Nothing to do")
    assert wake_until(quiet, "second.csv", "live")


def test_a_rival_that_took_up_the_quota_with_the_same_run_has_nobody_wait(quiet):
    mailbox, rivals = Mailbox(quiet), []

    def overtake(request, answer):
        if read(request).operation == "CreateTrainingJob" and not rivals:
            rivals.append(START)
            quiet.invoke(START, {})
            refuse(quiet, "CreateTrainingJob", "ResourceLimitExceeded", QUOTA.format(1), times=1)
        return answer(request)

    with quiet.deaf():
        quiet.drop("reviews.csv", GOOD)
    with quiet.before(overtake):
        quiet.invoke(START, {})

    told = quiet.receipt("reviews.csv")
    assert rivals
    assert (told["state"], told["reason"]) == ("training", None)
    assert mailbox.subjects() == []


def test_a_training_that_is_refused_outright_ends_and_the_next_one_starts(quiet):
    mailbox, image = Mailbox(quiet), "Requested image train-1 not found."
    refuse(quiet, "CreateTrainingJob", "ResourceLimitExceeded", QUOTA.format(0), times=1)
    drop(quiet, "first.csv", another(1))
    waiting = quiet.receipt("first.csv")
    refuse(quiet, "CreateTrainingJob", "ValidationException", image, times=1)
    drop(quiet, "second.csv", another(2))

    refused = quiet.receipt("first.csv")
    second = wake_until(quiet, "second.csv", "live")

    assert (waiting["state"], refused["state"]) == ("received", "failed")
    assert refused["reason"] == f"AWS refused CreateTrainingJob (ValidationException): {image}"
    assert "`make deploy` makes and pushes it. Then drop the file again." in refused["next"]
    assert quiet.receipt("first.csv") == refused
    drop(quiet, "first.csv", another(1))
    again = wake_until(quiet, "first.csv", "live")
    assert again["run"] == refused["run"]  # no job has had its name
    assert again["evaluation"]["champion"]["run"] == second["run"]
    told = [subject for subject in mailbox.subjects() if "first.csv" in subject]
    states = ("has to wait", "is failed", "is live")
    assert sorted(told) == sorted(f"first.csv {state}" for state in states)


def test_a_run_for_which_there_was_no_spot_capacity_says_so(quiet):
    quiet.fault("training_without_capacity", times=1)

    drop(quiet, "reviews.csv", GOOD)

    receipt = wake_until(quiet, "reviews.csv", "failed")
    assert receipt["reason"] == (
        "AWS had not enough spot capacity to end the training within 14,400 seconds. Drop the file "
        "again, or deploy with TrainingOnSpot=false or another TrainingInstanceType."
    )


def test_a_run_that_the_registry_refuses_is_told_and_the_next_one_trains(quiet):
    mailbox, image = Mailbox(quiet), "Requested image serve-1 not found."
    refuse(quiet, "CreateModelPackage", "ValidationException", image, times=1)

    drop(quiet, "first.csv", another(1))
    refused = wake_until(quiet, "first.csv", "failed")
    drop(quiet, "second.csv", another(2))

    assert wake_until(quiet, "second.csv", "live")
    assert refused["reason"] == f"AWS refused CreateModelPackage (ValidationException): {image}"
    assert refused["next"].endswith("Then drop the file again.")
    assert quiet.receipt("first.csv") == refused
    assert packages_of(quiet, refused["run"]) == []
    drop(quiet, "first.csv", another(1))
    assert wake_until(quiet, "first.csv", "live")["run"] == f"{refused['run']}-2"
    assert mailbox.subjects().count("first.csv is failed") == 1


def test_the_jobs_of_a_neighbour_whose_name_begins_alike_hide_none_of_ours(quiet):
    sagemaker = quiet.client("sagemaker")
    drop(quiet, "reviews.csv", another(1))
    run = quiet.receipt("reviews.csv")["run"]
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=run, WaiterConfig={"Delay": 1}
    )
    job = sagemaker.describe_training_job(TrainingJobName=run)
    needed = "AlgorithmSpecification RoleArn OutputDataConfig ResourceConfig StoppingCondition"
    needed += " EnableManagedSpotTraining"
    quiet.fault("training_failed", reason="It is another team's.", times=None)
    for number in range(101):
        sagemaker.create_training_job(
            TrainingJobName=f"verdict-test-{number:012x}", **{n: job[n] for n in needed.split()}
        )
    with quiet.deaf():
        quiet.drop("next.csv", another(2))

    quiet.invoke(START, {})
    waits = quiet.receipt("next.csv")["state"]
    quiet.invoke(DEPLOY, {})

    assert waits == "received"  # the one before has no place in the registry yet
    assert quiet.receipt("reviews.csv")["state"] == "deploying"
    assert len(packages_of(quiet, run)) == 1


def test_what_a_run_is_called_stands_in_its_own_lines_of_the_log_only(quiet):
    drop(quiet, "reviews.csv", GOOD)
    run = wake_until(quiet, "reviews.csv", "live")["run"]
    drop(quiet, "empty.csv", b"")

    for name, said in (
        ("start_training", "training started"),
        ("deploy_endpoint", "run registered"),
    ):
        pages = quiet.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=f"/verdict/verdict/{name}")
        texts = [event["message"] for page in found for event in page["events"]]
        lines = [json.loads(text) for text in texts if text.startswith("{")]
        told = [line for line in lines if line.get("service") == name]
        assert {line["run"] for line in told if line["message"] == said} == {run}
        others = ("dataset refused", "step")
        assert [line for line in told if line["message"] in others and "run" in line] == []
        assert all(line["function_request_id"] for line in told), told
        assert len({line["function_request_id"] for line in told}) > 1


def test_a_refused_file_whose_notice_did_not_go_out_is_told_by_the_next_invocation(quiet):
    mailbox = Mailbox(quiet)
    match = {"service": "sns", "operation": "Publish"}
    quiet.fault("error", match=match, code="InvalidParameter", message="Not now.", times=1)
    with quiet.deaf():
        quiet.drop("empty.csv", b"")
    quiet.client("lambda").invoke(FunctionName=quiet.function(START), Payload=b"{}")
    assert mailbox.subjects() == []

    quiet.invoke(START, {})
    quiet.invoke(START, {})

    assert quiet.receipt("empty.csv")["state"] == "refused"
    assert mailbox.subjects() == ["empty.csv was refused"]
