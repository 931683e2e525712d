"""Notices: what goes out by SNS to whoever wants to hear what became of a dataset."""

import os

import boto3

TOPIC_ARN = os.environ["TOPIC_ARN"]

sns = boto3.client("sns")


def publish(subject: str, *paragraphs: str | None) -> None:
    """Publish a notice of those paragraphs that say something. Raises SNS's ClientError."""
    sns.publish(
        TopicArn=TOPIC_ARN,
        Subject=f"Verdict: {subject}".encode("ascii", "replace").decode()[:100],  # no more is taken
        Message="\n\n".join(paragraph for paragraph in paragraphs if paragraph),
    )
