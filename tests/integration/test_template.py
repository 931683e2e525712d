"""The template is the only place that names things: the local cloud works under any other names."""

import re

import yaml

from tests.templates import ROOT, stand_in_template

GOOD = "text,label\n" + "".join(
    f"a good film number {n},positive\na bad film number {n},negative\n" for n in range(30)
)


class AnyTag(yaml.SafeLoader):
    """Reads the template without minding CloudFormation's tags."""


AnyTag.add_multi_constructor("!", lambda _loader, _suffix, node: str(node.value))


def renamed(text: str) -> str:
    """The template with another name for every resource, bucket, queue, topic and group."""
    for name in yaml.load(text, AnyTag)["Resources"]:
        text = re.sub(rf"(?<![\w/:-]){name}(?![\w-])", f"Other{name[::-1].capitalize()}", text)
    for ours in ("-datasets-", "-runs-", "-page-"):
        assert ours in text
        text = text.replace(ours, f"-x{ours[::-1].strip('-')}-")
    names = ("RepositoryName", "ModelPackageGroupName", "QueueName", "TopicName")
    for key in names:
        text = re.sub(rf"(?m)^(      {key}: ).*", rf'\1!Sub "other-{key.lower()}"', text)
    group = "other-modelpackagegroupname"
    text = text.replace("model-package/${AWS::StackName}/*", f"model-package/{group}/*")
    return text.replace(
        "ModelPackageGroupName: [!Ref AWS::StackName]", f"ModelPackageGroupName: [{group}]"
    )


def test_every_resource_may_be_renamed(new_cloud, tmp_path):
    template = stand_in_template(tmp_path, renamed)
    assert "StartTrainingFunction" not in template.read_text()
    cloud = new_cloud(template=template)

    cloud.drop("reviews.csv", GOOD)

    assert cloud.follow("reviews.csv")["state"] == "live"
    assert cloud.ask("a good film")["results"][0]["sentiment"] == "positive"


def test_no_place_that_we_write_to_triggers_a_training():
    """Receipts, snapshots and queue lie outside the trigger's prefix: no recursion."""
    text = (ROOT / "template.yaml").read_text()

    filters = re.findall(r"Rules: \[\{Name: prefix, Value: (.*?)\}\]", text)

    assert filters == ["datasets/"]
    function = text.split("  StartTrainingFunction:")[1].split("\n  StartTrainingLogs:")[0]
    for statement in function.split("- Sid: ")[1:]:
        if "PutObject" in statement:
            assert "/datasets/" not in statement
