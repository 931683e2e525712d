"""What every part of SageMaker shares: where it lies, whom it tells, what it runs on."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import LocalError
from local.containers.images import Images
from local.containers.processes import Processes, Program
from local.faults import Faults
from local.sagemaker.wire import invalid

Params = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass
class Platform:
    """What every part of SageMaker shares.

    `lock` guards the stores; nothing slow is done in it. A client isn't called while it is held:
    who answers is another process, whose functions may call us back. `publish` is called while it
    is held, so that events leave in their order: it must return at once.
    """

    account: str
    region: str
    state: Path  # SageMaker's own folder in this region
    logs: Path  # <job or endpoint>.log
    publish: Callable[[str, Params, str], None]  # detail type, detail, ARN
    faults: Faults
    client: Callable[..., Any]  # (service, role's ARN) → boto3 client
    engine: Processes
    images: Images
    # A metric's (namespace, name, value, **dimensions).
    measure: Callable[..., None] = lambda *_, **__: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    closing: threading.Event = field(default_factory=threading.Event)
    _last: float = 0

    def now(self) -> float:
        """Seconds since 1970, in AWS's milliseconds; never the same twice, so that lists sort."""
        with self.lock:
            self._last = max(round(time.time(), 3), round(self._last + 0.001, 3))
            return self._last

    def program(self, image: str) -> Program:
        """What is behind an image's address; ValidationException if there is no such image."""
        try:
            return self.images.find(image, self.account, self.region)
        except LocalError as error:
            raise invalid(str(error)) from error

    def reason(self, error: Exception) -> str:
        """What a FailureReason says of an error; one that isn't expected is our own mistake."""
        if isinstance(error, LocalError) or self.closing.is_set():
            return str(getattr(error, "message", error))[:1024]
        logger.exception(threading.current_thread().name)
        return f"InternalServerError: the local cloud failed: {error!r}"[:1024]

    def assume(self, service: str, role_arn: str) -> Any:
        """A client that acts as a role; ValidationException unless the role trusts SageMaker."""
        try:
            role = self.client("iam").get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
            found = role["AssumeRolePolicyDocument"]["Statement"]
            statements = found if isinstance(found, list) else [found]
            trusted = [s.get("Principal") for s in statements if s["Effect"] == "Allow"]
            if "sagemaker.amazonaws.com" in json.dumps(trusted):
                return self.client(service, role_arn)
        except ClientError as error:
            logger.info("the role %s: %s", role_arn, error)
        raise invalid(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
            "principal 'sagemaker.amazonaws.com' to assume the role."
        )
