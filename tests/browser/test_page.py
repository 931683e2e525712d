"""What a person sees and hears in each state of the page, in a real browser."""

import json
import re
import threading
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MODEL, PAGE, Reply, problem
from tests.integration.endpoint_server import SageMaker
from tests.integration.predict_function import Function

TEXT = "\N{CLAPPER BOARD} So wonderful, but the ending was awful."
RESULT = {
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
XSS = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


def answer(**changes):
    return Reply(200, {"run": MODEL["run"], "results": [RESULT | changes]})


def ask(page, text="So wonderful."):
    page.get_by_label("Your review").fill(text)
    page.get_by_role("button", name="Judge it").click()


def expect_no_verdict(page):
    expect(page.locator("#answer")).to_be_hidden()


# --- Answers --------------------------------------------------------------------------------------


def test_it_opens_quietly(page):
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect_no_verdict(page)


def test_a_positive_review(page, site):
    site.answers = [answer()]

    ask(page)

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.get_by_text("97% sure", exact=True)).to_be_visible()
    assert page.get_by_role("meter", name="97% sure").evaluate("meter => meter.value") == 0.97
    expect(page.get_by_role("status")).to_have_text("Positive. 97% sure.")
    expect(page.locator("#reason")).to_be_hidden()
    assert json.loads(site.asked[0]) == {"text": "So wonderful."}


def test_a_negative_review(page, site):
    site.answers = [answer(sentiment="negative", probability=0.001, confidence=0.999)]

    ask(page)

    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    expect(page.get_by_text("Over 99% sure", exact=True)).to_be_visible()


def test_words_are_marked_where_they_stand_and_how_much_they_say(page, site):
    site.answers = [answer()]

    ask(page)

    marks = page.locator("#read mark")
    expect(page.locator("#read")).to_have_text(TEXT)
    expect(marks).to_have_text(["wonderful", "awful"])  # behind an emoji, which JavaScript halves
    expect(marks.nth(0)).to_have_class("for strength-3")
    expect(marks.nth(1)).to_have_class("against strength-2")
    expect(marks.nth(0)).to_have_attribute("title", "positive, +2.2")
    style = "mark => getComputedStyle(mark).textDecorationStyle"
    assert marks.nth(0).evaluate(style) != marks.nth(1).evaluate(style)  # not colour alone
    expect(page.get_by_role("term")).to_have_text(["Positive words", "Negative words"])
    expect(page.get_by_role("definition")).to_have_text(["wonderful (+2.2)", "awful (−1.1)"])


def test_an_unsure_answer_says_why_and_shows_no_confidence(page, site):
    site.answers = [Reply(200, {"run": "r", "results": [UNSURE]})]

    ask(page)

    expect(page.get_by_role("heading", name="Unsure")).to_be_visible()
    expect(page.get_by_text(UNSURE["unsure_because"], exact=True)).to_be_visible()
    expect(page.get_by_role("meter")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text(f"Unsure. {UNSURE['unsure_because']}")


def test_it_tells_how_the_review_was_read(page, site):
    site.answers = [answer(notes=["It was read in 2 parts.", "The model knows 3 of the 4 words."])]

    ask(page)

    told = "It was read in 2 parts. The model knows 3 of the 4 words."
    expect(page.get_by_text(told, exact=True)).to_be_visible()


def test_without_anything_to_note_there_is_no_note(page, site):
    site.answers = [answer()]

    ask(page)

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.locator("#notes")).to_be_hidden()


def test_the_answer_before_is_gone_when_the_next_one_fails(page, site):
    site.answers = [answer(), problem(500, "Something went wrong on our side.")]

    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    ask(page)

    expect(page.get_by_role("alert")).to_have_text("Something went wrong on our side.")
    expect_no_verdict(page)


def test_an_example_is_a_press_away(page, site):
    site.answers = [answer()]

    page.get_by_role("button", name="an angry one").click()

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert json.loads(site.asked[0])["text"] == page.get_by_label("Your review").input_value()


# --- Troubles -------------------------------------------------------------------------------------


def test_nothing_written_is_not_sent(page, site):
    ask(page, "  \n ")

    expect(page.get_by_role("alert")).to_have_text("Write a few words first.")
    expect(page.get_by_label("Your review")).to_be_focused()
    expect(page.get_by_label("Your review")).to_have_attribute("aria-invalid", "true")
    assert site.asked == []


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (problem(400, "The review has no text, only markup."), "The review has no text"),
        (problem(413, "The review is longer than 20,000 characters."), "20,000"),
        (Reply(413, {"message": "Request Entity Too Large"}), "did not accept this review"),
        (Reply(403, b"<html>Forbidden</html>", {"content-type": "text/html"}), "did not accept"),
        (problem(429, "Too many.", retry_after="1"), "Try again in 1 second."),
        (problem(429, "Too many.", retry_after="12"), "Try again in 12 seconds."),
        (Reply(429, {"message": "Too Many Requests"}), "Try again in a moment."),
        (problem(500, "Something went wrong on our side."), "Something went wrong on our side."),
        (problem(502, "The model's answer made no sense."), "made no sense"),
        (Reply(500, {"message": "Internal Server Error"}), "Something went wrong on our side."),
        (Reply(502, b"<html>", {"content-type": "text/html"}), "Something went wrong on our side."),
        (Reply(500, b'{"detail": 1}', {"content-type": "application/problem+json"}), "went wrong"),
        (Reply(204), "Something went wrong on our side."),
        (Reply(cut=True), "can't be reached"),
    ],
)
def test_a_trouble_is_told_and_the_review_kept(page, site, reply, says):
    site.answers = [reply]

    ask(page, "So wonderful.")

    expect(page.get_by_role("alert")).to_contain_text(says)
    expect(page.get_by_label("Your review")).to_have_value("So wonderful.")
    expect(page.get_by_role("button", name="Judge it")).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_role("status")).to_be_empty()
    expect_no_verdict(page)

    site.answers = [answer()]
    ask(page)
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


NONSENSE = [
    b"",
    b"positive",
    b"<html></html>",
    b'{"run": "r", "results"',
    None,
    "positive",
    [RESULT],
    {},
    {"message": "ok"},
    {"sentiment": "positive"},
    {"run": "r", "results": []},
    {"run": "r", "results": RESULT},
    {"run": "r", "results": {"length": 1, "0": RESULT}},
    {"run": "r", "results": [RESULT, RESULT]},
    {"run": "", "results": [RESULT]},
    {"results": [RESULT]},
]
WRONG = [
    {"sentiment": "great"},
    {"sentiment": "negative"},
    {"sentiment": None},
    {"sentiment": "unsure"},
    {"sentiment": "toString"},
    {"unsure_because": "No reason at all."},
    {"probability": "0.97"},
    {"probability": 1.2, "confidence": 1.2},
    {"probability": None},
    {"confidence": 0.5},
    {"confidence": True},
    {"text": None},
    {"text": ""},
    {"words": None},
    {"words": {}},
    {"words": [None]},
    {"words": [{"start": 0, "end": 4}], "used": [0, 1]},
    {"words": [{"start": 0, "end": 99, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 4, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": -1, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 0.5, "end": 4, "contribution": 1}], "used": [0, 1]},
    {"words": [{"start": 0, "end": 4, "contribution": "1"}], "used": [0, 1]},
    {"words": RESULT["words"][::-1]},
    {"words": [RESULT["words"][0]] * 2, "used": [0, 2]},
    {"notes": None},
    {"notes": [""]},
    {"notes": [None]},
    {"used": None},
    {"used": [0]},
    {"used": [0, 5]},
    {"used": [3, 1]},
    {"used": ["0", "4"]},
]


def test_nonsense_is_never_a_sentiment(page, site):
    bodies = [*NONSENSE, *({"run": "r", "results": [RESULT | wrong]} for wrong in WRONG)]
    bodies += [{"run": "r", "results": [UNSURE | {"unsure_because": None}]}]
    for body in bodies:
        site.answers = [Reply(200, body)]

        ask(page)

        expect(page.get_by_role("alert"), str(body)).to_contain_text("not a verdict")
        expect_no_verdict(page)


def test_a_model_that_warms_up_is_asked_again(page, site):
    site.answers = [problem(503, "The model is warming up.", retry_after="2"), answer()]

    ask(page)

    expect(page.get_by_role("status")).to_contain_text("The model is warming up.")
    expect(page.get_by_text("in 2 s")).to_be_visible()
    expect(page.get_by_text("in 1 s")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert len(site.asked) == 2


def test_waiting_can_be_cancelled(page, site):
    site.answers = [problem(503, "The model is warming up.", retry_after="1"), answer()]

    ask(page)
    expect(page.get_by_text("in 1 s")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("status")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.get_by_label("Your review")).to_be_focused()
    page.wait_for_timeout(1500)
    assert len(site.asked) == 1
    expect_no_verdict(page)


@pytest.mark.parametrize("reply", [problem(503, "It starts."), Reply(504, b"<html>")])
def test_patience_ends(page, site, reply):
    site.answers = [reply]
    page.clock.install()

    ask(page)
    for _ in range(5):
        expect(page.get_by_text("in 5 s")).to_be_visible()
        page.clock.run_for(5000)

    expect(page.get_by_role("alert")).to_contain_text("6 tries were in vain. Try again later.")
    assert len(site.asked) == 6
    expect_no_verdict(page)


def test_no_answer_at_all_is_given_up(page, site):
    site.answers = [Reply(until=threading.Event())]
    page.clock.install()

    ask(page)
    expect(page.get_by_role("status")).to_have_text("Reading …")
    page.clock.run_for(35_000)

    expect(page.get_by_role("alert")).to_have_text("No answer in 35 seconds. Try again.")
    expect_no_verdict(page)
    site.answers[0].until.set()


def test_offline(page, site):
    site.answers = [answer()]
    page.context.set_offline(True)

    ask(page)

    expect(page.get_by_role("alert")).to_contain_text("You are offline.")
    page.context.set_offline(False)
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


def test_while_it_reads_it_takes_no_second_question(page, site):
    site.answers = [answer()._replace(until=threading.Event())]

    ask(page)
    expect(page.get_by_role("button", name="Judge it")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="Judge it")).to_be_focused()
    page.get_by_role("button", name="Judge it").click(force=True)
    page.get_by_label("Your review").press("Control+Enter")
    site.answers[0].until.set()

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert len(site.asked) == 1


# --- Text is text ---------------------------------------------------------------------------------


def test_markup_in_an_answer_is_shown_as_text(page, site):
    word = {"start": 0, "end": len(XSS), "contribution": 3.0}
    site.answers = [answer(text=XSS, words=[word], used=[0, 1])]

    ask(page, XSS)

    expect(page.locator("#read")).to_have_text(XSS)
    expect(page.locator("#words")).to_contain_text("<img")
    expect(page).to_have_title("Verdict")
    assert page.locator("#answer img, #answer script").count() == 0


@pytest.mark.parametrize("status", [400, 500])
def test_markup_in_an_error_is_shown_as_text(page, site, status):
    site.answers = [problem(status, XSS)]

    ask(page)

    expect(page.get_by_role("alert")).to_have_text(XSS)
    expect(page).to_have_title("Verdict")


def test_markup_in_a_datasets_name_is_shown_as_text(page, site):
    site.model = Reply(200, MODEL | {"dataset": XSS})
    page.reload()

    expect(page.locator("#model")).to_contain_text(XSS)
    expect(page).to_have_title("Verdict")


# --- The live model -------------------------------------------------------------------------------


def test_the_live_model_is_named_with_its_accuracy_and_day(page):
    expect(page.locator("#model")).to_have_text(
        "The live model is verdict-0a1b2c3d4e5f. It was trained on 2 March 2026 from reviews.csv "
        "(25,000 reviews). It gets 86.3% of unseen reviews right; counting words alone gets 84.0%."
    )


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (problem(503, "No model is live yet.", retry_after="30"), "No model is live yet."),
        (Reply(200, {"run": 7}), "can't be told"),
        (Reply(200, MODEL | {"accuracy": 86}), "can't be told"),
        (Reply(500, b"oops"), "can't be told"),
        (problem(429, "Too many."), "can't be told"),
        (Reply(cut=True), "can't be told"),
        (
            Reply(200, dict.fromkeys(MODEL) | {"run": "by-hand"}),
            "The live model is by-hand.",
        ),
    ],
)
def test_a_model_line_is_honest_and_the_page_works_without_it(page, site, reply, says):
    site.model = reply
    site.answers = [answer()]
    page.reload()

    expect(page.locator("#model")).to_contain_text(says)
    expect(page.locator("#model")).not_to_contain_text("null")
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


def test_an_answer_of_a_newer_model_renews_the_line(page, site):
    expect(page.locator("#model")).to_contain_text("verdict-0a1b2c3d4e5f")
    site.model = Reply(200, MODEL | {"run": "verdict-newer"})
    site.answers = [Reply(200, {"run": "verdict-newer", "results": [RESULT]})]

    ask(page)

    expect(page.locator("#model")).to_contain_text("verdict-newer")


# --- For everybody --------------------------------------------------------------------------------


def test_it_works_by_keyboard_alone(page, site):
    site.answers = [answer()]

    page.keyboard.press("Tab")
    expect(page.get_by_label("Your review")).to_be_focused()
    page.keyboard.type("So wonderful.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    expect(page.get_by_label("Your review")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Judge it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Positive. 97% sure.")
    assert len(site.asked) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_small_phone(page, site, scheme):
    page.set_viewport_size({"width": 320, "height": 568})
    page.emulate_media(color_scheme=scheme)
    long = "w" * 400
    site.answers = [
        answer(text=long, words=[{"start": 0, "end": 400, "contribution": 1}], used=[0, 1]),
        problem(400, long),
    ]

    for visible in ("#answer", "#error"):
        ask(page, long)
        expect(page.locator(visible)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_phone_does_not_zoom_into_the_field(page):
    size = page.get_by_label("Your review").evaluate("field => getComputedStyle(field).fontSize")

    assert float(size.removesuffix("px")) >= 16


def test_nothing_moves_for_those_who_asked_for_that(page, site):
    site.answers = [Reply(until=threading.Event())]
    moving = "document.getAnimations().length"

    page.emulate_media(reduced_motion="reduce")
    ask(page)
    expect(page.get_by_role("status")).to_have_text("Reading …")

    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) == 1
    site.answers[0].until.set()


def luminance(colour):
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme):
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", block))
        for block in (PAGE / "style.css").read_text().split("@media (prefers-color-scheme: dark)")
    )
    colours = light if scheme == "light" else light | dark
    grounds = {
        "paper": ["ink", "soft", "wrong"],
        "sheet": ["ink", "soft", "wrong", "for", "against", "unsure"],
        "accent": ["on-accent"],
        "for-wash": ["ink", "for"],
        "against-wash": ["ink", "against"],
    }
    for ground, texts in grounds.items():
        for text in texts:
            high, low = sorted(map(luminance, (colours[ground], colours[text])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"


def test_headings_go_down_one_by_one(page, site):
    site.answers = [answer()]
    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()

    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))


# --- With the real function behind it -------------------------------------------------------------


@pytest.fixture
def function(site, tmp_path):
    with SageMaker() as sagemaker:
        threading.Thread(target=sagemaker.serve_forever, args=(0.02,), daemon=True).start()
        site.function = Function(sagemaker, tmp_path)
        yield site.function
        site.function.stop()
        sagemaker.shutdown()


def test_page_and_function_understand_each_other(function, page):
    for text, verdict in (
        ("So <b>wonderful</b> &amp; superb \N{CLAPPER BOARD} it is", "Positive"),
        ("It broke after two weeks", "Negative"),
        ("\N{CLAPPER BOARD}", "Unsure"),
    ):
        ask(page, text)

        expect(page.get_by_role("heading", name=verdict)).to_be_visible()
    expect(page.locator("#model")).to_contain_text("reviews.csv")

    ask(page, "<p></p>")
    expect(page.get_by_role("alert")).to_contain_text("only markup")


def test_the_api_can_be_browsed(function, page):
    page.get_by_role("link", name="API").click()

    page.get_by_text("Judge one review, or up to 100 at once").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.get_by_text('"unsure_because"').first).to_be_visible()
