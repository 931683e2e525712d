"""What the deployed stack says, so that nobody types it; and what an experiment adds to it."""

import re
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from experiments.errors import ExperimentError, is_missing

_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){0,16}")


@dataclass(frozen=True)
class Stack:
    """Outputs and parameters of the CloudFormation stack."""

    name: str
    region: str
    outputs: dict[str, str]
    parameters: dict[str, str]

    @property
    def run_bucket(self) -> str:
        return self.outputs["RunUri"].split("/")[2]

    @property
    def training_role_arn(self) -> str:
        return self.outputs["TrainingRoleArn"]

    @property
    def serving_role_arn(self) -> str:
        return self.outputs["ServingRoleArn"]

    def image(self, target: str) -> str:
        """The address of the image `train` or `serve`."""
        return f"{self.outputs['RepositoryUri']}:{target}-{self.parameters['ImageTag']}"


@dataclass(frozen=True)
class Experiment:
    """A name under which everything is made, found again and deleted.

    It must not begin like the stack's own runs, or the stack's functions would take its training
    jobs for theirs.
    """

    name: str
    stack: Stack

    @property
    def prefix(self) -> str:
        """Everything of the experiment in S3; the roles may work below runs/ and checkpoints/."""
        return f"runs/{self.name}/"

    @property
    def checkpoint_prefix(self) -> str:
        """Where trainings keep what they would go on from; it expires, as that of runs."""
        return f"checkpoints/{self.name}/"

    @property
    def uri(self) -> str:
        return f"s3://{self.stack.run_bucket}/{self.prefix}"

    @property
    def tags(self) -> dict[str, str]:
        return {"verdict:stack": self.stack.name, "verdict:experiment": self.name}

    def boto_tags(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]


def find_stack(name: str) -> Stack:
    """The stack with its outputs; ExperimentError if there is none."""
    cloudformation = boto3.client("cloudformation")
    region = cloudformation.meta.region_name
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if not is_missing(error):
            raise
        raise ExperimentError(
            f"There is no stack {name} in {region}. Deploy it with `make deploy`, or start the "
            "local cloud with `python -m local up` and set AWS_ENDPOINT_URL to its address."
        ) from error
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}
    parameters = {
        item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])
    }
    if "TrainingRoleArn" not in outputs:
        raise ExperimentError(
            f"The stack {name} is older than this program or no Verdict: run `make deploy` first."
        )
    return Stack(name, region, outputs, parameters)


def experiment(name: str, stack: Stack) -> Experiment:
    """An experiment of that name; ExperimentError if it can't have it."""
    if not _NAME.fullmatch(name):
        raise ExperimentError(
            f"--experiment {name}: give it 1 to 17 lower-case letters and digits, with single "
            "dashes between them."
        )
    if f"{stack.name}-" in f"{name}-":
        raise ExperimentError(
            f"--experiment {name}: choose a name without {stack.name}, by which the stack knows "
            "its own runs."
        )
    return Experiment(name, stack)
