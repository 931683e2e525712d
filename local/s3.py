"""S3: moto answers; here its objects are kept, and the template's functions are notified."""

import contextlib
import ctypes
import gc
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

from local.s3_events import Change, Notifications
from local.s3_files import Files
from local.s3_reads import LARGE_BYTES, of_large, without_deleted_folders
from local.template import Stack
from local.wire import AwsError, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_WRITES = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}
_LARGE_BYTES = 8 << 20
_REMOVALS = {"DeleteObject", "DeleteObjects"}
_TAGGING = {"PutObjectTagging", "DeleteObjectTagging"}


class S3:
    """The template's buckets and any others, as moto plays them, but lasting."""

    def __init__(self, stack: Stack, folder: Path, bus: Any, moto: "WSGIApplication") -> None:
        self._stack, self._moto = stack, moto
        self._files = Files(folder, stack.account, stack.region)
        self._notifications = Notifications(stack, bus)
        self._locks: dict[tuple[str, str], threading.Lock] = {}

    def start(self) -> None:
        """Make the template's buckets and put everything back into them; nobody is notified."""
        for resource in self._stack.of_type("AWS::S3::Bucket"):
            if "NotificationConfiguration" in resource.properties:
                where = f"{resource.logical_id}.NotificationConfiguration"
                raise NotImplementedError(
                    f"the local cloud plays S3 events of functions, not {where}"
                )
            versioning = resource.properties.get("VersioningConfiguration", {})
            self._files.make_bucket(resource.name, versioning.get("Status"))
        self._files.restore()

    def answer(self, request: Request) -> Response:
        """Let moto do it; then keep what changed, and tell those who want to know."""
        bucket, key = request.params["Bucket"], request.params["Key"]
        if request.operation == "PostObject":
            raise AwsError("NotImplemented", "The local cloud does not play browser uploads", 501)
        if "uploadId" in request.query:
            self._check_upload(bucket, request.query["uploadId"])
        with contextlib.ExitStack() as held:
            if request.operation in ("PutObject", "UploadPart"):
                held.callback(_spool(request).close)  # no slow client shall hold an object's lock
            # moto may answer a read with an object that a write closes meanwhile: one at a time.
            for place in sorted(set(_places(request))):
                held.enter_context(self._locks.setdefault(place, threading.Lock()))
            if request.operation == "CopyObject":
                self._name_checksum(request)
            response = self._read(request) or self._forward(request)
            changes = list(self._keep(request)) if response.status < 300 else []
        if "delimiter" in request.query and response.status == 200:
            response = without_deleted_folders(response, self._files.backend.buckets[bucket])
        if not key and request.method in ("PUT", "DELETE") and response.status < 300:
            self._files.keep_bucket(bucket)
        if request.operation == "UploadPart":
            _give_back_memory(1)
        elif any((change.size or 0) >= _LARGE_BYTES for change in changes):
            _give_back_memory()
        for change in changes:
            self._notifications.send(change)
        return response

    def has_bucket(self, name: str) -> bool:
        """Whether there is such a bucket, whoever asks."""
        return name in self._files.backend.buckets

    def _forward(self, request: Request) -> Response:
        if request.operation == "CompleteMultipartUpload":
            _give_back_memory()  # moto joins the parts in memory: let nothing else be in it
        known = set(request.environ)
        body, status, headers = run_wsgi_app(self._moto, request.environ, buffered=True)
        for key in request.environ.keys() - known:
            request.environ.pop(key)  # moto's own view of the request, with the whole body
        return Response(int(status.split()[0]), list(headers), body)

    def _read(self, request: Request) -> Response | None:
        """A large object, off the disk."""
        if request.operation == "GetObject":
            params, version = request.params, request.query.get("versionId")
            kept = self._files.find(params["Bucket"], params["Key"], version)
            if kept and kept[0].size >= LARGE_BYTES:
                return of_large(request, *kept, self._forward)
        return None

    def _name_checksum(self, request: Request) -> None:
        """A copy is one piece and gets a checksum of its own; moto would keep that of the parts."""
        source = request.params["CopySource"]
        known = self._files.backend.buckets.get(source["Bucket"])
        key = known and known.keys.get(source["Key"])
        if key and key.checksum_type == "COMPOSITE":
            request.environ.setdefault("HTTP_X_AMZ_CHECKSUM_ALGORITHM", key.checksum_algorithm)

    def _check_upload(self, bucket: str, upload: str) -> None:
        """An unfinished upload doesn't survive a restart; moto would answer 500 for it."""
        known = self._files.backend.buckets.get(bucket)
        if known is not None and upload not in known.multiparts:
            message = "The specified multipart upload does not exist."
            raise AwsError("NoSuchUpload", message, 404)

    def _keep(self, request: Request) -> Iterator[Change]:
        operation, bucket = request.operation, request.params["Bucket"]
        if operation in _WRITES:
            for version in self._files.keep(bucket, request.params["Key"])[0]:
                yield self._change(_WRITES[operation], version, request)
        elif operation in _REMOVALS:
            for _, key in sorted(set(_places(request))):
                markers, versions = self._files.keep(bucket, key)
                for marker in markers:
                    yield self._change("ObjectRemoved:DeleteMarkerCreated", marker, request)
                for version in versions:
                    yield self._change("ObjectRemoved:Delete", version, request)
        elif operation in _TAGGING:
            self._files.keep_tags(bucket, request.params["Key"])

    def _change(self, name: str, version: Any, request: Request) -> Change:
        bucket = self._files.backend.buckets[request.params["Bucket"]]
        is_created = name.startswith("ObjectCreated")
        return Change(
            name=name,
            bucket=bucket.name,
            key=version.name,
            principal=request.access_key or "ANONYMOUS",
            size=version.size if is_created else None,
            etag=version.etag.strip('"') if is_created else None,
            version_id=version.version_id if bucket.is_versioned else None,
        )


def _places(request: Request) -> Iterator[tuple[str, str]]:
    """The objects that a call touches; a part belongs to its upload, not yet to the object."""
    params = request.params
    if params["Key"] and request.operation not in ("UploadPart", "ListParts"):
        yield params["Bucket"], params["Key"]
    for item in params.get("Objects", []):
        yield params["Bucket"], item["Key"]
    if source := params.get("CopySource"):
        yield source["Bucket"], source["Key"]


def _give_back_memory(generation: int = 2) -> None:
    """moto leaves bodies in reference cycles, and the C library keeps what they took."""
    gc.collect(generation)
    with contextlib.suppress(AttributeError):  # glibc has it, others have no need of it
        ctypes.CDLL(None).malloc_trim(0)


def _spool(request: Request) -> IO[bytes]:
    body = SpooledTemporaryFile(1 << 20)  # noqa: SIM115 (moto reads it; then it is closed)
    try:
        shutil.copyfileobj(get_input_stream(request.environ), body, 1 << 20)
    except ClientDisconnected as error:
        body.close()
        text = "You did not provide the number of bytes specified by the Content-Length header"
        raise AwsError("IncompleteBody", text) from error
    request.environ["CONTENT_LENGTH"] = str(body.tell())
    request.environ.pop("HTTP_TRANSFER_ENCODING", None)
    if "form" in request.environ.get("CONTENT_TYPE", ""):  # curl's default; moto would see no body
        request.environ["CONTENT_TYPE"] = "binary/octet-stream"
    body.seek(0)
    request.environ["wsgi.input"] = body
    return body
