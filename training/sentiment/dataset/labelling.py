"""Labels of all rows, once all were read: what values mean, which contradict, which are repeats."""

from array import array
from collections import Counter
from collections.abc import Container, Iterator

from sentiment.dataset.account import CONFLICT, DUPLICATE, Account
from sentiment.dataset.choosing import Columns
from sentiment.dataset.files import DatasetError, listed, shown
from sentiment.dataset.found import Found, Values
from sentiment.dataset.label_words import NEGATIVE, NEUTRAL, POSITIVE, WORDS
from sentiment.dataset.labels import Meaning, example_of, fault_of, meaning
from sentiment.dataset.records import LeftOut
from sentiment.dataset.rejected import Rejected
from sentiment.dataset.said import Said, as_options
from sentiment.dataset.several_scales import check_scales

TOLERATED = 0.05  # of the rows may contradict a second column
REVERSED = 0.95  # contradict: then the other column counts the other way round
FEWEST_COMPARED = 20
ROWS_AT_ONCE = 250_000  # that are compared with each other: bounds the memory it takes


def tell_labels(
    found: Found, columns: Columns, said: Said, account: Account, rejected: Rejected | None
) -> None:
    """Fill `found.labels`; raises DatasetError where the values of the column can't be read."""
    values, name = found.values[0], columns.label.name
    counts = _counts(values)
    if not (said.positive and said.negative):
        check_scales(found, name)
    meant = meaning(counts, name, columns.labels.is_rating, said)
    if meant.note:
        account.notes.append(meant.note)
    account.hint = _hint(counts, meant, name)
    of_number = [meant.labels.get(value, NEUTRAL) for value in values.spelled]
    found.labels.extend(map(of_number.__getitem__, values.numbers))
    faults = {
        number: fault_of(value, name)
        for number, value in enumerate(values.spelled)
        if value not in meant.labels
    }
    neutral = sum(label == NEUTRAL for label in found.labels)
    account.rows_neutral = neutral
    for row in _with_values(values, faults) if neutral else ():
        reason, fix = faults[values.numbers[row]]
        account.rows_neutral -= 1
        kind = f"label {values.spelled[values.numbers[row]]}"
        account.leave_out(LeftOut(found.lines[row], reason, fix, found.file(row)), kind)
        if rejected:
            rejected.row(row, reason, fix)


def _with_values(values: Values, numbers: Container[int]) -> Iterator[int]:
    return (row for row, number in enumerate(values.numbers) if number in numbers)


def _counts(values: Values) -> Counter[str]:
    return Counter({values.spelled[number]: n for number, n in Counter(values.numbers).items()})


def _hint(counts: Counter[str], meant: Meaning, name: str) -> str:
    """How to say what values mean, for a column that holds several and one label only."""
    several = [value for value, _ in counts.most_common() if value]
    if meant.has_both() or len(several) < 2:
        return ""
    example = example_of(counts, name)
    return (
        f" If the values of column {listed([name])} mean something else, say so when you drop the"
        f" file: {example}."
    )


# --- Two columns that say a label -------------------------------------------------------------


def compare_rivals(found: Found, columns: Columns, account: Account) -> None:
    """Count rows whose columns of labels disagree; raises DatasetError where they are many."""
    disagreeing = set[int]()
    for values, (column, is_rating) in zip(found.values[1:], columns.labels.rivals, strict=True):
        try:
            meant = meaning(_counts(values), column.name, is_rating)
        except DatasetError:
            continue
        if meant.has_both():
            labels = [meant.labels.get(value, NEUTRAL) for value in values.spelled]
            disagreeing |= _compared(found, values, labels, columns, column.name, account)
    account.contradictions = len(disagreeing)


def _compared(
    found: Found,
    values: Values,
    labels: list[int],
    columns: Columns,
    rival: str,
    account: Account,
) -> set[int]:
    """The rows in which another column contradicts the labels."""
    others = list(map(labels.__getitem__, values.numbers))
    pairs = Counter(zip(found.labels, others, strict=True))
    compared = {
        label: pairs[label, NEGATIVE] + pairs[label, POSITIVE] for label in (NEGATIVE, POSITIVE)
    }
    total, ours = sum(compared.values()), columns.label.name
    apart = [
        row
        for row, pair in enumerate(zip(found.labels, others, strict=True))
        if pair in ((NEGATIVE, POSITIVE), (POSITIVE, NEGATIVE))
    ]
    if not apart:
        return set()
    is_of_numbers = not any(value in WORDS for value in values.spelled)
    has_both = compared[NEGATIVE] > 0 and compared[POSITIVE] > 0
    is_reversed = is_of_numbers and has_both and len(apart) >= REVERSED * total
    if is_reversed and total >= FEWEST_COMPARED:
        account.notes.append(
            f"Column {listed([rival])} counts the other way round than {listed([ours])},"
            " from which the labels were taken."
        )
        return set()
    if len(apart) < TOLERATED * total:
        account.notes.append(
            f"Columns {listed([ours])} and {listed([rival])} contradict each other in"
            f" {len(apart):,} of {total:,} rows, where {listed([ours])} was believed."
        )
        return set(apart)
    row = apart[0]
    says, other_says = (
        shown(column.spelled[column.numbers[row]]) for column in (found.values[0], values)
    )
    raise DatasetError(
        f"Columns {listed([ours])} and {listed([rival])} contradict each other in"
        f" {len(apart):,} of {total:,} rows, such as {found.where(row)} with {says} and"
        f" {other_says}: mend the rows, or say which column is right when you drop the file:"
        f" {as_options(label_column=ours)}."
    )


# --- Repeats ----------------------------------------------------------------------------------


def leave_out_repeats(found: Found, account: Account, rejected: Rejected | None) -> None:
    """Keep the first of equal reviews with equal labels, and none where labels contradict."""
    labelled = array("q", (row for row, label in enumerate(found.labels) if label != NEUTRAL))
    firsts = _firsts(labelled, found.fingerprints)
    contradicted = {
        first
        for row, first in zip(labelled, firsts, strict=True)
        if found.labels[row] != found.labels[first]
    }
    for row, first in zip(labelled, firsts, strict=True):
        kind = CONFLICT if first in contradicted else DUPLICATE
        if kind == DUPLICATE and row == first:
            found.kept.append(row)
            continue
        fault = LeftOut(found.lines[row], *repeat(found, first, kind), found.file(row))
        account.leave_out(fault, kind)
        if rejected:
            rejected.repeat(row, first, kind)


def repeat(found: Found, first: int, kind: str) -> tuple[str, str]:
    """Why a row is left out that says the same as the first such row, and what to do about it."""
    where = found.where(first)
    if kind == CONFLICT:
        return f"the same review, first on {where}, has both labels", "Keep the right one."
    return f"the same review stands on {where}", "Nothing: one is enough."


def _firsts(rows: "array[int]", fingerprints: "array[int]") -> "array[int]":
    """The first row with the same words as each row."""
    firsts = array("q", rows)
    passes = 1 + len(rows) // ROWS_AT_ONCE
    for part in range(passes):
        seen: dict[int, int] = {}
        for index, row in enumerate(rows):
            if fingerprints[row] % passes == part:
                firsts[index] = seen.setdefault(fingerprints[row], row)
    return firsts
