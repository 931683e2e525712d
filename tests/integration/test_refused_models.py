"""A model that AWS won't serve, or that is none of ours: told once, and what can be live is."""

import pytest

from local.calls import read
from tests.integration.mailbox import Mailbox
from tests.integration.runs import GOOD, another, live_run, packages_of
from tests.integration.woken import DEPLOY, drop, grant, hush, refuse, wake, wake_until

QUOTA = (
    "The account-level service limit 'Maximum number of serverless endpoints' is 0, with current "
    "utilization of 0. Please use AWS Service Quotas to request an increase for this quota."
)


@pytest.fixture
def quiet(new_cloud):
    """A cloud in which only this test wakes anybody."""
    cloud = new_cloud(minute_seconds=600)
    hush(cloud)
    return cloud


def by_hand(cloud, **described):
    """An approved package that somebody registers with the CLI or in Studio; its ARN."""
    model = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/verdict:serve-local"}
    model["Image"] = model["Image"].replace("123456789012", cloud.account)
    model["ModelDataUrl"] = f"s3://{cloud.run_bucket}/somewhere/model.tar.gz"
    return cloud.client("sagemaker").create_model_package(
        ModelPackageGroupName=cloud.status()["outputs"]["ModelPackageGroupArn"],
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [model],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        **described,
    )["ModelPackageArn"]


def described(cloud, arn):
    return cloud.client("sagemaker").describe_model_package(ModelPackageName=arn)


@pytest.mark.parametrize("operation", ["CreateModel", "CreateEndpoint"])
def test_a_first_model_that_is_refused_outright_is_rejected_after_two_tries(quiet, operation):
    mailbox, image = Mailbox(quiet), "Unsupported manifest media type for image serve-1."
    refuse(quiet, operation, "ValidationException", image, times=2)

    drop(quiet, "first.csv", another(1))
    rejected = wake_until(quiet, "first.csv", "rejected")
    drop(quiet, "second.csv", another(2))

    assert wake_until(quiet, "second.csv", "live")
    assert rejected["reason"] == (
        f"Deployment failed 2 times: AWS refused {operation} (ValidationException): {image} The "
        "container image is gone, or isn't as SageMaker takes it: `make deploy` makes and pushes "
        "it. Then approve the model package again."
    )
    assert described(quiet, rejected["package"])["ApprovalDescription"] == rejected["reason"]
    wake(quiet, 2)
    assert mailbox.subjects().count("first.csv is rejected") == 1


def test_a_model_that_is_refused_outright_leaves_the_one_before_live(quiet):
    drop(quiet, "first.csv", another(1))
    live = wake_until(quiet, "first.csv", "live")["run"]
    refuse(quiet, "UpdateEndpoint", "ValidationException", "No such model data.", times=2)

    drop(quiet, "second.csv", another(2))
    rejected = wake_until(quiet, "second.csv", "rejected")

    assert "UpdateEndpoint (ValidationException): No such model data." in rejected["reason"]
    wake(quiet, 2)
    assert live_run(quiet) == live
    assert quiet.receipt("first.csv")["state"] == "live"


@pytest.mark.parametrize(
    ("operation", "code", "remedy"),
    [
        ("CreateEndpoint", "ResourceLimitExceeded", "Ask for a higher quota"),
        ("CreateEndpointConfig", "ValidationException", "Deploy with what the region has"),
        ("CreateModel", "AccessDeniedException", "Whoever runs the stack deploys it anew"),
    ],
)
def test_what_waiting_or_the_stack_s_parameters_can_mend_is_waited_for(
    quiet, operation, code, remedy
):
    mailbox = Mailbox(quiet)
    refuse(quiet, operation, code, QUOTA)

    drop(quiet, "reviews.csv", GOOD)
    quiet.wait(lambda: (wake(quiet), quiet.receipt("reviews.csv")["reason"])[1], "the news")
    wake(quiet, 3)
    drop(quiet, "rejected.csv", another("meanwhile"))
    wake_until(quiet, "rejected.csv", "rejected")  # nothing else is held up

    waiting = quiet.receipt("reviews.csv")
    assert waiting["state"] == "deploying"
    assert waiting["reason"] == f"AWS refused {operation} ({code}): {QUOTA}"
    assert waiting["next"].startswith(remedy)
    assert "tried again" in waiting["next"]
    assert mailbox.subjects().count("reviews.csv has to wait") == 1

    grant(quiet)

    assert wake_until(quiet, "reviews.csv", "live")["reason"] is None
    assert mailbox.subjects().count("reviews.csv has to wait") == 1


def test_a_rejection_is_told_with_the_judge_s_reasons_whoever_finds_the_package_first(quiet):
    mailbox, rivals = Mailbox(quiet), []

    def overtake(request, answer):
        """Between a look at the jobs and one at the packages, a rival registers half of a run."""
        if read(request).operation == "ListModelPackages" and not rivals:
            quiet.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(
                TrainingJobName=quiet.receipt("slow, rejected.csv")["run"],
                WaiterConfig={"Delay": 1},
            )
            refuse(quiet, "UpdateModelPackage", "ValidationException", "Not now.", times=1)
            rivals.append(quiet.function(DEPLOY))
            quiet.client("lambda").invoke(FunctionName=rivals[0], Payload=b"{}")
        return answer(request)

    drop(quiet, "slow, rejected.csv", GOOD)
    with quiet.before(overtake):
        quiet.invoke(DEPLOY, {})
    assert [package["ModelApprovalStatus"] for package in quiet.packages()] == ["Rejected"]
    told = wake_until(quiet, "slow, rejected.csv", "rejected")

    [failed] = [reason["text"] for reason in told["decision"]["reasons"]]
    assert told["reason"] == failed
    [notice] = mailbox.notices()
    assert failed in notice["Message"]


@pytest.mark.parametrize(
    "described_as", [None, "Our new model, by hand", "verdict-two-0123456789ab"]
)
def test_an_approved_package_that_is_not_ours_is_turned_away_once_and_stops_nothing(
    quiet, described_as
):
    mailbox = Mailbox(quiet)
    drop(quiet, "first.csv", another(1))
    live = wake_until(quiet, "first.csv", "live")["run"]

    arn = by_hand(quiet, **({"ModelPackageDescription": described_as} if described_as else {}))
    wake(quiet, 2)
    drop(quiet, "second.csv", another(2))
    second = wake_until(quiet, "second.csv", "live")

    assert second["evaluation"]["champion"]["run"] == live
    turned_away = described(quiet, arn)
    assert turned_away["ModelApprovalStatus"] == "Rejected"
    assert "this package's description is no run's name" in turned_away["ApprovalDescription"]
    about = f"model package {turned_away['ModelPackageVersion']} is not deployed"
    [notice] = [n for n in mailbox.notices() if about in n["Subject"]]
    assert "training/experiment.py" in notice["Message"]
    assert arn in notice["Message"]


def test_a_model_of_one_s_own_that_is_refused_outright_is_told_though_nobody_dropped_it(quiet):
    mailbox = Mailbox(quiet)
    arn = by_hand(quiet, ModelPackageDescription="verdict-0123456789ab")

    wake(quiet, 4)

    rejected = described(quiet, arn)
    assert rejected["ModelApprovalStatus"] == "Rejected"
    assert "(ValidationException): Could not access model data" in rejected["ApprovalDescription"]
    assert mailbox.subjects() == ["model package 1 is rejected"]
    assert rejected["ApprovalDescription"] in mailbox.notices()[0]["Message"]


def test_many_packages_of_others_hide_none_of_ours(quiet):
    sagemaker = quiet.client("sagemaker")
    group = quiet.status()["outputs"]["ModelPackageGroupArn"]
    drop(quiet, "first.csv", another(1))
    first = wake_until(quiet, "first.csv", "live")["run"]
    for number in range(101):
        sagemaker.create_model_package(
            ModelPackageGroupName=group, ModelPackageDescription=f"of another team {number}"
        )

    drop(quiet, "second.csv", another(2))
    second = wake_until(quiet, "second.csv", "live")

    assert second["evaluation"]["champion"]["run"] == first
    assert len(packages_of(quiet, second["run"])) == 1
    assert len(quiet.packages()) == 103  # theirs are not ours to delete
