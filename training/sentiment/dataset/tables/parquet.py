"""Parquet becomes a table, some thousand rows at a time."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any, NoReturn

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.headers import names_of

MAGIC = b"PAR1"
PLAIN = (str, int, float, list, dict)
BATCH_ROWS = 1_000
BROKEN = "The Parquet file is damaged or incomplete: write it again, or download it again."


def parquet(file: IO[bytes]) -> Table:
    """Read a Parquet file; labels that its schema names come as those names.

    Raises DatasetError where it can't be read, also while its records are.
    """
    from arro3.io import read_parquet  # late, as it is large

    file.seek(-4, 2)
    if file.read(4) != MAGIC:
        raise DatasetError(BROKEN)
    file.seek(0)
    try:
        batches = read_parquet(file, batch_size=BATCH_ROWS)
        schema = batches.schema
        names, notes = names_of(list(schema.names))
    except BaseException as error:  # whatever the library says of a file that is none
        _raise(error)
    classes = _classes(schema.metadata_str)
    return Table(names, _records(batches, names, classes), "parquet", notes)


def _raise(error: BaseException) -> NoReturn:
    """A panic of the library, which is no Exception, says that the file is broken, too."""
    is_panic = type(error).__name__ == "PanicException"
    is_its_own = type(error).__module__.startswith(("arro3", "builtins"))
    if is_panic or (is_its_own and isinstance(error, Exception) and not _is_of_system(error)):
        raise DatasetError(BROKEN) from error
    raise error


def _is_of_system(error: Exception) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and bool(error.errno))


def _records(
    batches: Any, names: list[str], classes: dict[str, list[str]]
) -> Iterator[Record | LeftOut]:
    number = 0
    while True:
        try:
            batch = next(batches, None)
        except BaseException as error:  # as above
            _raise(error)
        if batch is None:
            return
        columns = [
            _values(batch.column(place), classes.get(name)) for place, name in enumerate(names)
        ]
        for values in zip(*columns, strict=True):
            number += 1
            yield Record(number, dict(zip(names, values, strict=True)))


def _values(column: Any, classes: list[str] | None) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if classes:
        return [
            classes[value] if isinstance(value, int) and 0 <= value < len(classes) else value
            for value in values
        ]
    first = next((value for value in values if value is not None), None)
    return values if isinstance(first, PLAIN) else [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None else str(value)


def _classes(metadata: dict[str, str]) -> dict[str, list[str]]:
    """Names of labels by column, as Hugging Face's datasets writes them into the schema."""
    try:
        features = json.loads(metadata["huggingface"])["info"]["features"]
        return {
            name: [str(label) for label in feature["names"]]
            for name, feature in features.items()
            if feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
