"""The page's address: the stack's distribution, with its rules and headers, on this machine.

The emulator answers for the distribution's host name. What lies in the page's folder is put into
the distribution's bucket, as `make deploy` does, whenever a file there has changed.
"""

import mimetypes
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from local.front import pass_on

_BUCKET = re.compile(r"(.+)\.s3[.-].*amazonaws\.com")
_TYPES = mimetypes.MimeTypes()  # Python's own table only: the same on every machine
_TYPES.add_type("text/javascript", ".js")


class Page:
    """WSGI app of the page's address."""

    def __init__(
        self,
        folder: Path,
        emulator_port: int,
        client: Callable[[str], Any],
        account: str,
        api_url: str | None = None,
    ) -> None:
        """With `api_url` another server plays the API."""
        self._folder, self._port, self._client = folder, emulator_port, client
        self._api_url = api_url
        # The emulator looks for a distribution in the account of whoever asks.
        scope = f"{account}/20260101/us-east-1/cloudfront/aws4_request"
        asking = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        self._headers = {"Authorization": asking}
        self._bucket = ""
        self._lock = threading.Lock()
        self._sent: dict[Path, tuple[int, int]] = {}

    def serve(self, distribution_id: str | None) -> None:
        """From now on answer for a distribution; None if the stack has none."""
        if distribution_id is not None:
            found = self._client("cloudfront").get_distribution(Id=distribution_id)["Distribution"]
            self._headers["Host"] = found["DomainName"]
            origins = found["DistributionConfig"]["Origins"]["Items"]
            buckets = [_BUCKET.fullmatch(origin["DomainName"]) for origin in origins]
            self._bucket = next((match.group(1) for match in buckets if match), "")
        self.send()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if "Host" not in self._headers:
            answer = Response("This template has no distribution.\n", 404)
        else:
            self.send()
            answer = pass_on(Request(environ), self._port, more=self._headers)
            answer.headers.pop("Strict-Transport-Security", None)  # over plain http it says nothing
            if self._api_url and (answer.status_code, answer.mimetype) == (502, "text/html"):
                text = f"Nothing answers at {self._api_url}; start it with `sam local start-api`.\n"
                answer = Response(text, 502)
        return answer(environ, start_response)

    def send(self) -> None:
        """Put files that are new or have changed into the bucket, and take out those that went."""
        if not self._bucket:
            return
        with self._lock:
            found = {path: path.stat() for path in self._folder.rglob("*") if path.is_file()}
            for path in self._sent.keys() - found.keys():
                self._client("s3").delete_object(Bucket=self._bucket, Key=self._key(path))
                del self._sent[path]
            for path, stat in found.items():
                version = stat.st_mtime_ns, stat.st_size
                if self._sent.get(path) != version:
                    kind = _TYPES.guess_type(path.name)[0] or "binary/octet-stream"
                    where = {"Bucket": self._bucket, "Key": self._key(path)}
                    self._client("s3").put_object(**where, Body=path.read_bytes(), ContentType=kind)
                    self._sent[path] = version

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()
