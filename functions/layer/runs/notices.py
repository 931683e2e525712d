"""Notices: what goes out by SNS to whoever wants to hear what became of a dataset."""

import os

import boto3

TOPIC_ARN = os.environ["TOPIC_ARN"]

sns = boto3.client("sns")


def publish(about: str, what: str, *paragraphs: str | None) -> None:
    """Publish that `about` is, or has, `what`, and those paragraphs that say something.

    SNS takes subjects of 100 characters: who it is about is cut there, and stands above the
    message. Raises SNS's ClientError.
    """
    room = 100 - len(f"Verdict:  {what}")
    is_long = len(about) > room
    shown = f"{about[: room - 3]}..." if is_long else about
    sns.publish(
        TopicArn=TOPIC_ARN,
        Subject=f"Verdict: {shown} {what}".encode("ascii", "replace").decode(),
        Message="\n\n".join(filter(None, (about if is_long else None, *paragraphs))),
    )
