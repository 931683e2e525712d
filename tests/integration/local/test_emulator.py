"""The emulator is a child of ours: what it keeps, and what it says when it can't be had."""

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local import LocalError
from local.emulator import Emulator
from tests.clouds import Cloud
from tests.templates import ROOT, small_template


@pytest.fixture
def process(tmp_path):
    cloud = Cloud(tmp_path, small_template(tmp_path / "small"))
    cloud.start()
    yield cloud
    cloud.stop()


def seen(cloud):
    """What a client sees that must not change."""
    outputs, s3 = cloud.status()["outputs"], cloud.client("s3")
    stack = cloud.client("cloudformation").describe_stacks(StackName="verdict")["Stacks"][0]
    versions = s3.list_object_versions(Bucket=cloud.bucket)
    return {
        "outputs": {key: value for key, value in outputs.items() if not key.endswith("Url")},
        "stack": stack["StackId"],
        "functions": cloud.function("Echo"),
        "versions": [
            (version["Key"], version["VersionId"], version["ETag"], version["IsLatest"])
            for version in versions["Versions"]
        ],
        "markers": [marker["Key"] for marker in versions["DeleteMarkers"]],
        "body": s3.get_object(Bucket=cloud.bucket, Key="ä b+c")["Body"].read(),
        "tags": s3.get_object_tagging(Bucket=cloud.bucket, Key="ä b+c")["TagSet"],
        "type": s3.head_object(Bucket=cloud.bucket, Key="ä b+c")["ContentType"],
    }


def test_a_restart_and_a_sudden_death_change_nothing_that_a_client_sees(process):
    s3, bucket = process.client("s3"), process.bucket
    s3.put_object(Bucket=bucket, Key="ä b+c", Body=b"1", ContentType="text/csv")
    s3.put_object(Bucket=bucket, Key="ä b+c", Body=b"2", ContentType="text/csv", Tagging="x=1")
    s3.put_object(Bucket=bucket, Key="gone", Body=b"3")
    s3.delete_object(Bucket=bucket, Key="gone")
    before = seen(process)
    assert before["body"] == b"2"

    for how in (signal.SIGTERM, signal.SIGKILL):
        process.restart(how)

        assert seen(process) == before
        assert process.invoke("Echo", {"still": "there"})["event"] == {"still": "there"}


HELD = """
  Holder:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.hold
      Timeout: 60
      Environment: {{Variables: {{UNTIL: {file}}}}}

  Held:
    Type: Custom::Held
    Properties: {{ServiceToken: !GetAtt Holder.Arn}}

  Echo:
"""


def test_killed_while_it_deploys_it_converges_all_the_same(tmp_path):
    """At some moments, and surely in the middle: a resource isn't there before a file is."""
    file = tmp_path / "go-on"
    template = small_template(tmp_path / "small", ("\n  Echo:\n", HELD.format(file=file)))
    cloud = Cloud(tmp_path, template)

    def deploys():
        with contextlib.suppress(BotoCoreError, ClientError):
            found = cloud.client("cloudformation").describe_stacks(StackName="verdict")["Stacks"]
            return found[0]["StackStatus"] == "CREATE_IN_PROGRESS"

    try:
        for seconds in (0.5, 1, 1.5):
            cloud.launch()
            time.sleep(seconds)
            cloud.stop(signal.SIGKILL)
        cloud.launch()
        cloud.wait(deploys, "a deployment")
        cloud.stop(signal.SIGKILL)
        file.touch()
        cloud.start()

        assert cloud.invoke("Echo", {"all": "well"})["event"] == {"all": "well"}
    finally:
        file.touch()
        cloud.stop()


def test_it_answers_on_the_same_port_again_unless_that_is_taken(tmp_path):
    def port():
        made = Emulator(tmp_path, tmp_path / "log")
        made.stop()
        return made.port

    first = port()
    assert port() == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        assert (other := port()) != first
    assert port() == other


def test_one_that_cannot_start_says_where_to_look(tmp_path):
    log = tmp_path / "log"
    made = Emulator(tmp_path / "emulator", log, lasting=False)
    with socket.create_server(("127.0.0.1", made.port)):
        made.start(1)

        with pytest.raises(LocalError, match=str(log)):
            made.wait()


def test_one_that_is_not_installed_says_how(tmp_path):
    for folder in ("local", "operations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    template = small_template(tmp_path / "small")

    done = subprocess.run(
        [sys.executable, "-m", "local", "up", "--template", template],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr == ("there is no emulator: install it with `make .venv-emulator/ready`\n")
