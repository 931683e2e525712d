"""`make delete` removes what the runs have made. CloudFormation itself is not played here."""

import os
import subprocess
import sys

from tests.conftest import ROOT
from tests.integration.stand_in_model import stand_in_model
from tests.integration.test_deploy_endpoint import live_run
from tests.integration.test_start_training import GOOD

DELETE = """
from operations import delete
for name in ("{datasets}", "{runs}"):
    delete.empty(name)
delete.delete_models("verdict")
left = [*delete.endpoint_configs("verdict"), *delete.models("verdict"), *delete.packages("verdict")]
print("left:", left, delete.endpoint_exists("verdict"), delete.training_jobs("verdict"))
"""


def test_nothing_that_the_runs_have_made_is_left(new_cloud, tmp_path):
    cloud = new_cloud("--first-model", str(stand_in_model(tmp_path / "model")))
    cloud.wait(lambda: live_run(cloud), "the first model to be live")
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")
    for function in ("StartTrainingFunction", "DeployEndpointFunction"):  # as if they were stopped
        cloud.fault("event_dropped", match={"function": function}, times=None)
    settings = {
        "AWS_ENDPOINT_URL": cloud.aws,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "developer",
        "AWS_SECRET_ACCESS_KEY": "developer",
    }

    done = subprocess.run(
        [sys.executable, "-c", DELETE.format(datasets=cloud.bucket, runs=cloud.run_bucket)],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "left: [] False []"
    s3 = cloud.client("s3")
    for bucket in (cloud.bucket, cloud.run_bucket):
        assert "Versions" not in s3.list_object_versions(Bucket=bucket)
    assert cloud.endpoint() is None
