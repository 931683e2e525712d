"""Start a SageMaker training job for every dataset dropped into the bucket, one after the other.

Trainings queue because each new model is judged against the one that should be live: were two
trained at the same time, neither would be compared with the other, and the later one would win
whatever its worth. An event only wakes this function; what it does follows from what lies in the
buckets and in SageMaker, so that lost, doubled and reordered events are harmless.
"""

from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from datasets import is_dataset, keys_without_receipt, receive
from trainings import start_next

from runs.each import each, raise_all

logger = Logger()


@logger.inject_lambda_context(log_event=False)
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> None:
    failures = each(receive, uploaded_keys(event) or keys_without_receipt())
    start_next()
    raise_all(failures)


def uploaded_keys(event: dict[str, Any]) -> list[str]:
    """The dataset keys of an S3 event; none for a test event, a folder marker or another event."""
    keys = (unquote_plus(record["s3"]["object"]["key"]) for record in event.get("Records", []))
    return [key for key in keys if is_dataset(key)]
