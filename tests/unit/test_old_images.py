"""What `operations/old_images.py` takes for a name of an image, and for a thing that names one."""

from datetime import UTC, datetime, timedelta

from operations.old_images import beyond_the_newest, images_in, names

DAY = datetime(2026, 11, 29, tzinfo=UTC)


def image(*tags, age=0):
    return {
        "repositoryName": "verdict",
        "imageDigest": "sha256:12",
        "imageTags": list(tags),
        "imagePushedAt": DAY - timedelta(days=age),
    }


def test_an_image_is_called_by_each_tag_and_by_its_digest():
    found = names(image("serve-1", "serve-2"))

    assert found == {"verdict:serve-1", "verdict:serve-2", "verdict@sha256:12"}


def test_the_newest_five_of_a_target_are_no_old_ones_whatever_their_order():
    ages = (3, 0, 6, 1, 4, 2, 5)
    images = [image(f"train-{age}", age=age) for age in ages]
    images += [image(f"serve-{age}", age=age) for age in ages[:5]]

    assert [i["imageTags"] for i in beyond_the_newest(images, "train")] == [
        ["train-6"],
        ["train-5"],
    ]
    assert beyond_the_newest(images, "serve") == []


def test_what_is_being_pushed_is_nobodys_old_image():
    images = [image("pushed-0123456789ab", age=age) for age in range(9)]

    assert beyond_the_newest(images, "train") == beyond_the_newest(images, "serve") == []


def test_images_are_found_wherever_sagemaker_names_them():
    told = {
        "PrimaryContainer": {"Image": "a", "ModelDataUrl": "s3://b/c"},
        "Containers": [{"ModelPackageName": "d"}, {"Image": "e"}],
        "AlgorithmSpecification": {"TrainingImage": "f"},
    }

    assert sorted(images_in(told)) == ["a", "e", "f"]
