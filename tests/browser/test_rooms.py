"""Many at once, two versions, links, and what is remembered."""

import csv
import io
import json
import re
import threading
import zipfile

import pytest
from playwright.sync_api import expect

from sentiment.dataset.columns import TEXT, WEAK_TEXT
from tests.browser.answers import (
    HEAD,
    RESULT,
    UNANSWERED,
    answers,
    ask,
    result_of,
    to_each,
)
from tests.browser.conftest import PAGE, Reply, problem


@pytest.fixture
def many(page, site):
    site.answers = [to_each]
    page.get_by_role("link", name="Many at once").click()
    return page


def judge(page, text):
    page.locator("#many-text").fill(text)
    page.get_by_role("button", name="Judge them").click()


def chosen(page, name, content):
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("#many-file").set_input_files(file)


def rows_of(page):
    return page.locator("#rows tr td:nth-child(2)")


# --- Many -----------------------------------------------------------------------------------------


def test_lines_are_judged_each_and_a_bad_one_is_marked(many):
    judge(many, "good\n\nbad\nso-so\nwhat?")

    told = "Done: 1 positive, 1 negative, 1 unsure, 1 not answered."
    expect(many.locator("#many-status")).to_have_text(told)
    expect(rows_of(many)).to_have_text(["good", "bad", "so-so", "what?"])
    expect(many.locator("#rows td.problem")).to_have_text("It is blank.")
    expect(many.locator("#plot svg")).to_have_accessible_name(
        "Probability of positive: 0 from 0 to 10%, 0 from 10 to 20%, 1 from 20 to 30%, 0 from 30 to"
        " 40%, 0 from 40 to 50%, 1 from 50 to 60%, 0 from 60 to 70%, 0 from 70 to 80%, 0 from 80 to"
        " 90%, 1 from 90 to 100%"
    )
    expect(many.locator("#many-title")).to_be_focused()


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", 'id,Review\n1,good\n2,"bad, ""very""\nbad"\n3,\n', ["good", 'bad, "very"\nbad']),
        ("a.tsv", "review_text\tstars\ngood, it is\t5\nbad\t1\n", ["good, it is", "bad"]),
        ("a.csv", "text;stars\r\ngood;5\r\n", ["good"]),
        ("a.csv", "\ufeffTEXT\ngood\n", ["good"]),
        ("a.csv", "summary,comment\nno,good\n", ["good"]),
        ("a.txt", "good, bad\nreview\n", ["good, bad", "review"]),
    ],
)
def test_a_file_is_read_by_the_column_that_training_would_take(many, name, content, found):
    chosen(many, name, content.encode())

    expect(many.locator("#many-status")).to_contain_text("Done")
    assert rows_of(many).evaluate_all("all => all.map(one => one.textContent)") == found


def sheet(rows, strings="", method=zipfile.ZIP_DEFLATED):
    """The least that an .xlsx file may be."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        if strings:
            archive.writestr("xl/sharedStrings.xml", f"<sst>{strings}</sst>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
        )
    return written.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_sheet_is_read_as_a_table(many, method):
    strings = "<si><t>Review</t></si><si><r><t>good </t></r><r><t>one</t></r></si>"
    rows = """<row><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="C1" t="s"><v>0</v></c></row>
        <row><c r="A2"><v>7</v></c><c r="C2" t="s"><v>1</v></c></row>
        <row><c r="C3" t="inlineStr"><is><t>b\u00e4d &amp; bad</t></is></c></row>"""
    chosen(many, "a.xlsx", sheet(rows, strings, method))

    expect(many.locator("#many-status")).to_contain_text("from the column Review")
    expect(rows_of(many)).to_have_text(["good one", "b\u00e4d & bad"])


@pytest.mark.parametrize("content", [b"", b"no archive at all", sheet("")[:-30]])
def test_a_broken_sheet_is_said_to_be_one(many, content):
    chosen(many, "a.xlsx", content)

    expect(many.locator("#many-error")).to_contain_text("a.xlsx can't be read as a sheet")


def test_the_page_knows_the_columns_that_training_knows():
    told = (PAGE / "files.js").read_text().split("const NAMES =")[1].split(";")[0]

    names = "".join(re.findall(r'"(.*?)"', told)).split()
    assert names[: len(TEXT.split())] == TEXT.split()
    weak = [name for name in WEAK_TEXT.split() if name in names[len(TEXT.split()) :]]
    assert names[len(TEXT.split()) :] == weak


@pytest.mark.parametrize("name", ["Reseña", "Review_Text ", "отзыв", "Customer Review", "summary"])
def test_a_column_is_known_whatever_its_accents_and_punctuation(many, name):
    chosen(many, "a.csv", f"other,{name}\nx,fine\n".encode())

    expect(rows_of(many)).to_have_text(["fine"])


def test_what_is_no_text_is_said_to_be_none(many):
    chosen(many, "a.csv", b"review\ncaf\xe9\n")

    expect(many.locator("#many-error")).to_contain_text("a.csv is no text in UTF-8")


def test_it_can_be_sorted_and_filtered(many):
    judge(many, "bad one\ngood\nso-so\nwhat?")
    expect(many.locator("#many-status")).to_contain_text("Done")

    many.get_by_role("button", name="Review").click()
    expect(rows_of(many)).to_have_text(["bad one", "good", "so-so", "what?"])
    many.get_by_role("button", name="Sure").click()
    many.get_by_role("button", name="Sure").click()
    expect(rows_of(many)).to_have_text(["good", "bad one", "so-so", "what?"])
    for label, found in (("doubtful", ["so-so"]), ("negative", ["bad one"])):
        option = many.locator("#filter option", has_text=label).get_attribute("value")
        many.get_by_label("Show").select_option(option)
        expect(rows_of(many)).to_have_text(found)


def test_downloads_are_safe_for_spreadsheets_and_whole(many):
    judge(many, '=HYPERLINK("good")\n+good\nbad, "very"\nwhat?')
    expect(many.locator("#many-status")).to_contain_text("Done")

    with many.expect_download() as download:
        many.get_by_role("button", name="Download CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    told = list(csv.DictReader(io.StringIO(text, newline="")))
    reviews = ['\'=HYPERLINK("good")', "'+good", 'bad, "very"', "what?"]
    assert [row["review"] for row in told] == reviews
    assert [row["sentiment"] for row in told] == ["positive", "positive", "negative", ""]
    assert told[3]["problem"] == "It is blank."
    with many.expect_download() as download:
        many.get_by_role("button", name="Download JSON").click()
    told = json.loads(download.value.path().read_text())
    assert told[0]["review"] == '=HYPERLINK("good")'
    assert told[2]["confidence"] == 0.8


def test_ten_thousand_reviews_take_a_hundred_requests_one_at_a_time(many, site):
    asking, most = [0], [0]

    def one_at_a_time(request):
        asking[0] += 1
        most[0] = max(most[0], asking[0])
        reply = to_each(request)
        asking[0] -= 1
        return reply

    site.answers = [one_at_a_time]
    chosen(many, "a.txt", "\n".join(f"good {n}" for n in range(10_050)).encode())

    done = "Done: 10,000 positive, 0 negative, 0 unsure, one a line."
    left = "The first 10,000 of 10,050 are taken."
    expect(many.locator("#many-status")).to_have_text(f"{done} {left}", timeout=60_000)
    assert len(site.asked) == 100
    assert most == [1]
    expect(rows_of(many)).to_have_count(50)
    many.get_by_role("button", name="Show more").click()
    expect(rows_of(many)).to_have_count(100)


def test_thousands_of_lines_can_be_pasted(many):
    text = "\n".join(f"good {n}" for n in range(3_000))
    paste = """(field, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", text);
        field.focus();
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
    }"""

    many.locator("#many-text").evaluate(paste, text)

    assert many.locator("#many-text").input_value() == text


def test_it_can_be_stopped_and_keeps_what_it_has(many, site):
    first = answers(*(result_of("good") for _ in range(100)))
    site.answers = [first, Reply(until=threading.Event())]

    judge(many, "\n".join(["good"] * 150))
    expect(many.locator("#many-status")).to_contain_text("100 of 150 judged")
    many.get_by_role("button", name="Stop").click()

    told = "Stopped. 100 positive, 0 negative, 0 unsure, 50 not answered."
    expect(many.locator("#many-status")).to_have_text(told)
    expect(many.locator("#many-text")).to_be_focused()
    site.answers[-1].until.set()


def test_who_was_not_answered_for_want_of_time_is_asked_about_again(many, site):
    busy = {"problem": UNANSWERED["problem"] | {"code": "busy", "status": 503}}
    site.answers = [answers(result_of("good"), busy), to_each]

    judge(many, "good\nbad")

    expect(many.locator("#many-status")).to_have_text("Done: 1 positive, 1 negative, 0 unsure.")
    assert json.loads(site.asked[1]) == {"texts": ["bad"]}


def test_too_much_at_once_is_asked_about_in_halves(many, site):
    def picky(request):
        return to_each(request) if len(request["texts"]) == 1 else problem(413, "Too many words.")

    site.answers = [picky]
    judge(many, "good\nbad\ngood")

    expect(many.locator("#many-status")).to_have_text("Done: 2 positive, 1 negative, 0 unsure.")


@pytest.mark.parametrize(
    "body",
    [
        HEAD | {"results": [RESULT]},
        HEAD | {"results": [result_of("bad"), result_of("good")]},
        HEAD | {"results": [RESULT | {"text": "good"}, {"sentiment": "positive"}]},
        {"results": [result_of("good"), result_of("bad")]},
    ],
)
def test_no_sentiment_is_shown_that_was_not_given(many, site, body):
    site.answers = [Reply(200, body)]

    judge(many, "good\nbad")

    expect(many.locator("#many-error")).to_contain_text("not a verdict")
    expect(many.locator("#rows .positive, #rows .negative")).to_have_count(0)


# --- Two versions ---------------------------------------------------------------------------------


def compare(page, before, after):
    page.get_by_role("link", name="Two versions").click()
    page.get_by_label("One version").fill(before)
    page.get_by_label("Another version").fill(after)
    page.get_by_role("button", name="Compare them").click()


def test_two_versions_stand_side_by_side_with_what_changed(page, site):
    site.answers = [to_each]

    compare(page, "good", "bad")

    change = "From positive to negative: 77 points less likely positive"
    expect(page.locator("#change")).to_have_text(change)
    expect(page.locator("#versions h3")).to_have_text(["Positive, 97% sure", "Negative, 80% sure"])
    expect(page.locator("#changed dd")).to_have_text(["g (+1.0)", "b (−1.0)"])
    page.get_by_label("Another version").press_sequentially(" or")
    expect(page.locator("#compare-answer")).to_be_hidden()


@pytest.mark.parametrize(
    ("before", "after", "says"), [("", "so", "two versions"), ("so", "what?", "blank")]
)
def test_versions_that_have_no_verdict_say_why(page, site, before, after, says):
    site.answers = [to_each]

    compare(page, before, after)

    expect(page.locator("#compare-error")).to_contain_text(says)
    expect(page.locator("#compare-answer")).to_be_hidden()


# --- Links and what is remembered -----------------------------------------------------------------


def test_a_link_brings_the_review_back_and_tells_no_server(page, site):
    site.answers = [to_each]
    text = "good & 100% “so” \N{CLAPPER BOARD}\nyes"
    ask(page, text)
    page.get_by_role("button", name="Copy a link to it").click()
    link = page.get_by_label("Link to this review").input_value()

    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/lost-in-between")
    page.goto(link)

    expect(page.locator("#review")).to_have_value(text)
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert page.url == f"{site.url}/"
    assert not any("good" in url.partition("#")[0] for url in asked)


@pytest.mark.parametrize("fragment", ["#review=%E0%A4%A", "#review=", "#review=%20", "#nowhere"])
def test_a_broken_link_opens_the_page(page, site, fragment):
    page.goto(f"/{fragment}")
    page.reload()

    expect(page.locator("#review")).to_have_value("")
    expect(page.locator("#error")).to_be_empty()
    assert site.asked == []


def test_nothing_is_remembered_unless_one_asks_for_it(page, site):
    site.answers = [to_each]
    ask(page, "good")
    expect(page.get_by_role("heading", name="Positive")).to_be_visible()
    assert page.evaluate("localStorage.length + document.cookie.length") == 0

    page.get_by_label("Remember them").check()
    ask(page, "bad")
    expect(page.locator("#remembered li")).to_have_text(["bad Negative. 80% sure."])
    page.reload()
    page.get_by_role("button", name="bad", exact=True).click()
    expect(page.get_by_role("heading", name="Negative")).to_be_visible()
    page.get_by_role("button", name="Erase them").click()
    expect(page.locator("#remembered li")).to_have_count(0)
    assert "bad" not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_label("Remember them").uncheck()
    assert page.evaluate("localStorage.length") == 0
