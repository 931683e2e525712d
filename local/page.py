"""The page's address: the stack's distribution, with its rules and headers, on this machine.

The emulator answers for the distribution's host name. What lies in the page's folder is put into
the distribution's bucket, as `make deploy` does, whenever a file there has changed.
"""

import mimetypes
import re
import threading
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from local.front import pass_on
from local.identity import Identity

_BUCKET = re.compile(r"(.+)\.s3[.-].*amazonaws\.com")
# Each request beside others starts one more process of the function, at half a second of the
# processor: a crowd waits here instead, and finds those that are there.
_AT_A_TIME = 8
_TYPES = mimetypes.MimeTypes()  # Python's own table only: the same on every machine
_TYPES.add_type("text/javascript", ".js")


class Page:
    """WSGI app of the page's address."""

    def __init__(self, folder: Path, port: int, identity: Identity, api_url: str | None) -> None:
        """The emulator answers on `port`, or another server at `api_url` for the API."""
        self._folder, self._port, self._client = folder, port, identity.client
        self._api_url = api_url
        # The emulator looks for a distribution in the account of whoever asks.
        scope = f"{identity.account}/20260101/us-east-1/cloudfront/aws4_request"
        asking = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        self._headers = {"Authorization": asking}
        self._bucket = ""
        self._lock = threading.Lock()
        self._sent: dict[Path, tuple[int, int]] = {}
        self._turns = threading.BoundedSemaphore(_AT_A_TIME)

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
            request = Request(environ)
            if request.method in ("GET", "HEAD"):
                self.send()
            with self._turns:
                answer = pass_on(request, self._port, more=self._headers)
            answer.headers.pop("Strict-Transport-Security", None)  # over plain http it says nothing
            if self._api_url and (answer.status_code, answer.mimetype) == (502, "text/html"):
                text = f"Nothing answers at {self._api_url}; start it with `sam local start-api`.\n"
                answer = Response(text, 502)
        return answer(environ, start_response)

    def send(self) -> None:
        """Put files that are new or have changed into the bucket, and take out those that went."""
        if not self._bucket:
            return
        s3, files = self._client("s3"), (f for f in self._folder.rglob("*") if f.is_file())
        with self._lock:
            found = {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in files}
            for file in {**self._sent, **found}:
                where = {"Bucket": self._bucket, "Key": file.relative_to(self._folder).as_posix()}
                if file not in found:
                    s3.delete_object(**where)
                elif self._sent.get(file) != found[file]:
                    kind = _TYPES.guess_type(file.name)[0] or "binary/octet-stream"
                    s3.put_object(**where, Body=file.read_bytes(), ContentType=kind)
            self._sent = found
