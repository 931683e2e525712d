"""What a scripted API says, and how a reader asks."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import MODEL, Reply

TEXT = "\N{CLAPPER BOARD} So wonderful, but the ending was awful."
RESULT: dict[str, Any] = {
    "sentiment": "positive",
    "probability": 0.97,
    "confidence": 0.97,
    "unsure_because": None,
    "notes": [],
    "text": TEXT,
    "words": [
        {"start": 2, "end": 4, "contribution": 0.01},
        {"start": 5, "end": 14, "contribution": 2.2},
        {"start": 16, "end": 19, "contribution": -0.02},
        {"start": 35, "end": 40, "contribution": -1.1},
    ],
    "used": [0, 4],
}
UNSURE = RESULT | {
    "sentiment": "unsure",
    "probability": 0.52,
    "confidence": 0.52,
    "unsure_because": "What speaks for it and what speaks against it nearly balance.",
}
NEGATIVE = RESULT | {"sentiment": "negative", "probability": 0.2, "confidence": 0.8}
UNANSWERED = {"problem": {"code": "blank", "status": 400, "title": "?", "detail": "It is blank."}}
HEAD = {"run": MODEL["run"], "unsure": [0.45, 0.55], "bias": 0.1}
XSS = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


def answer(**changes: Any) -> Reply:
    return answers(RESULT | changes)


def answers(*results: Any) -> Reply:
    return Reply(200, HEAD | {"results": list(results)})


def to_each(request: dict[str, Any]) -> Reply:
    """Positive, but for what is bad; to each text that was asked about."""
    texts = request.get("texts") or [request["text"]]
    return answers(*(result_of(text) for text in texts))


def result_of(text: Any) -> dict[str, Any]:
    if "?" in text:
        return UNANSWERED
    base = NEGATIVE if "bad" in text else UNSURE if "so-so" in text else RESULT
    word = {"start": 0, "end": 1, "contribution": -1.0 if "bad" in text else 1.0}
    return base | {"text": text, "words": [word], "used": [0, 1]}


def ask(page: Page, text: str = TEXT) -> None:
    """As if it had stood there: no key is pressed, so the page asks for the button alone."""
    page.locator("#review").evaluate("(field, text) => { field.value = text; }", text)
    page.get_by_role("button", name="Judge it").click()


def expect_no_verdict(page: Page) -> None:
    expect(page.locator("#answer")).to_be_hidden()
