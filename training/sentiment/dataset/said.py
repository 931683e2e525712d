"""What an uploader says of a dataset: which columns are meant, and what the labels mean.

Nobody has to say anything. It comes as S3 user metadata on the object, as options of `drop` and of
`check.py`, and as options of `train.py`: everywhere under the same names.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Self

from sentiment.dataset.files import DatasetError, listed

LONGEST = 500  # characters of a value


@dataclass(frozen=True)
class Said:
    """Names of columns as the dataset spells them, and values of the label column."""

    text_column: str | None = None
    label_column: str | None = None
    group_column: str | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Self:
        """Take what is ours out of many options; values of a list are a line of a CSV file.

        Raises DatasetError where they contradict each other or are too long.
        """
        given = {name: options[name].strip() for name in NAMES if options.get(name, "").strip()}
        for name, value in given.items():
            if len(value) > LONGEST:
                raise DatasetError(f"What {name} says is longer than {LONGEST} characters.")
        positive, negative = _values(given.get("positive")), _values(given.get("negative"))
        if both := sorted(set(positive) & set(negative)):
            raise DatasetError(f"Both positive and negative list {listed(both)}: leave one out.")
        text, label, group = (given.get(f"{what}-column") for what in ("text", "label", "group"))
        return cls(text, label, group, positive, negative)

    def options(self) -> dict[str, str]:
        """What was said, as `of` takes it."""
        told = {name: getattr(self, name.replace("-", "_")) for name in NAMES}
        return {
            name: _line(value) if isinstance(value, tuple) else value
            for name, value in told.items()
            if value
        }


NAMES = tuple(field.name.replace("_", "-") for field in fields(Said))


def as_options(**values: str) -> str:
    """Show how to say something, as `drop` takes it: '--label-column "Your score"'."""
    told = []
    for name, value in values.items():
        written = quoted(value)
        if name in ("positive", "negative") and "," in written:
            plain = written.strip('"').replace("'", " ")
            written = f"""'"{plain}"'"""  # one value, which holds a comma
        told.append(f"--{name.replace('_', '-')} {written}")
    return " ".join(told)


def quoted(value: str) -> str:
    """Quote a value from a dataset as a command takes it: short, on one line, printable."""
    plain = "".join(c if c.isprintable() and c not in '"`$\\' else " " for c in value[:40]).strip()
    return plain if plain.isalnum() else f'"{plain}"'


def _values(text: str | None) -> tuple[str, ...]:
    """Take apart what is separated by commas; a value that holds one stands in quotation marks."""
    try:
        [values] = csv.reader([text or ""], skipinitialspace=True)
    except (csv.Error, ValueError):
        values = (text or "").split(",")
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def _line(values: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
