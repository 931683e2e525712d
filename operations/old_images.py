"""Remove the images of a stack that nobody uses any more; the newest few stay in any case.

    python operations/old_images.py --stack-name verdict

ECR's own life cycle rules know age and number only. A model package names the image that serves
it for as long as somebody may approve it again, so whoever removes images has to ask.
"""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import IMAGES, client_of, is_missing, parser_of, stack_of

KEPT = 5  # the newest of each
AT_ONCE = 100  # as many images are deleted in one call

client = cache(client_of)

Image = dict[str, Any]  # as DescribeImages describes it


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    args = parser.parse_args(argv)
    try:
        remove(args.stack_name)
    except (BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def remove(stack: str) -> None:
    """Remove what is neither among the newest nor in use."""
    ecr = client("ecr")
    images = [
        image | {"imageTags": image.get("imageTags", [])}
        for image in pages("ecr", "describe_images", "imageDetails", repositoryName=stack)
    ]
    old = [image for target in IMAGES for image in beyond_the_newest(images, target)]
    if not old:
        return
    used = {name.rpartition("/")[2] for name in in_use(stack)}
    unused = [image for image in old if not used & names(image)]
    for start in range(0, len(unused), AT_ONCE):
        some = [{"imageDigest": i["imageDigest"]} for i in unused[start : start + AT_ONCE]]
        ecr.batch_delete_image(repositoryName=stack, imageIds=some)
    for image in unused:
        print(f"removed image {', '.join(image['imageTags'])}")


def beyond_the_newest(images: list[Image], target: str) -> list[Image]:
    """The images of a target without the newest few of them."""
    ours = [i for i in images if any(tag.startswith(f"{target}-") for tag in i["imageTags"])]
    return sorted(ours, key=lambda image: image["imagePushedAt"])[:-KEPT]


def names(image: Image) -> set[str]:
    """What an image may be called behind the registry's address."""
    repository = image["repositoryName"]
    tags = {f"{repository}:{tag}" for tag in image["imageTags"]}
    return tags | {f"{repository}@{image['imageDigest']}"}


def in_use(stack: str) -> Iterator[str]:
    """The addresses of images that the stack, a package, a model or a running job names."""
    given = (stack_of(stack) or {}).get("Parameters", [])
    tags = [one["ParameterValue"] for one in given if one["ParameterKey"] == "ImageTag"]
    yield from (f"{stack}:{target}-{tag}" for target in IMAGES for tag in tags)
    packages = ("list_model_packages", "ModelPackageSummaryList")
    for package in pages("sagemaker", *packages, ModelPackageGroupName=stack):
        yield from described("describe_model_package", ModelPackageName=package["ModelPackageArn"])
    for model in pages("sagemaker", "list_models", "Models"):
        yield from described("describe_model", ModelName=model["ModelName"])
    jobs = ("list_training_jobs", "TrainingJobSummaries")
    for job in pages("sagemaker", *jobs, StatusEquals="InProgress"):
        yield from described("describe_training_job", TrainingJobName=job["TrainingJobName"])


def described(operation: str, **request: Any) -> Iterator[str]:
    """The images that something of SageMaker's names; none if it is gone meanwhile."""
    try:
        yield from images_in(getattr(client("sagemaker"), operation)(**request))
    except ClientError as error:
        if not is_missing(error):
            raise


def images_in(value: Any) -> Iterator[str]:
    """All that is called an image, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from images_in(one)
    elif isinstance(value, dict):
        yield from (value[name] for name in ("Image", "TrainingImage") if name in value)
        for one in value.values():
            yield from images_in(one)


def pages(service: str, operation: str, result: str, **request: Any) -> Iterator[dict[str, Any]]:
    """All that a call lists."""
    for page in client(service).get_paginator(operation).paginate(**request):
        yield from page[result]


if __name__ == "__main__":
    sys.exit(main())
