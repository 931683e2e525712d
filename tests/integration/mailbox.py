"""Somebody who has subscribed to the stack's notices."""

import json
from typing import Any


class Mailbox:
    """Every notice from now on, each once."""

    def __init__(self, cloud: Any) -> None:
        sns, self._sqs = cloud.client("sns"), cloud.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        described = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        arn = described["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = {"Version": "2012-10-17", "Statement": statement}
        self._sqs.set_queue_attributes(
            QueueUrl=self._queue, Attributes={"Policy": json.dumps(policy)}
        )
        topic = sns.list_topics()["Topics"][0]["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._read: list[dict[str, str]] = []

    def notices(self) -> list[dict[str, str]]:
        """All notices so far, each with its Subject and Message."""
        while found := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            for message in found:
                self._read.append(json.loads(message["Body"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return self._read

    def subjects(self) -> list[str]:
        """What the notices are about."""
        return [notice["Subject"].removeprefix("Verdict: ") for notice in self.notices()]
