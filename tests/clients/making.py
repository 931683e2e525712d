"""Somebody who types `make deploy` and `make delete`, and what there is in their account."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.clouds import Cloud
from tests.needs import needs_python, needs_sam
from tests.templates import ROOT

REGION = "eu-central-1"
PARTS = (
    *("Makefile", "samconfig.toml", "template.yaml", ".gitignore", ".dockerignore"),
    *("frontend", "functions", "operations", "training", "models/imdb"),
)


class User:
    """Somebody at a terminal, in a copy of the repository, with a home folder of their own."""

    def __init__(self, folder: Path, cloud: Cloud, *, functions_run: bool = False) -> None:
        """Where `functions_run`, they are built for the Python of the emulator, which runs them."""
        self.cloud, self.copy, self.home = cloud, folder / "copy", folder / "home"
        self._clients: dict[str, Any] = {}
        programs = [Path(ROOT / ".venv/bin"), needs_sam()]
        if not functions_run:
            programs.append(needs_python("3.13"))
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
        if functions_run:
            template, python = self.copy / "template.yaml", f"python3.{sys.version_info.minor}"
            template.write_text(template.read_text().replace("python3.13", python))
        self.run("git", "init", "--quiet")
        (self.copy / ".venv-sam").symlink_to((ROOT / ".venv-sam").resolve())  # and no .venv
        (self.copy / ".git/info/exclude").write_text(".venv-sam\n")
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
        """With SAM's environment as it is: whoever runs the tests has made it."""
        return ["make", "-o", ".venv-sam/ready", "DOCKER=no", *arguments]


def fail(user: User, stack: str) -> None:
    """A first deployment that is rolled back, for nobody signals what it waits for."""
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    waiting = {"Handle": {"Ref": "Handle"}, "Timeout": "1"}
    pause = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waiting}
    template = json.dumps({"Resources": {"Handle": handle, "Pause": pause}})
    user.client("cloudformation").create_stack(StackName=stack, TemplateBody=template)
    user.cloud.wait(lambda: described(user, stack)["StackStatus"] == "ROLLBACK_COMPLETE", stack)


def wait_until_live(user: User, stack: str) -> None:
    """The model of a stack has its place in the registry, and the endpoint answers with it.

    An endpoint on the other kind of instance than the stack asks for is about to be made anew.
    """
    sagemaker = user.client("sagemaker")
    is_serverless = parameters(user, stack)["EndpointInstanceType"] == "serverless"

    def is_live() -> bool:
        try:
            endpoint = sagemaker.describe_endpoint(EndpointName=stack)
            name = endpoint["EndpointConfigName"]
            config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
        except ClientError:  # not there yet, or just between two
            return False
        [variant] = config["ProductionVariants"]
        is_as_asked = ("ServerlessConfig" in variant) == is_serverless
        return is_as_asked and endpoint["EndpointStatus"] == "InService"

    user.cloud.wait(is_live, f"the first model of {stack} to be live", 60)


def described(user: User, stack: str) -> dict[str, Any]:
    return dict(user.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0])


def outputs(user: User, stack: str) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in described(user, stack)["Outputs"]}


def parameters(user: User, stack: str) -> dict[str, str]:
    """What CloudFormation was told by SAM."""
    found = described(user, stack)["Parameters"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in found}


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
