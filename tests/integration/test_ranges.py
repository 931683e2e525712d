"""A look at an object by ranges, over real S3 calls."""

import gzip
import importlib
import io
import random
import sys
import zipfile

import pytest
from botocore.exceptions import ClientError

from functions.start_training.ranges import BLOCK_BYTES, EnoughError, Ranges, buffered
from sentiment.dataset.files import DatasetError
from sentiment.dataset.said import Said
from tests.integration.runs import GOOD
from tests.templates import ROOT

CONTENT = random.Random(1).randbytes(10 * BLOCK_BYTES + 4_321)


@pytest.fixture
def look(common):
    """Puts an object somewhere quiet, and opens it by ranges."""
    s3 = common.client("s3")

    def look(content=CONTENT, **more):
        etag = s3.put_object(Bucket=common.run_bucket, Key="looked/at", Body=content)["ETag"]
        where = {"Bucket": common.run_bucket, "Key": "looked/at", "IfMatch": etag}
        return Ranges(s3, where, len(content), **more)

    return look


def test_it_reads_as_the_object_itself(look):
    ranges = look()
    stream, chance = buffered(ranges), random.Random(2)

    assert stream.seek(0, 2) == len(CONTENT)
    for _ in range(50):
        start, size = chance.randrange(len(CONTENT) + 9), chance.randrange(200_000)
        assert stream.seek(start) == start
        assert stream.read(size) == CONTENT[start : start + size]
    stream.seek(-10, 2)
    assert stream.read() == CONTENT[-10:]
    assert not ranges.is_spent


def test_nothing_is_fetched_twice_and_only_what_is_asked_for(look):
    ranges = look()
    stream = buffered(ranges)
    for _ in range(3):
        stream.seek(0)
        stream.read(1_000)
        stream.seek(-100, 2)
        stream.read()

    assert ranges.requests == 2
    assert ranges.bytes_read == BLOCK_BYTES + 4_321


@pytest.mark.parametrize("limit", [{"most_bytes": 3 * BLOCK_BYTES}, {"most_seconds": 0}])
def test_it_ends_where_its_bytes_or_its_seconds_are_used_up(look, limit):
    ranges = look(**limit)

    with pytest.raises(EnoughError):
        buffered(ranges).read()

    assert ranges.is_spent
    assert ranges.bytes_read == limit.get("most_bytes", 0)


def test_an_object_that_is_another_one_by_now_is_none_that_was_looked_at(look):
    ranges = look()
    look(b"another one")

    with pytest.raises(ClientError, match="PreconditionFailed"):
        buffered(ranges).read(10)


def test_readers_of_whole_files_read_from_it(look):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "text,label\n" * 1_000)
        archive.writestr("noise", CONTENT)

    ranges = look(packed.getvalue())
    with zipfile.ZipFile(buffered(ranges)) as archive, archive.open("a.csv") as member:
        assert member.read(11) == b"text,label\n"
    assert ranges.bytes_read < 3 * BLOCK_BYTES
    with gzip.open(buffered(look(gzip.compress(CONTENT)))) as stream:
        assert stream.read() == CONTENT


def test_an_empty_object_has_no_bytes(look):
    ranges = look(b"")

    assert buffered(ranges).read() == b""
    assert ranges.requests == 0


@pytest.fixture
def look_into(common, monkeypatch):
    """Looks into a dataset as start_training does, in whose environment its module is imported."""
    name = common.function("StartTrainingFunction")
    told = common.client("lambda").get_function_configuration(FunctionName=name)
    keys = {"AWS_ENDPOINT_URL": common.aws, "AWS_DEFAULT_REGION": "us-east-1"}
    keys |= {"AWS_ACCESS_KEY_ID": common.account, "AWS_SECRET_ACCESS_KEY": "any"}
    for variable, value in (told["Environment"]["Variables"] | keys).items():
        if variable != "PYTHONPATH":
            monkeypatch.setenv(variable, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it keeps the credentials it was made with
    folder = ROOT / "functions/start_training"
    monkeypatch.syspath_prepend(str(folder))
    own = {path.stem for path in folder.glob("*.py")} | {"runs"}
    before = {n: sys.modules.pop(n) for n in list(sys.modules) if n.partition(".")[0] in own}
    looking = importlib.import_module("looking")

    def look_into(content, **limits):
        with common.deaf():
            common.drop("looked at.csv", content)
        dataset, _ = looking.head_of("datasets/looked at.csv")
        return looking.look_into(dataset, Said(), **limits)

    yield look_into
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.modules.update(before)


def test_a_look_tells_what_it_sees_unless_its_bytes_or_seconds_are_used_up(look_into):
    assert look_into(GOOD).columns["text"] == "review"

    assert look_into(GOOD, most_bytes=0) is None
    assert look_into(GOOD, most_seconds=-1) is None


def test_what_a_reader_makes_of_a_file_that_is_cut_off_refuses_nothing(look_into):
    bad = "story,mood\n" + "A fine film.,good\n" * 50

    with pytest.raises(DatasetError, match=r"column|positive"):
        look_into(bad)
    assert look_into(bad, most_bytes=0) is None
