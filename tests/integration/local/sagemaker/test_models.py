"""SageMaker's models and endpoint configs, driven by boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.sagemaker.machine import Machine


def test_models_and_configs(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    for name in ("one", "two"):
        deployable(name)

    with pytest.raises(
        ClientError, match=f'Cannot create already existing model "{machine.arn}:model/one"'
    ):
        sagemaker.create_model(
            ModelName="one", ExecutionRoleArn=machine.role(), Containers=[{"ModelPackageName": "x"}]
        )
    with pytest.raises(ClientError, match="Cannot create already existing endpoint configuration"):
        sagemaker.create_endpoint_config(
            EndpointConfigName="one",
            ProductionVariants=[{"VariantName": "live", "ModelName": "one"}],
        )
    described = sagemaker.describe_model(ModelName="one")
    assert described["Containers"][0]["ModelPackageName"].endswith("stack/1")
    variant = sagemaker.describe_endpoint_config(EndpointConfigName="one")["ProductionVariants"][0]
    assert variant["ServerlessConfig"]["MemorySizeInMB"] == 2048
    models = sagemaker.get_paginator("list_models").paginate(MaxResults=1)
    assert [m["ModelName"] for page in models for m in page["Models"]] == ["two", "one"]
    configs = sagemaker.list_endpoint_configs(NameContains="o", SortBy="Name")["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in configs] == ["two", "one"]
    sagemaker.delete_model(ModelName="two")
    sagemaker.delete_endpoint_config(EndpointConfigName="two")
    with pytest.raises(ClientError, match=f'Could not find model "{machine.arn}:model/two"'):
        sagemaker.describe_model(ModelName="two")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.describe_endpoint_config(EndpointConfigName="two")


def test_a_model_from_image_and_data(machine: Machine, s3: Any, sagemaker: Any) -> None:
    container = {
        "Image": f"{machine.image}:serve-1",
        "ModelDataUrl": f"s3://{machine.shelf}/m.tar.gz",
    }
    request = {"ModelName": "m", "ExecutionRoleArn": machine.role(), "PrimaryContainer": container}
    with pytest.raises(
        ClientError, match=f"Could not find model data at s3://{machine.shelf}/m.tar.gz"
    ):
        sagemaker.create_model(**request)
    s3.put_object(Bucket=machine.shelf, Key="m.tar.gz", Body=b"")
    with pytest.raises(ClientError, match="Could not access model data"):
        sagemaker.create_model(**request | {"ExecutionRoleArn": machine.role("Reader")})

    sagemaker.create_model(**request)

    assert sagemaker.describe_model(ModelName="m")["PrimaryContainer"] == container


@pytest.mark.parametrize(
    ("variant", "complaint"),
    [
        ({"ModelName": "none"}, "Could not find model"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}}, "1500 is invalid"),
        ({"ServerlessConfig": {"MemorySizeInMB": 9000, "MaxConcurrency": 1}}, "less than or equal"),
        ({"InstanceType": "ml.m5.large"}, "either"),
        ({"AcceleratorType": "ml.eia1.large"}, "does not play"),
    ],
)
def test_a_wrong_variant_is_refused(
    sagemaker: Any, deployable: Callable[..., str], variant: dict[str, Any], complaint: str
) -> None:
    deployable("m")
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
    whole = {"VariantName": "live", "ModelName": "m"} | serverless | variant

    with pytest.raises(ClientError, match=complaint):
        sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[whole])
