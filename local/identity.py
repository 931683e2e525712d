"""Who calls, and what they may do: the developer, who is the account's root, or one of its roles.

The emulator checks whatever reaches it. SageMaker's calls have to be checked by us, and SageMaker
has to act as the roles that it was lent: both by the policies that the emulator holds for a role.
"""

import json
import os
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator import SECRET
from local.policies import listed, policies

DEVELOPER = "developer"
_LONGEST_SECONDS = 900  # of a function
_KNOWN_SECONDS = 2.0  # a role's policies may change with the stack
_NOTHING = {  # the developer's own profile and environment are none of our business
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}
_making = threading.Lock()  # clients are safe in threads, making them isn't
_session: Any = boto3.Session(botocore_session=botocore.session.Session(session_vars=_NOTHING))
_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


class Credentials(NamedTuple):
    """As boto3 takes them."""

    access_key: str
    secret_key: str = SECRET
    token: str | None = None


def client(
    service: str,
    url: str,
    region: str,
    credentials: Credentials,
    trusted: str | None = None,
    more: Config | None = None,
) -> Any:
    """A boto3 client that knows nothing of the developer's own AWS settings.

    `trusted` is the file of a certificate that over TLS has to be the local cloud's, `more` what
    else the client is to be like.
    """
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    config = Config(proxies={}, read_timeout=_LONGEST_SECONDS, retries=retries)
    config = config.merge(more) if more else config
    keys = dict(zip(_KEYS, credentials, strict=True))
    with _making:
        return _session.client(
            service, region, endpoint_url=url, verify=trusted, config=config, **keys
        )


@dataclass
class Identity:
    """The clients of one account in one region.

    Roles come in by the front (`front_url`) as everybody does; what the local cloud asks for its
    own ends, it asks the emulator. `owners` are the roles of access keys, known to all regions.
    """

    front_url: str
    emulator_url: str
    account: str
    region: str
    owners: dict[str, str]
    trusted: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _clients: dict[tuple[str, Credentials], Any] = field(default_factory=dict)
    _statements: dict[str, tuple[float, list[dict[str, Any]]]] = field(default_factory=dict)
    _credentials: dict[str, tuple[str, float, Credentials]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._decision = lru_cache(1024)(self._simulated)

    def client(self, service: str, role_arn: str | None = None) -> Any:
        """A client that acts as the developer or a role. ClientError if there is no such role."""
        found = self.credentials(role_arn) if role_arn else Credentials(self.account)
        url = self.front_url if role_arn or service == "sagemaker" else self.emulator_url
        with self._lock:
            if (service, found) not in self._clients:
                made = client(service, url, self.region, found, self.trusted)
                made.meta.events.register("before-sign", _as_over_tls)
                self._clients[service, found] = made
            return self._clients[service, found]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for made in self._clients.values():
                made.close()

    def credentials(self, role_arn: str) -> Credentials:
        """Keys of a role: assumed if it trusts us, else of somebody who may do the same."""
        name = role_arn.rpartition("/")[2]
        policy = _document(self.statements(name))
        known = self._credentials.get(name)
        if known and known[0] == policy and known[1] > time.time() + _LONGEST_SECONDS:
            return known[2]
        sts = self.client("sts")
        try:
            answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="local")
        except ClientError:
            answer = sts.get_federation_token(Name=name[-32:], Policy=policy)
        keys = answer["Credentials"]
        made = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        self._credentials[name] = policy, keys["Expiration"].timestamp(), made
        self.owners[made.access_key] = name
        return made

    def caller(self, access_key: str | None, app: str | None) -> str:
        """The role that a key belongs to, or the developer.

        The keys of functions' roles are made by the emulator, which tells nobody whose they are;
        functions say it in their user agent (AWS_SDK_UA_APP_ID).
        """
        if access_key is None or access_key.isdigit():
            return DEVELOPER
        return self.owners.get(access_key) or app or access_key

    def refusal(self, role: str, action: str, resource: str, context: dict[str, str]) -> str | None:
        """Why a role may not do this, in AWS's words; None if it may."""
        policy = _document([s for s in self.statements(role) if _applies(s, context)])
        decision = self._decision(policy, action, resource)
        if decision == "allowed":
            return None
        why = f"because no identity-based policy allows the {action} action"
        if decision == "explicitDeny":
            why = "with an explicit deny in an identity-based policy"
        who = f"arn:aws:sts::{self.account}:assumed-role/{role}"
        return f"User: {who} is not authorized to perform: {action} on resource: {resource} {why}"

    def _simulated(self, policy: str, action: str, resource: str) -> str:
        answer = self.client("iam").simulate_custom_policy(
            PolicyInputList=[policy], ActionNames=[action], ResourceArns=[resource]
        )
        return str(answer["EvaluationResults"][0]["EvalDecision"])

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What a role's policies say. ClientError if there is no such role."""
        until, known = self._statements.get(role, (0.0, []))
        if until < time.monotonic():
            documents = (document for _, document in policies(self.client("iam"), role))
            known = [s for document in documents for s in listed(document["Statement"])]
            self._statements[role] = time.monotonic() + _KNOWN_SECONDS, known
        return known


def _as_over_tls(request: Any, **_: object) -> None:
    """Bucket policies ask for TLS, which ends at the front."""
    request.headers["X-Forwarded-Proto"] = "https"


def _applies(statement: dict[str, Any], context: dict[str, str]) -> bool:
    """Whether iam:PassedToService lets a statement apply; the simulation is told no context."""
    condition = statement.get("Condition", {}).get("StringEquals", {})
    wanted = {k.lower(): v for k, v in condition.items()}.get("iam:passedtoservice")
    return wanted is None or context.get("iam:passedtoservice") in listed(wanted)


def _document(statements: list[dict[str, Any]]) -> str:
    plain = [
        {k: v for k, v in s.items() if k != "Condition" or "PassedToService" not in str(v)}
        for s in statements
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": plain}, separators=(",", ":"))
