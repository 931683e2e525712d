"""What a function's worker runs: code, layers and exactly the environment of the template."""

import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from local.intrinsics import TemplateError, text
from local.template import Resource, Stack

_PLAYED = frozenset(
    {
        "Architectures",
        "CodeUri",
        "Description",
        "Environment",
        "EventInvokeConfig",
        "Events",
        "FunctionName",
        "Handler",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "Policies",
        "ReservedConcurrentExecutions",
        "Role",
        "Runtime",
        "Tags",
        "Timeout",
        "Tracing",
    }
)


@dataclass(frozen=True)
class Program:
    """The arguments of a worker, and where what it prints goes."""

    handler: str
    folder: Path
    environment: dict[str, str]
    log: Path


def principal(resource: Resource) -> str:
    """The access key id that a function's or role's calls are signed with."""
    return f"LOCAL{resource.logical_id}"


def variables(resource: Resource, stack: Stack, endpoint_url: str) -> dict[str, str]:
    """What the template declares, and what leads a function's SDK to the local cloud."""
    declared = resource.properties.get("Environment", {}).get("Variables", {})
    place = resource.logical_id
    return {key: text(value, f"{place}.{key}") for key, value in declared.items()} | {
        "AWS_ACCESS_KEY_ID": principal(resource),
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": stack.region,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
    }


def program(resource: Resource, stack: Stack, endpoint_url: str, state: Path) -> Program:
    """A function of the template as a program; TemplateError names a property that isn't played."""
    properties = resource.properties
    if unknown := properties.keys() - _PLAYED:
        raise TemplateError(
            f"Resources.{resource.logical_id}: the local cloud doesn't play {sorted(unknown)}"
        )
    code = stack.folder(properties["CodeUri"])
    log = state.resolve() / "logs" / f"{resource.name}.log"
    logging_config = properties.get("LoggingConfig", {})
    environment = variables(resource, stack, endpoint_url) | {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{properties['Runtime']}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_NAME": resource.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging_config.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_GROUP_NAME": logging_config.get("LogGroup", f"/aws/lambda/{resource.name}"),
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_RUNTIME_DIR": sysconfig.get_path("purelib"),  # where the runtime client lies
        "LAMBDA_TASK_ROOT": str(code),
        "LANG": "en_US.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(code), *_layers(resource, stack)]),
        "TZ": ":UTC",
        "_HANDLER": properties["Handler"],
        # Without these two the SDK would read the developer's own profile.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    if "ApplicationLogLevel" in logging_config:
        environment["AWS_LAMBDA_LOG_LEVEL"] = logging_config["ApplicationLogLevel"]
    return Program(properties["Handler"], code, environment, log)


def _layers(resource: Resource, stack: Stack) -> list[str]:
    """Where Python finds the layers: SAM builds those with a BuildMethod into a `python` folder."""
    folders = []
    known = {layer.ref: layer for layer in stack.of_type("AWS::Serverless::LayerVersion")}
    for arn in resource.properties.get("Layers", []):
        if arn not in known:
            raise TemplateError(f"{resource.logical_id}.Layers: no layer of this template: {arn}")
        folder = stack.folder(known[arn].properties["ContentUri"])
        built = "BuildMethod" in known[arn].metadata
        folders.append(str(folder if built else folder / "python"))
    return folders
