"""Objects as tools for labelling export them become flat: the text beside its label."""

from typing import Any


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """Bring an object of Label Studio, spaCy, Elasticsearch or a dataset viewer to one level."""
    inner = values.get("row") or values.get("_source")
    if isinstance(inner, dict) and ("row_idx" in values or "_source" in values):
        return inner
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
