"""`make deploy` and `make delete`, as typed, with the AWS CLI and SAM: what is AWS's is played."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import ROOT, Cloud
from tests.needs import need, needs_python, needs_sam

REGION, ELSEWHERE = "eu-central-1", "ap-south-1"
FIRST, SECOND = "film", "film-two"  # names that begin alike
SITE = f"""\
Resources:
  Images:  # where the containers of a deployed stack come from
    Type: AWS::ECR::Repository
    Metadata: {{Dockerfile: training/Dockerfile, DockerContext: {ROOT}}}
"""
PARTS = (
    *("Makefile", "samconfig.toml", "template.yaml", ".gitignore", ".dockerignore"),
    *("frontend", "functions", "operations", "training", "models/imdb"),
)
pytestmark = pytest.mark.timeout(600)  # two deployments come before the first deletion
TYPES = {
    "app.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
    "index.html": "text/html",
    "shapes.js": "text/javascript",
    "style.css": "text/css",
    "telling.js": "text/javascript",
}


class User:
    """Somebody at a terminal, in a copy of the repository, with a home folder of their own."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.cloud, self.copy, self.home = cloud, folder / "copy", folder / "home"
        self._clients: dict[str, Any] = {}
        programs = [Path(ROOT / ".venv/bin"), needs_sam(), needs_python("3.13")]
        foreign = ("AWS_", "MAKE", "MFLAGS", "REGION", "STACK", "DOCKER", "XDG_")
        self._environment = {
            **{name: v for name, v in os.environ.items() if not name.startswith(foreign)},
            "HOME": str(self.home),
            "PATH": ":".join([*map(str, programs), os.environ["PATH"]]),
            "XDG_CACHE_HOME": str(Path.home() / ".cache"),  # of pip
            "PYTHONUNBUFFERED": "1",
            "AWS_ACCESS_KEY_ID": cloud.account,
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": cloud.aws,
        }
        self.home.mkdir()
        for part in PARTS:
            (self.copy / part).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / part).is_dir():
                unwanted = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / part, self.copy / part, ignore=unwanted)
            else:
                shutil.copy(ROOT / part, self.copy / part)
        self.run("git", "init", "--quiet")
        for venv in (".venv", ".venv-sam"):
            (self.copy / venv).symlink_to((ROOT / venv).resolve())
            with (self.copy / ".git/info/exclude").open("a") as exclude:
                exclude.write(f"{venv}\n")
        self.run("git", "add", ".")
        who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        self.run("git", *who, "commit", "--quiet", "--message", "A copy")

    def run(self, *argv: str, typed: str = "", **environment: str) -> tuple[int, str]:
        """A command's exit code and all that it printed."""
        done = subprocess.run(
            argv,
            cwd=self.copy,
            env=self._environment | environment,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
        )
        return done.returncode, done.stdout

    def make(self, *arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
        return self.run(*self._made(*arguments), typed=typed, **environment)

    def cut_off(
        self, signs: tuple[str, ...], *arguments: str, typed: str, **environment: str
    ) -> None:
        """Run make and kill it, and all that it has started, once a line has one of `signs`."""
        process = subprocess.Popen(
            self._made(*arguments),
            cwd=self.copy,
            env=self._environment | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        with process:
            assert process.stdin
            assert process.stdout
            process.stdin.write(typed)
            process.stdin.close()
            printed = []
            for line in process.stdout:
                printed.append(line)
                if any(sign in line for sign in signs):
                    os.killpg(process.pid, signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL, "".join(printed)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.cloud.aws,
                region_name=REGION,
                aws_access_key_id=self.cloud.account,
                aws_secret_access_key="x",
            )
        return self._clients[service]

    def _made(self, *arguments: str) -> list[str]:
        """With the environments as they are: whoever runs the tests has made them."""
        return ["make", "-o", ".venv/ready", "-o", ".venv-sam/ready", "DOCKER=no", *arguments]


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
    """A deployed stack; what `make deploy` has printed."""
    told = {"AWS_REGION": ELSEWHERE, "AWS_DEFAULT_REGION": ELSEWHERE}  # weighs less
    code, printed = user.make("deploy", f"STACK={FIRST}", f"REGION={REGION}", **told)
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


def wait_until_live(user: User, stack: str) -> None:
    """The model of a stack has its place in the registry, and the endpoint answers with it."""
    sagemaker = user.client("sagemaker")

    def is_live() -> bool:
        found = sagemaker.list_endpoints(NameContains=stack)["Endpoints"]
        return (stack, "InService") in [(e["EndpointName"], e["EndpointStatus"]) for e in found]

    user.cloud.wait(is_live, f"the first model of {stack} to be live", 60)


def outputs(user: User, stack: str) -> dict[str, str]:
    found = user.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def inventory(user: User) -> dict[str, list[Any]]:
    """The names of all that there is in the account; SAM's own bucket and ours left out."""
    functions = user.client("lambda")
    sagemaker, cdn = user.client("sagemaker"), user.client("cloudfront")
    policies = cdn.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]
    listed = {
        "stacks": names(user, "cloudformation", "describe_stacks", "Stacks", "StackName"),
        "buckets": names(user, "s3", "list_buckets", "Buckets", "Name"),
        "functions": names(user, "lambda", "list_functions", "Functions", "FunctionName"),
        "logs": names(user, "logs", "describe_log_groups", "logGroups", "logGroupName"),
        "roles": names(user, "iam", "list_roles", "Roles", "RoleName"),
        "rules": names(user, "events", "list_rules", "Rules", "Name"),
        "topics": names(user, "sns", "list_topics", "Topics", "TopicArn"),
        "queues": user.client("sqs").list_queues().get("QueueUrls", []),
        "alarms": names(user, "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "images": names(user, "ecr", "describe_repositories", "repositories", "repositoryName"),
        "apis": names(user, "apigatewayv2", "get_apis", "Items", "Name"),
        "pages": [
            *(d["Comment"] for d in cdn.list_distributions()["DistributionList"].get("Items", [])),
            *(
                policy["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"]
                for policy in policies.get("Items", [])
            ),
        ],
        "groups": [
            group["ModelPackageGroupName"]
            for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        ],
        "endpoints": names(user, "sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
        "configs": names(
            user, "sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"
        ),
        "models": names(user, "sagemaker", "list_models", "Models", "ModelName"),
    }
    listed["packages"] = [
        package["ModelPackageArn"]
        for group in listed["groups"]
        for package in sagemaker.list_model_packages(ModelPackageGroupName=group)[
            "ModelPackageSummaryList"
        ]
    ]
    listed["switched off"] = [
        name
        for name in listed["functions"]
        if "ReservedConcurrentExecutions" in functions.get_function_concurrency(FunctionName=name)
    ]
    others = ("aws-sam-cli-managed", "local-", "site", "/aws/lambda/local-")
    return {
        kind: sorted(name for name in found if not name.startswith(others))
        for kind, found in listed.items()
    }


def names(user: User, service: str, operation: str, result: str, name: str) -> list[str]:
    return [str(found[name]) for found in getattr(user.client(service), operation)()[result]]


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


def test_the_page_lies_in_its_bucket(user, first):
    s3, bucket = user.client("s3"), outputs(user, FIRST)["PageBucketName"]
    found = {}
    for listed in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        page = s3.get_object(Bucket=bucket, Key=listed["Key"])
        assert page["Body"].read() == (ROOT / "frontend" / listed["Key"]).read_bytes()
        found[listed["Key"]] = page["ContentType"]

    assert found == TYPES


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
    before = user.client("cloudformation").describe_stacks(StackName=FIRST)["Stacks"][0]
    there = inventory(user)

    told = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": ELSEWHERE}  # as the AWS CLI weighs them
    code, printed = user.make("deploy", f"STACK={FIRST}", **told)

    assert code == 0, printed
    assert f"Stack {FIRST} is up to date" in printed
    assert f"{FIRST} has a model already: the first model isn't needed." in printed
    assert printed.splitlines()[-2:] == first.splitlines()[-2:]
    after = user.client("cloudformation").describe_stacks(StackName=FIRST)["Stacks"][0]
    for name in ("StackId", "StackStatus", "CreationTime", "Outputs"):
        assert after[name] == before[name]
    assert inventory(user) == there


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
    assert printed.splitlines()[-1] == f"Nothing of {FIRST} is left."
    assert inventory(user) == beside
    wait_until_live(user, SECOND)


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
