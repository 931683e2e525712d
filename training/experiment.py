"""Train, tune and try models from a laptop with the SageMaker Python SDK.

    python training/experiment.py train reviews.csv --hyperparameter epochs=3
    python training/experiment.py tune reviews.csv --range learning-rate=0.0005:0.005:log \\
        --range hidden=64,128 --max-jobs 6
    python training/experiment.py register JOB
    python training/experiment.py deploy JOB
    python training/experiment.py predict ENDPOINT "What a film!"
    python training/experiment.py clean

Works on AWS, and on the local cloud with AWS_ENDPOINT_URL set to its address. Needs what is in
requirements-sagemaker.txt: `make .venv-sagemaker/ready`. Image, role, buckets and sizes are those
of the deployed stack. What is made here belongs to an experiment, which is a name; the stack's own
runs and its endpoint are not touched.
"""

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from experiments.errors import ExperimentError
from experiments.stack import Experiment, experiment, find_stack


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = parser().parse_args(argv)
    try:
        chosen = experiment(arguments.experiment, find_stack(arguments.stack_name))
        return int(command(arguments.command)(chosen, arguments))
    except (NoCredentialsError, NoRegionError) as error:
        print(f"{error}: run `aws configure`, or set AWS_… in the environment.", file=sys.stderr)
    except (ExperimentError, BotoCoreError, OSError) as error:
        print(error, file=sys.stderr)
    except ClientError as error:
        print(f"AWS refused: {error.response['Error']['Message']}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def command(name: str) -> Callable[[Experiment, argparse.Namespace], int]:
    """What runs a command; imported late, as most need the SDK."""
    if name != "clean" and importlib.util.find_spec("sagemaker") is None:
        raise ExperimentError(
            "The SageMaker SDK is not installed here: run `make .venv-sagemaker/ready`, and this "
            "program with .venv-sagemaker/bin/python."
        )
    if name in ("train", "tune"):
        from experiments import jobs

        return {"train": jobs.train, "tune": jobs.tune}[name]
    if name == "clean":
        from experiments.clean import clean

        return clean
    from experiments import models

    return {"register": models.register, "deploy": models.deploy, "predict": models.predict}[name]


def parser() -> argparse.ArgumentParser:
    """All commands with their flags."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--stack-name", default="verdict", help="the deployed stack (verdict)")
    shared.add_argument(
        "--experiment", default="experiment", metavar="NAME", help="what it belongs to (experiment)"
    )
    whole = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = whole.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[shared], help=text, description=text)

    add_training(add("train", "train one model on a dataset"))
    tuning = add("tune", "train several models and rank them")
    add_training(tuning)
    add_tuning(tuning)
    registering = add("register", "put a training job's model into the stack's registry")
    registering.add_argument("job", metavar="JOB", help="a training job that has completed")
    registering.add_argument(
        "--approve", action="store_true", help="deploy it behind the page, whatever the judge says"
    )
    deploying = add("deploy", "make a serverless endpoint of the experiment's own")
    deploying.add_argument("model", metavar="MODEL", help="a job, or a package's version or ARN")
    add_asking(add("predict", "ask an endpoint"))
    add("clean", "delete everything that the experiment made, and list what is left")
    return whole


def add_training(flags: argparse.ArgumentParser) -> None:
    flags.add_argument("dataset", metavar="DATASET", help="a local file, or an s3:// address")
    flags.add_argument(
        "--hyperparameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a flag of train.py without its dashes; as often as you like",
    )
    flags.add_argument("--instance-type", metavar="TYPE", help="ml.… (the stack's)")
    flags.add_argument(
        "--spot", action="store_true", help="on spot capacity: cheaper, and may be interrupted"
    )
    flags.add_argument("--no-wait", action="store_true", help="start it and return at once")


def add_tuning(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--range",
        action="append",
        required=True,
        metavar="RANGE",
        help="NAME=LOW:HIGH[:linear|log|reverse-log] or NAME=A,B,C; as often as you like",
    )
    flags.add_argument("--metric", default="validation_accuracy", help="(validation_accuracy)")
    flags.add_argument("--objective", choices=["maximize", "minimize"], default="maximize")
    flags.add_argument("--strategy", choices=["bayesian", "random", "grid"], default="bayesian")
    flags.add_argument("--max-jobs", type=int, default=6, help="training jobs in all (6)")
    flags.add_argument("--parallel", type=int, default=2, help="at the same time (2)")
    flags.add_argument("--seed", type=int, help="the same values again")


def add_asking(flags: argparse.ArgumentParser) -> None:
    flags.add_argument("endpoint", metavar="ENDPOINT")
    asked = flags.add_mutually_exclusive_group(required=True)
    asked.add_argument("text", nargs="*", default=[], metavar="TEXT", help="a review")
    asked.add_argument("--file", help="a text file with one review a line")


if __name__ == "__main__":
    sys.exit(main())
