"""Parquet becomes a table, some thousand rows at a time."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from sentiment.dataset.files import MAXIMUM_LINE_BYTES, DatasetError
from sentiment.dataset.records import LeftOut, Record, Table, Unread
from sentiment.dataset.tables.headers import names_of
from sentiment.dataset.tables.packing import Scratch
from sentiment.dataset.tables.rows import too_long

MAGIC = b"PAR1"
BATCH_ROWS = 1_000
BUFFER_BYTES = 1 << 20  # of a column at a time: else a whole group of rows is read into memory
LARGEST_COLUMN = 256 << 20  # of a group of rows, unpacked, where they are longer than rows may be
HELD_BYTES = 128 << 20  # about, where a few bytes of the file become so many
PACKED = 15  # times as small: texts seldom are, unless one is repeated, or never ends
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
    batches = _batches(whole)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _broken(error) from error
        for part in _parts(batch):
            if part is None:
                number += 1
                yield too_long(number)
                continue
            try:
                columns = [
                    _values(column, classes.get(name))
                    for name, column in zip(names, part.columns, strict=True)
                ]
            except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
                raise _broken(error) from error
            for values in zip(*columns, strict=True):
                number += 1
                yield Record(number, dict(zip(names, values, strict=True)))


def _batches(whole: Any) -> Iterator[Any]:
    """Some rows at a time: fewer where the footer says that they may fill memory."""
    for place in range(whole.metadata.num_row_groups):
        group = whole.metadata.row_group(place)
        size = BATCH_ROWS
        for column in map(group.column, range(group.num_columns)):
            unpacked = column.total_uncompressed_size
            if unpacked > max(LARGEST_COLUMN, group.num_rows * MAXIMUM_LINE_BYTES):
                raise DatasetError(
                    "The Parquet file holds rows that are longer than 1 MB:"
                    " shorten the reviews or split them."
                )
            is_suspect = unpacked > PACKED * column.total_compressed_size
            if column.physical_type == "BYTE_ARRAY" and is_suspect:  # each row may hold all of it
                size = min(size, max(1, HELD_BYTES // unpacked))
        yield from whole.iter_batches(batch_size=size, row_groups=[place], use_threads=False)


def _parts(batch: Any) -> Iterator[Any]:
    """The rows of a batch by the megabyte; None for a row that has more than that by itself."""
    if sum(map(_bytes, batch.columns)) <= MAXIMUM_LINE_BYTES:
        yield batch
    elif batch.num_rows == 1:
        yield None
    else:
        half = batch.num_rows // 2
        yield from _parts(batch.slice(0, half))
        yield from _parts(batch.slice(half))


def _bytes(column: Any) -> int:
    """How many bytes the values of a column take, of those in a dictionary each by itself."""
    import pyarrow.compute

    if not pyarrow.types.is_dictionary(column.type):
        return int(column.nbytes)
    values = column.dictionary
    if not (pyarrow.types.is_string(values.type) or pyarrow.types.is_large_string(values.type)):
        return int(column.indices.nbytes)
    lengths = pyarrow.compute.binary_length(values).cast(pyarrow.int64())
    return int(pyarrow.compute.sum(lengths.take(column.indices)).as_py() or 0)


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
