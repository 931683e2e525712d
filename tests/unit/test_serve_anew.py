"""What a package says that is made of another one, with another image."""

from operations.serve_anew import again


def test_what_was_remembered_of_the_image_of_before_is_not_taken_over():
    container = {"Image": "here:serve-old", "ModelDataUrl": "s3://runs/model.tar.gz"}
    before = {
        "ModelPackageArn": "arn:1",
        "ModelPackageGroupName": "verdict",
        "InferenceSpecification": {"Containers": [container], "SupportedContentTypes": ["t"]},
        "CustomerMetadataProperties": {
            "run": "verdict-0123456789ab",
            "attempts": "89abcdef:2",
            "has_been_live": "true",
        },
    }

    request = again(before, "verdict", "here:serve-new")

    assert request["CustomerMetadataProperties"] == {"run": "verdict-0123456789ab"}
    assert request["InferenceSpecification"] == {
        "Containers": [{"Image": "here:serve-new", "ModelDataUrl": "s3://runs/model.tar.gz"}],
        "SupportedContentTypes": ["t"],
    }
