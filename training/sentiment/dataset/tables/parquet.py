"""Parquet becomes a table, some thousand rows at a time."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from sentiment.dataset.files import DatasetError
from sentiment.dataset.records import LeftOut, Record, Table, Unread
from sentiment.dataset.tables.headers import names_of
from sentiment.dataset.tables.packing import Scratch

MAGIC = b"PAR1"
BATCH_ROWS = 1_000
BUFFER_BYTES = 1 << 20  # of a column at a time: else a whole group of rows is read into memory
LARGEST_FOOTER = 256 << 20
PLAIN = (str, int, float, list, dict)
BROKEN = "The Parquet file is damaged or incomplete: write it again, or download it again."


def parquet(file: BinaryIO | Scratch) -> Table:
    """Read a Parquet file; labels that its schema names come as those names.

    Raises DatasetError where it can't be read, also while its records are, and Unread where there
    is no pyarrow: Lambda has no room for it.
    """
    _check_end(file)
    try:
        import pyarrow.parquet
    except ImportError:
        raise Unread("parquet") from None
    try:
        whole = pyarrow.parquet.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
        schema = whole.schema_arrow
        names, notes = names_of(list(schema.names))
        classes = _classes(schema.metadata or {})
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _broken(error) from error
    return Table(names, _records(whole, names, classes), "parquet", notes)


def _check_end(file: BinaryIO | Scratch) -> None:
    """Raise DatasetError where the file breaks off: what it holds is told at its end."""
    size = file.seek(0, 2)
    if size < 12:
        raise DatasetError(BROKEN)
    file.seek(size - 8)
    end = file.read(8)
    footer = int.from_bytes(end[:4], "little")
    if end[4:] != MAGIC or not 0 < footer <= min(size - 12, LARGEST_FOOTER):
        raise DatasetError(BROKEN)
    file.seek(0)


def _broken(error: Exception) -> Exception:
    """What to raise: the file's fault, unless it couldn't be come by."""
    if isinstance(error, OSError) and error.errno:
        return error
    return DatasetError(BROKEN)


def _records(
    whole: Any, names: list[str], classes: dict[str, list[str]]
) -> Iterator[Record | LeftOut]:
    import pyarrow

    number = 0
    batches = whole.iter_batches(batch_size=BATCH_ROWS, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)
            columns = [
                _values(column, classes.get(name))
                for name, column in zip(names, batch.columns, strict=True)
            ]
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _broken(error) from error
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


def _classes(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Names of labels by column, as Hugging Face's datasets writes them into the schema."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            name: [str(label) for label in feature["names"]]
            for name, feature in features.items()
            if feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
