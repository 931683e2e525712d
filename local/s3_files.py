"""moto's S3 objects on disk, so that they outlive the process.

Each version of an object is two files below `<folder>/<bucket>/`, named by the order of writing:
`N.body` and `N.json`. The JSON is written last and by rename, and it is removed first: killed at
any moment, a version is either there or not. Process death doesn't lose the page cache, so nothing
is fsynced.

Versions are put back as moto's own objects rather than through the wire, because only so do ETag
(a multipart one isn't the MD5 of the content), version id and date come back as they were.
"""

import itertools
import json
import secrets
import shutil
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from moto.s3.models import FakeDeleteMarker, S3Backend, s3_backends

_CHECKSUM = ("checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts")


class _Kept(NamedTuple):
    """A version in moto's memory and the number of its files."""

    version: Any
    number: int


class Files:
    """The files of all buckets, kept equal to moto's memory."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self._folder, self._account, self._region = folder, account, region
        self._kept: dict[tuple[str, str], list[_Kept]] = defaultdict(list)
        self._numbers = itertools.count(1)

    @property
    def backend(self) -> S3Backend:
        """moto's memory; a reset makes a new one."""
        return s3_backends[self._account]["aws"]

    def restore(self) -> None:
        """Bring back every bucket and, in the order of writing, every version of every object."""
        for folder in sorted(self._folder.glob("*/")):
            if folder.name not in self.backend.buckets:
                kept = json.loads((folder / "bucket.json").read_text(encoding="utf-8"))
                self.make_bucket(folder.name, kept["versioning"])
        metas = [m for m in self._folder.glob("*/*.json") if m.name != "bucket.json"]
        for meta in sorted(metas, key=lambda path: path.stem):
            self._restore(meta.parent.name, meta)
        last = max((int(meta.stem, 16) for meta in metas), default=0)
        self._numbers = itertools.count(last + 1)
        self._sweep()

    def make_bucket(self, name: str, versioning: str | None) -> None:
        """A bucket in moto and on disk."""
        self.backend.create_bucket(name, self._region)
        if versioning:
            self.backend.put_bucket_versioning(name, versioning)
        self.keep_bucket(name)

    def keep_bucket(self, name: str) -> None:
        """Make the folder follow what became of a bucket in moto."""
        folder = self._folder / name
        bucket = self.backend.buckets.get(name)
        if bucket is None:
            shutil.rmtree(folder, ignore_errors=True)
            return
        folder.mkdir(parents=True, exist_ok=True)
        _write_atomically(folder / "bucket.json", {"versioning": bucket.versioning_status})

    def keep(self, bucket: str, key: str) -> tuple[list[Any], list[Any]]:
        """Make the files follow moto's versions of an object: which came, and which went."""
        kept = self._kept[bucket, key]
        versions = list(self.backend.buckets[bucket].keys.getlist(key, []))
        came = [v for v in versions if all(v is not old.version for old in kept)]
        went = [old for old in kept if all(old.version is not v for v in versions)]
        for version in came:
            kept.append(_Kept(version, next(self._numbers)))
            self._write(bucket, kept[-1])
        for old in went:
            kept.remove(old)
            self._path(bucket, old, "json").unlink()
            self._path(bucket, old, "body").unlink(missing_ok=True)
        return came, [old.version for old in went]

    def find(self, bucket: str, key: str, version_id: str | None) -> tuple[Any, Path] | None:
        """An object's version, the newest if none is named, and the file with its content."""
        for kept in reversed(self._kept.get((bucket, key), [])):
            if isinstance(kept.version, FakeDeleteMarker):
                if version_id is None:
                    return None
            elif version_id in (None, kept.version.version_id):
                return kept.version, self._path(bucket, kept, "body")
        return None

    def keep_tags(self, bucket: str, key: str) -> None:
        """Write an object's metadata again."""
        for kept in self._kept[bucket, key]:
            self._write_meta(bucket, kept)

    def _path(self, bucket: str, kept: _Kept, suffix: str) -> Path:
        return self._folder / bucket / f"{kept.number:016x}.{suffix}"

    def _write(self, bucket: str, kept: _Kept) -> None:
        version = kept.version
        if not isinstance(version, FakeDeleteMarker):
            with self._path(bucket, kept, "body").open("wb") as file, version.lock:
                version._value_buffer.seek(0)  # `.value` would copy it all into memory first
                shutil.copyfileobj(version._value_buffer, file, 1 << 20)
        self._write_meta(bucket, kept)

    def _write_meta(self, bucket: str, kept: _Kept) -> None:
        version = kept.version
        meta = {
            "key": version.name,
            "version_id": version.version_id,
            "last_modified": version.last_modified.isoformat(),
            "is_delete_marker": isinstance(version, FakeDeleteMarker),
        }
        if not meta["is_delete_marker"]:
            meta |= {
                "etag": version.etag.strip('"'),
                "metadata": dict(version.metadata),
                "storage_class": version.storage_class,
                "encryption": version.encryption,
                "tags": self.backend.tagger.get_tag_dict_for_resource(version.arn),
            } | {name: getattr(version, name) for name in _CHECKSUM}
        _write_atomically(self._path(bucket, kept, "json"), meta)

    def _restore(self, bucket: str, path: Path) -> None:
        meta = json.loads(path.read_text(encoding="utf-8"))
        version: Any
        if meta["is_delete_marker"]:
            marked: Any = SimpleNamespace(name=meta["key"])
            version = FakeDeleteMarker(marked)
            self.backend.buckets[bucket].keys[meta["key"]] = version  # appends to the versions
        else:
            version = self.backend.put_object(
                bucket,
                meta["key"],
                path.with_suffix(".body").read_bytes(),
                storage=meta["storage_class"],
                etag=meta["etag"],
                encryption=meta["encryption"],
                disable_notification=True,
            )
            version.set_metadata(meta["metadata"])
            for name in _CHECKSUM:
                setattr(version, name, meta[name])
        version.last_modified = datetime.fromisoformat(meta["last_modified"])
        version._version_id = meta["version_id"]
        if meta.get("tags"):
            self.backend.put_object_tagging(version, meta["tags"])
        self._kept[bucket, meta["key"]].append(_Kept(version, int(path.stem, 16)))

    def _sweep(self) -> None:
        """Remove what a sudden death left over: bodies without JSON, versions since replaced."""
        known = set()
        for (bucket, key), kept in self._kept.items():
            alive = self.backend.buckets[bucket].keys.getlist(key, [])
            kept[:] = [old for old in kept if any(old.version is v for v in alive)]
            known |= {(bucket, f"{old.number:016x}") for old in kept}
        for file in self._folder.glob("*/*"):
            if file.name != "bucket.json" and (file.parent.name, file.stem) not in known:
                file.unlink()


def _write_atomically(path: Path, document: dict[str, Any]) -> None:
    draft = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.tmp")
    draft.write_text(json.dumps(document), encoding="utf-8")
    draft.replace(path)
