"""What was found in a dataset, in lines for a person: `drop` and `training/check.py` print them.

`found` is the receipt's, docs/receipt.md explains it; whatever of it isn't there isn't told.
"""

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = 5  # kinds of rows that are left out


def lines(found: Mapping[str, Any], *, is_refused: bool = False) -> Iterator[str]:
    """One after the other: what was taken for what, how many rows, what was left out, notes.

    From the rows of what `is_refused` nothing is learnt.
    """
    if columns := found.get("columns"):
        kinds = {"label": "labels", "rating": "ratings", "group": "groups"}
        parts = [f"reviews from {quoted(columns['text'])}"] if columns.get("text") else []
        rating = columns.get("rating")
        for name, kind in kinds.items():
            column = columns.get(name)
            if column and not (name == "label" and column == rating):
                parts.append(f"{kind} from {quoted(column)}")
        if parts:
            form = f", {found['format']}" if found.get("format") else ""
            code = f" in {found['encoding']}" if found.get("encoding") else ""
            yield f"taken: {', '.join(parts)}{form}{code}"
    if found.get("rows_read"):
        yield f"rows: {'; '.join(counts(found, is_refused=is_refused))}"
    elif found.get("rows_estimated"):
        yield f"rows: about {found['rows_estimated']:,}"
    left_out = found.get("left_out", [])
    for row in left_out[:SHOWN]:
        yield f"left out: {left_out_line(row)}"
    if len(left_out) > SHOWN:
        yield f"left out: {len(left_out) - SHOWN:,} further entries in the receipt"
    for note in found.get("notes", []):
        yield f"note: {note}"


def why_not_live(receipt: Mapping[str, Any]) -> Iterator[str]:
    """How an upload ended otherwise than live, why, and what to do now."""
    reasons = (receipt.get("decision") or {}).get("reasons", [])
    failed = [reason["text"] for reason in reasons if not reason["passed"]]
    reason = receipt.get("reason") or "no reason given"
    if len(failed) > 1 and reason == " ".join(failed):
        reason = f"{len(failed)} checks failed"
    elif reason in failed:
        failed.remove(reason)  # which is told once
    yield f"{receipt['state']}: {reason}"
    yield from (f"  {text}" for text in failed)
    yield str(receipt.get("next", ""))


def counts(found: Mapping[str, Any], *, is_refused: bool = False) -> Iterator[str]:
    """How many rows became what."""
    labels, kept = found.get("labels", {}), found.get("rows_kept", 0)
    by_label = ""
    if len(labels) == 2 and sum(labels.values()) == kept:  # else it was refused before they were
        by_label = f" ({labels['negative']:,} negative, {labels['positive']:,} positive)"
    yield f"{found['rows_read']:,} read"
    yield f"{kept:,} {'without a fault' if is_refused else 'learnt from'}{by_label}"
    for name, text in (("rows_neutral", "neutral"), ("rows_left_out", "left out")):
        if found.get(name):
            yield f"{found[name]:,} {text}"


def left_out_line(row: Mapping[str, Any]) -> str:
    """A row that is left out, and how many are like it."""
    where = f"line {row['line']:,}" + (f" of {row['file']}" if row.get("file") else "")
    like = f"{row['rows']:,} rows like {where}" if row.get("rows", 1) > 1 else where
    return f"{like}: {row['reason']}. {row['fix']}"


def quoted(name: str) -> str:
    """A column's name, which may be anything, on one line."""
    return '"' + "".join(c if c.isprintable() else " " for c in name) + '"'
