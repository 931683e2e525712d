"""`make deploy` and `make delete`, as typed, with the AWS CLI and SAM: what is AWS's is played."""

import json
import re
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.clients.making import (
    REGION,
    User,
    described,
    fail,
    inventory,
    outputs,
    parameters,
    wait_until_live,
)
from tests.clouds import Cloud
from tests.needs import need
from tests.templates import ROOT

FLAGS = '{"epochs": "4", "seed": "7"}'
PARAMETERS = f"EndpointInstanceType=ml.c6i.large Hyperparameters={FLAGS} LogRetentionDays=7"
ELSEWHERE = "ap-south-1"
FIRST, SECOND = "film", "film-two"  # names that begin alike
SITE = f"""\
Resources:
  Images:  # where the containers of a deployed stack come from
    Type: AWS::ECR::Repository
    Metadata: {{Dockerfile: training/Dockerfile, DockerContext: {ROOT}}}
"""
pytestmark = pytest.mark.timeout(600)  # two deployments come before the first deletion
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    need((ROOT / ".venv-emulator/ready").exists(), "no emulator: `make .venv-emulator/ready`")
    need(shutil.which("make") and shutil.which("git"), "there is no make or no git: install them")
    folder = tmp_path_factory.mktemp("make")
    template = folder / "template.yaml"
    template.write_text(SITE)
    cloud = Cloud(folder, template, "--stack-name", "site", "--minute", "10")
    user = User(folder, cloud)
    cloud.start()
    yield user
    cloud.stop()


@pytest.fixture(scope="module")
def first(user: User) -> str:
    """A deployed stack, whose first deployment had failed; what `make deploy` has printed."""
    fail(user, FIRST)
    told = {"AWS_REGION": ELSEWHERE, "AWS_DEFAULT_REGION": ELSEWHERE}  # weighs less
    given = (f"STACK={FIRST}", f"REGION={REGION}", f"PARAMETERS={PARAMETERS}")
    code, printed = user.make("deploy", *given, **told)
    assert code == 0, f"{printed}\n{user.cloud.log()}"
    return printed


@pytest.fixture(scope="module")
def second(user: User, first: str) -> str:
    """One more beside it."""
    user.run("aws", "configure", "set", "region", REGION)
    code, printed = user.make("deploy", f"STACK={SECOND}")
    assert code == 0, f"{printed}\n{user.cloud.log()}"
    wait_until_live(user, SECOND)
    return printed


def is_of(stack: str, name: str) -> bool:
    """Whether a name, an ARN or an address is of a stack, and not of one that begins alike."""
    parts = name.replace("/", ":").split(":")
    others = {FIRST, SECOND} - {stack}
    return any(
        (part == stack or part.startswith(f"{stack}-"))
        and not any(part.startswith(other) for other in others if other.startswith(stack))
        for part in parts
    )


# --- Deploying ----------------------------------------------------------------------------------


def test_a_deployment_says_where_the_page_is_and_where_to_drop(user, first):
    told = outputs(user, FIRST)

    assert first.splitlines()[-2:] == [
        f"Page:    {told['PageUrl']}",
        f"Drop at: s3://{FIRST}-datasets-{user.cloud.account}-{REGION}/datasets/",
    ]
    assert told["PageUrl"].startswith("https://")


def test_a_first_deployment_that_failed_is_cleared_away_with_its_reason(user, first):
    told = first.partition(f"The first deployment of {FIRST} failed.")[2].splitlines()

    assert told[1].startswith("Pause: ")
    assert told[2].startswith(f"deleting stack {FIRST}")
    assert f"deleted stack {FIRST}" in told


def test_parameters_reach_cloudformation_as_they_were_typed(user, first):
    given = parameters(user, FIRST)

    assert given["Hyperparameters"] == FLAGS
    assert (given["EndpointInstanceType"], given["LogRetentionDays"]) == ("ml.c6i.large", "7")
    assert given["NotificationEmail"] == "nobody"
    assert "Nobody hears of alarms: PARAMETERS='NotificationEmail=" in first


def test_the_page_lies_in_its_bucket(user, first):
    s3, bucket = user.client("s3"), outputs(user, FIRST)["PageBucketName"]
    found = {}
    for listed in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        page = s3.get_object(Bucket=bucket, Key=listed["Key"])
        assert page["Body"].read() == (ROOT / "frontend" / listed["Key"]).read_bytes()
        found[listed["Key"]] = page["ContentType"]

    assert found == {path.name: TYPES[path.suffix] for path in (ROOT / "frontend").iterdir()}


def test_the_first_model_answers(user, first):
    wait_until_live(user, FIRST)
    question = {"tokenizer": 1, "reviews": [["a", "wonderful", "film"], ["a", "dreadful", "bore"]]}

    answer = user.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=FIRST, ContentType="application/json", Body=json.dumps(question).encode()
    )

    liked, disliked = json.load(answer["Body"])["results"]
    assert disliked["probability"] < 0.2 < 0.8 < liked["probability"]


def test_a_second_deployment_changes_nothing(user, first):
    wait_until_live(user, FIRST)
    before = described(user, FIRST)
    there = inventory(user)

    told = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": ELSEWHERE}  # as the AWS CLI weighs them
    code, printed = user.make("deploy", f"STACK={FIRST}", **told)

    assert code == 0, printed
    assert f"Stack {FIRST} is up to date" in printed
    assert f"{FIRST} has a model already: the first model isn't needed." in printed
    assert printed.splitlines()[-2:] == first.splitlines()[-2:]
    after = described(user, FIRST)
    for name in ("StackId", "StackStatus", "CreationTime", "Outputs", "Parameters"):
        assert after[name] == before[name]
    assert inventory(user) == there


def test_a_deployment_back_to_serverless_starts_what_a_deletion_has_stopped(user, first):
    wait_until_live(user, FIRST)
    before, told = parameters(user, FIRST), {"AWS_REGION": REGION}
    user.cut_off(("stopped function",), "delete", f"STACK={FIRST}", typed=f"{FIRST}\n", **told)
    stopped = inventory(user)["switched off"]
    assert stopped

    given = (f"STACK={FIRST}", "PARAMETERS=EndpointInstanceType=serverless")
    code, printed = user.make("deploy", *given, **told)

    assert code == 0, printed
    assert inventory(user)["switched off"] == []
    assert set(re.findall("started function (.*) again", printed)) == set(stopped)
    assert parameters(user, FIRST) == before | {"EndpointInstanceType": "serverless"}
    wait_until_live(user, FIRST)


@pytest.mark.parametrize(
    "stack",
    [
        *("Film", "1film", "-film", "film-", "film--two", "film_two", "f", "", "a film"),
        *("a" * 27, "film-0123456789ab", "film-0123456789ab-two"),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "delete"])
def test_a_name_that_can_not_be_is_refused_before_anything_starts(user, command, stack):
    code, printed = user.make(command, f"STACK={stack}", f"REGION={REGION}")

    assert code == 2
    (line,) = printed.splitlines()
    assert f" STACK={stack} can't be: a stack's name has 2 to 26 lower-case letters" in line


@pytest.mark.parametrize("stack", ["ab", "film2", "film-two-3", "a" * 26, "film-0123456789abc"])
def test_any_other_name_will_do(user, stack):
    code, printed = user.make("-n", "deploy", f"STACK={stack}", f"REGION={REGION}")

    assert code == 0
    assert f"sam deploy --stack-name {stack} --region {REGION} " in printed


def test_a_parameter_that_can_not_be_is_refused_before_anything_starts(user):
    given = (f"STACK={SECOND}", f"REGION={REGION}", "PARAMETERS=Hyperparameters={epochs:4}")

    code, printed = user.make("deploy", *given)

    assert code == 2
    told, failed = printed.splitlines()
    assert told.startswith("Hyperparameters={epochs:4} must be a JSON object of strings such as")
    assert failed.startswith("make: *** ")


def test_docker_is_needed_for_nothing_but_the_images(user):
    plain = user.make("-n", "deploy", "DOCKER=yes", f"REGION={REGION}")[1]
    without = user.make("-n", "deploy", f"REGION={REGION}")[1]

    assert "docker build" in plain
    assert plain.count("operations/push.py") == 2
    assert "docker" not in without
    assert "push.py" not in without
    assert "sam build --use-container\n" in plain
    kept = [line for line in plain.splitlines() if "sam deploy" in line or line.startswith("aws")]
    assert len(kept) == 3
    assert set(kept) <= set(without.splitlines())


# --- Deleting -----------------------------------------------------------------------------------


def test_a_wrongly_typed_name_deletes_nothing(user, first, second):
    there = inventory(user)

    code, printed = user.make("delete", f"STACK={FIRST}", typed=f"{SECOND}\n")

    assert code == 2
    assert "Nothing was deleted." in printed
    assert inventory(user) == there


def test_a_deletion_cut_off_and_repeated_leaves_nothing_but_the_stack_beside_it(
    user, first, second
):
    wait_until_live(user, FIRST)
    there = inventory(user)
    beside = {kind: [n for n in found if not is_of(FIRST, n)] for kind, found in there.items()}
    assert {kind for kind in there if beside[kind] == there[kind]} == {"switched off"}
    told = {"AWS_DEFAULT_REGION": REGION}
    deletion = ("delete", f"STACK={FIRST}")

    for signs in (
        ("stopped function",),  # whoever is killed there may have gone on a little
        (f"waiting for endpoint {FIRST}: Deleting", "deleted endpoint config"),
        ("emptied bucket", "deleting stack"),
    ):
        user.cut_off(signs, *deletion, typed=f"{FIRST}\n", **told)
    code, printed = user.make(*deletion, typed=f"{FIRST}\n", **told)

    assert code == 0, printed
    kept = printed.partition(f"Nothing of {FIRST} is left but what AWS keeps")[2]
    assert "bucket aws-sam-cli-managed-default-" in kept
    assert inventory(user) == beside
    wait_until_live(user, SECOND)


def test_a_stack_of_the_same_name_in_another_region_is_another_one(user, second):
    wait_until_live(user, SECOND)
    there, elsewhere = inventory(user), (f"STACK={SECOND}", f"REGION={ELSEWHERE}")

    code, printed = user.make("deploy", *elsewhere)
    assert code == 0, printed
    assert f"{SECOND}-datasets-{user.cloud.account}-{ELSEWHERE}/datasets/" in printed
    code, printed = user.make("delete", *elsewhere, typed=f"{SECOND}\n")

    assert code == 0, printed
    assert f"This deletes stack {SECOND} in {ELSEWHERE} with all " in printed
    assert f"from which SAM deploys all stacks of {ELSEWHERE}\n" in printed
    left = inventory(user)
    for kind in there.keys() - {"roles"}:  # the emulator names them alike in all regions
        assert left[kind] == there[kind]
    assert described(user, SECOND)["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@pytest.fixture
def told_by(user: User) -> Callable[[str], dict[str, str]]:
    """Gives a region in one of the ways that people give it; the environment for it."""

    def tell(way: str) -> dict[str, str]:
        if way != "aws configure":
            return {} if way == "REGION" else {way: ELSEWHERE}
        home = user.home / "elsewhere"
        home.mkdir()
        user.run("aws", "configure", "set", "region", ELSEWHERE, HOME=str(home))
        return {"HOME": str(home)}

    return tell


@pytest.mark.parametrize("way", ["REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "aws configure"])
def test_a_stack_that_is_not_there_is_told_with_the_region_that_was_looked_at(user, told_by, way):
    given = [f"REGION={ELSEWHERE}"] if way == "REGION" else []

    code, printed = user.make(
        *("delete", f"STACK={SECOND}", *given), typed=f"{SECOND}\n", **told_by(way)
    )

    assert code == 2
    assert f"There is no stack {SECOND} in {ELSEWHERE}.\n" in printed
    assert "Nothing of" not in printed


@pytest.mark.parametrize("command", ["deploy", "delete"])
def test_without_a_region_nothing_starts(user, tmp_path, command):
    code, printed = user.make(command, HOME=str(tmp_path))

    assert code == 2
    (line,) = printed.splitlines()
    assert line.endswith(
        "No region is set: say where, as in"
        f" `make {command} REGION=eu-central-1`, or type `aws configure`.  Stop."
    )


def test_git_sees_nothing_of_it(user, first):
    assert user.run("git", "status", "--porcelain") == (0, "")
