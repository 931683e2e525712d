"""Tables of one archive that are one dataset, though one spells a column otherwise or has more."""

from collections.abc import Iterator, Sequence

from sentiment.dataset.files import listed
from sentiment.dataset.records import LeftOut, Record, Table
from sentiment.dataset.tables.headers import LABEL_WORDS, TEXT_WORDS, cleaned, words_of

MOST_APART = 1  # columns that each of two tables may have alone, if neither has all of the other's


def fitted(names: Sequence[str], table: Table, *, is_labelled: bool = False) -> Table | None:
    """A table under these names, None where it is another one.

    `is_labelled`: its labels are known without it, so that it needs a text only. Raises nothing.
    """
    if sorted(table.names) == sorted(names):
        return table
    found = places(names, table.names, is_labelled=is_labelled)
    if found is None:
        return None
    more = [name for name in table.names if name not in found.values()]
    lacking = [name for name in names if name not in found]
    notes = list(table.notes)
    told = Table(list(names), _renamed(table, found, notes), table.format, notes, table.encoding)
    if more:
        notes.append(f"Only some of the files have {listed(more)}, which was passed over.")
    if lacking:
        notes.append(f"Some of the files lack {listed(lacking)}, which was taken as empty there.")
    return told


def places(
    names: Sequence[str], others: Sequence[str], *, is_labelled: bool = False
) -> dict[str, str] | None:
    """The other table's column for each that it has; None where it is another table."""
    if is_labelled and len(names) == len(others) == 1:
        return {names[0]: others[0]}
    if "column 1" in (names[0], others[0]):
        return None
    known = {_key(other): other for other in others}
    found = {name: known[_key(name)] for name in names if _key(name) in known}
    if len(set(found.values())) < len(found) or len(known) < len(others):
        return None  # two columns that differ in case only
    alone, others_alone = len(names) - len(found), len(others) - len(found)
    if not alone and not others_alone:
        return found
    if min(alone, others_alone) and max(alone, others_alone) > MOST_APART:
        return None
    words = set[str]().union(*map(words_of, found))
    has_label = is_labelled or not words.isdisjoint(LABEL_WORDS)
    return found if has_label and not words.isdisjoint(TEXT_WORDS) else None


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, cleaned(name).casefold()))


def _renamed(table: Table, found: dict[str, str], notes: list[str]) -> Iterator[Record | LeftOut]:
    known = len(table.notes)
    for row in table.records:
        if isinstance(row, Record):
            values = {name: row.values.get(place) for name, place in found.items()}
            yield row._replace(values=values)
        else:
            yield row
    notes.extend(table.notes[known:])
