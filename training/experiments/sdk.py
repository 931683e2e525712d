"""The SageMaker Python SDK, quiet and as we need it. Importing it takes seconds: do it late."""

import logging
import os
from typing import Any

# The SDK would look whether the role may do all that its own roles may; ours may less, on purpose.
os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")


def session() -> Any:
    """A SageMaker session without telemetry, which would tell Amazon of every call."""
    import boto3
    from sagemaker.core.helper.session_helper import Session

    logging.getLogger("sagemaker").setLevel(logging.WARNING)
    opted_out = {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}
    settings = {"SchemaVersion": "1.0", "SageMaker": opted_out}
    return Session(boto_session=boto3.Session(), sagemaker_config=settings)
