"""Objects as tools and services export them become flat: the text beside its label."""

from collections.abc import Iterator
from typing import Any

from sentiment.dataset.tables.headers import LABEL_WORDS, TEXT_WORDS, words_of
from sentiment.dataset.tables.holders import HOLDERS, TYPES, has_text

DEEPEST = 20
LONG_TEXT = 8  # words, of what is no title


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """Bring an object of Label Studio, spaCy, Elasticsearch, DynamoDB, … to one level."""
    inner = values.get("row") or values.get("_source")
    if isinstance(inner, dict) and ("row_idx" in values or "_source" in values):
        return inner
    node = values.get("node")
    if isinstance(node, dict) and values.keys() <= {"node", "cursor", "__typename"}:
        return node
    item = values.get("Item") if len(values) == 1 else values
    if isinstance(item, dict) and item and all(map(_is_typed, item.values())):
        return {name: _untyped(value) for name, value in item.items()}
    of_labels = [value for value in values.values() if _is_labelled(value)]
    if len(of_labels) > 1 and any("attributes" in value for value in of_labels):  # Apple's feeds
        return {n: v["label"] if _is_labelled(v) else v for n, v in values.items()}
    comments = values.get("comments")
    if isinstance(comments, list):  # the user's and the developer's, in Google Play's answers
        users = [one.get("userComment") for one in comments if isinstance(one, dict)]
        user = next((one for one in users if isinstance(one, dict)), None)
        if user is not None:
            return {name: value for name, value in values.items() if name != "comments"} | user
    data = values.get("data")
    if isinstance(data, dict) and ("annotations" in values or "completions" in values):
        return data | _annotated(values.get("annotations") or values.get("completions"))
    cats = values.get("cats")
    if isinstance(cats, dict) and cats and "label" not in values:
        scores = {name: score for name, score in cats.items() if isinstance(score, (int, float))}
        best = max(scores, key=lambda name: scores[name], default=None)
        is_told = best is not None and list(scores.values()).count(scores[best]) == 1
        return values | {"label": best if is_told and scores[best or ""] > 0 else None}
    return values


def spread(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of an object: itself, or those that a page or a product holds in an array.

    They get what the object tells of them all, but for what may be mistaken for their labels.
    """
    if all(type(value) is not list for value in values.values()):
        yield values
        return
    for name in HOLDERS:
        rows = values.get(name)
        if not isinstance(rows, list) or not rows:
            continue
        if all(isinstance(row, dict) for row in rows) and has_text(rows[0]):
            shared = {key: value for key, value in values.items() if _is_shared(key, value)}
            if not any(_may_be_text(key, value) for key, value in shared.items()):
                yield from ({**shared, **row} for row in rows)
                return
    yield values


def _may_be_text(name: str, value: Any) -> bool:
    is_long = isinstance(value, str) and len(value.split()) >= LONG_TEXT
    return is_long or not TEXT_WORDS.isdisjoint(words_of(name))


def _is_shared(name: str, value: Any) -> bool:
    return isinstance(value, (str, int)) and LABEL_WORDS.isdisjoint(words_of(name))


def _is_typed(value: Any) -> bool:
    """Whether a value is written with its type, as DynamoDB does: {"S": "A text"}."""
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= TYPES


def _untyped(value: Any, depth: int = 0) -> Any:
    if not _is_typed(value) or depth > DEEPEST:
        return value
    [(kind, inner)] = value.items()
    if kind == "NULL":
        return None
    if kind == "L" and isinstance(inner, list):
        return [_untyped(one, depth + 1) for one in inner]
    if kind == "M" and isinstance(inner, dict):
        return {name: _untyped(one, depth + 1) for name, one in inner.items()}
    return inner


def _is_labelled(value: Any) -> bool:
    return isinstance(value, dict) and "label" in value and value.keys() <= {"label", "attributes"}


def _annotated(annotations: Any) -> dict[str, Any]:
    """What was chosen in the first annotation that wasn't cancelled, by the name of the choice."""
    found: dict[str, Any] = {}
    for annotation in annotations if isinstance(annotations, list) else ():
        if not isinstance(annotation, dict) or annotation.get("was_cancelled"):
            continue
        results = annotation.get("result")
        for result in results if isinstance(results, list) else ():
            value = result.get("value") if isinstance(result, dict) else None
            if not isinstance(value, dict):
                continue
            name = str(result.get("from_name") or "label")
            choices = value.get("choices")
            if isinstance(choices, list) and choices:
                found.setdefault(name, choices[0] if len(choices) == 1 else choices)
            elif "rating" in value:
                found.setdefault(name, value["rating"])
        break
    return found
