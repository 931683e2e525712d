"""Whatever goes wrong: each state looks like itself, keeps the text, and is left by typing on."""

import json
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.answers import TEXT, answer, ask, expect_no_verdict, to_each
from tests.browser.conftest import PAGE, Reply, problem

REVIEW, ERROR, STATUS = "#review", "#error", "#status"


def test_nothing_written_is_not_sent(page, site):
    ask(page, "  \n ")

    expect(page.locator(ERROR)).to_have_text("Write a few words first.")
    expect(page.locator(REVIEW)).to_be_focused()
    expect(page.locator(REVIEW)).to_have_attribute("aria-invalid", "true")
    assert site.asked == []


def test_a_review_that_is_too_long_is_not_sent(page, site):
    page.locator(REVIEW).fill("x" * 100_001)

    expect(page.locator(ERROR)).to_have_text(
        "The review is longer than 100,000 characters. Shorten it."
    )
    expect(page.locator("#length")).to_have_text("100,001 of 100,000 characters")
    assert site.asked == []


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (problem(400, "The review has no text, only markup."), "The review has no text"),
        (problem(413, "The review is longer than 100,000 characters."), "100,000"),
        (Reply(413, {"message": "Request Entity Too Large"}), "did not accept this"),
        (Reply(404, b"<html>Nothing here</html>", {"content-type": "text/html"}), "did not accept"),
        (problem(500, "Something went wrong on our side."), "Something went wrong on our side."),
        (problem(502, "The model's answer made no sense."), "made no sense"),
        (problem(503, "Drop a dataset to train one.", code="no-model"), "no model has been put"),
        (Reply(500, {"message": "Internal Server Error"}), "Something went wrong on our side."),
        (Reply(502, b"<html>", {"content-type": "text/html"}), "Something went wrong on our side."),
        (Reply(500, b'{"detail": 1}', {"content-type": "application/problem+json"}), "went wrong"),
        (Reply(204), "Something went wrong on our side."),
        (Reply(cut=True), "can't be reached"),
    ],
)
def test_a_trouble_is_told_and_the_review_kept(page, site, reply, says):
    site.answers = [reply]

    ask(page)

    expect(page.locator(ERROR)).to_contain_text(says)
    expect(page.locator(ERROR)).not_to_contain_text("dataset")
    expect(page.locator(REVIEW)).to_have_value(TEXT)
    expect(page.get_by_role("button", name="Judge it")).to_have_attribute("aria-disabled", "false")
    expect(page.locator(STATUS)).to_be_empty()
    expect_no_verdict(page)

    site.answers = [to_each]
    page.locator(REVIEW).press_sequentially(" good")
    expect(page.locator(ERROR)).to_be_empty()
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


def test_the_requests_id_can_be_quoted(page, site):
    site.answers = [problem(500, "Something went wrong on our side.")]

    ask(page)

    expect(page.locator(ERROR).get_by_text("Request JwjsniK2y")).to_be_visible()


def test_the_answer_before_is_gone_when_the_next_one_fails(page, site):
    site.answers = [answer(), problem(500, "Something went wrong on our side.")]

    ask(page)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    ask(page, "Another one.")

    expect(page.locator(ERROR)).to_contain_text("Something went wrong on our side.")
    expect_no_verdict(page)


@pytest.mark.parametrize(
    ("reply", "says", "seconds"),
    [
        (problem(503, "The model is warming up.", retry_after="2"), "The model is warming up.", 2),
        (problem(429, "Too many.", retry_after="3"), "Many are asking just now.", 3),
        (Reply(429, {"message": "Too Many Requests"}), "Many are asking just now.", 1),
    ],
)
def test_who_is_to_come_back_is_asked_again(page, site, reply, says, seconds):
    site.answers = [reply, answer()]
    page.clock.install()

    ask(page)

    expect(page.locator(STATUS)).to_contain_text(says)
    expect(page.get_by_text(f"in {seconds} s")).to_be_visible()
    expect(page.locator(ERROR)).to_be_empty()
    expect_no_verdict(page)
    page.clock.run_for(seconds * 1000)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert len(site.asked) == 2


def test_waiting_can_be_cancelled(page, site):
    site.answers = [problem(503, "The model is warming up.", retry_after="50"), answer()]
    page.clock.install()

    ask(page)
    expect(page.locator("#status span")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(STATUS)).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.locator(REVIEW)).to_be_focused()
    page.clock.run_for(60_000)
    assert len(site.asked) == 1
    expect_no_verdict(page)


def test_escape_cancels(page, site):
    site.answers = [Reply(until=threading.Event())]

    ask(page)
    expect(page.locator(STATUS)).to_have_text("Reading …")
    page.keyboard.press("Escape")

    expect(page.locator(STATUS)).to_have_text("Cancelled.")
    site.answers[0].until.set()


@pytest.mark.parametrize("reply", [problem(503, "It starts."), Reply(504, b"<html>")])
def test_patience_ends(page, site, reply):
    site.answers = [reply]
    page.clock.install()

    ask(page)
    for _ in range(5):
        expect(page.get_by_text("in 5 s")).to_be_visible()
        page.clock.run_for(5000)

    expect(page.locator(ERROR)).to_contain_text("6 tries were in vain. Try again later.")
    assert len(site.asked) == 6
    expect_no_verdict(page)


def test_no_answer_at_all_is_given_up(page, site):
    site.answers = [Reply(until=threading.Event())]
    page.clock.install()

    ask(page)
    expect(page.locator(STATUS)).to_have_text("Reading …")
    page.clock.run_for(35_000)

    expect(page.locator(ERROR)).to_have_text("No answer in 35 seconds. Try again.")
    expect_no_verdict(page)
    site.answers[0].until.set()


def test_who_was_offline_is_answered_once_connected_again(page, site):
    site.answers = [answer()]
    page.context.set_offline(True)

    ask(page)

    expect(page.locator(ERROR)).to_contain_text("You are offline.")
    expect(page.locator(ERROR)).to_have_attribute("data-kind", "offline")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()


def test_while_it_reads_it_takes_no_second_question(page, site):
    site.answers = [answer()._replace(until=threading.Event())]

    ask(page)
    busy = page.locator("#submit, .example")
    assert busy.evaluate_all("all => all.map(one => one.ariaDisabled)") == ["true"] * 4
    expect(page.get_by_role("button", name="Judge it")).to_be_focused()
    page.get_by_role("button", name="Judge it").click(force=True)
    page.get_by_role("button", name="a mixed one").click(force=True)
    page.locator(REVIEW).press("Control+Enter")
    site.answers[0].until.set()

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert len(site.asked) == 1


def test_whose_focus_is_on_cancel_comes_to_the_answer(page, site):
    site.answers = [answer()._replace(until=threading.Event())]

    ask(page)
    page.get_by_role("button", name="Cancel").focus()
    site.answers[0].until.set()

    expect(page.get_by_role("heading", name="Positive")).to_be_focused()


def test_without_its_script_the_page_says_so_and_the_review_goes_nowhere(chromium, site):
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")

    expect(page.locator("#scriptless")).to_be_visible()
    page.locator(REVIEW).fill("a secret review")
    page.get_by_role("button", name="Judge it").click()
    page.locator(REVIEW).press("Control+Enter")

    assert page.url == f"{site.url}/"
    assert site.asked == []
    context.close()


def test_a_script_that_does_not_start_is_told_too(chromium, site):
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.route("**/app.js", lambda route: route.abort())
    page.goto("/")

    expect(page.get_by_text("the script didn't start")).to_be_visible()
    page.locator(REVIEW).fill("a secret review")
    page.get_by_role("button", name="Judge it").click()
    assert page.url == f"{site.url}/"
    context.close()


def test_a_mistyped_address_leads_back(page, site):
    page.goto("/sentimnt/deep")
    page.get_by_role("link", name="Judge a review").click()

    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    assert "lost.html" not in page.content()


def test_what_can_not_be_told_from_broken_bytes_is_sent_escaped(page, site):
    site.answers = [to_each]

    ask(page, "good caf\ufffd")

    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert "\ufffd" not in site.asked[0]
    assert json.loads(site.asked[0])["text"] == "good caf\ufffd"


def test_the_page_is_small():
    assert sum(file.stat().st_size for file in PAGE.iterdir()) <= 80_000
