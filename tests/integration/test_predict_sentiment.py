"""A review becomes an answer that says on what it rests, and when it is unsure."""

import pytest

from tests.integration.endpoint_server import RUN, Failure

EMOJI = "\N{SMILING FACE WITH HEART-SHAPED EYES}"


def test_a_review_is_answered_with_its_words(api, load_event):
    answer = api.send(load_event("review_submitted"))

    assert answer["statusCode"] == 200
    assert answer["json"]["run"] == RUN
    [result] = answer["json"]["results"]
    assert result["sentiment"] == "positive"
    assert result["confidence"] == result["probability"] > 0.9
    assert result["unsure_because"] is None
    assert result["notes"] == ["The model knows 13 of the 23 words."]
    assert result["used"] == [0, len(result["words"])]
    told = {result["text"][w["start"] : w["end"]]: w["contribution"] for w in result["words"]}
    assert told["superb"] == 1.5
    assert told["Not"] == -0.3
    assert told["ending"] == 0


def test_the_endpoint_is_sent_words_and_the_tokenizer(api):
    api.post({"text": "So WONDERFUL"})

    assert api.sagemaker.asked == [{"tokenizer": 1, "reviews": [["so", "wonderful"]]}]


def test_several_reviews_are_answered_in_their_order(api, load_event):
    answer = api.send(load_event("reviews_submitted"))

    sentiments = [result["sentiment"] for result in answer["json"]["results"]]
    assert sentiments == ["positive", "negative", "unsure"]
    assert len(api.sagemaker.asked) == 1


def test_a_base64_body_without_a_content_type_is_read(api, load_event):
    event = load_event("review_base64")
    assert "content-type" not in event["headers"]

    answer = api.send(event)

    assert answer["statusCode"] == 200
    assert answer["json"]["results"][0]["text"].startswith("Das Café")


def test_places_are_code_points_of_the_text_that_was_read(api):
    answer = api.post({"text": f"<p>{EMOJI} so&nbsp;<b>wonderful</b>\x07!</p>"})

    [result] = answer["json"]["results"]
    [word] = [word for word in result["words"] if word["contribution"] > 0]
    assert result["text"][word["start"] : word["end"]] == "wonderful"
    assert result["text"].startswith(EMOJI)
    assert "<" not in result["text"]
    assert "\x07" not in result["text"]


def estimated(**estimate):
    """The endpoint's answer to one review."""
    return Failure(body={"run": RUN, "unsure": [0.4, 0.6], "bias": 0, "results": [estimate]})


def test_words_that_the_model_left_out_add_nothing_and_the_reader_is_told(api):
    api.sagemaker.failures.append(
        estimated(probability=0.9, contributions=[1.5], known=1, used=[1, 2])
    )

    [result] = api.post({"text": "the superb film"})["json"]["results"]

    assert result["used"] == [1, 2]
    assert [word["contribution"] for word in result["words"]] == [0, 1.5, 0]
    assert result["notes"][0] == "The model read words 2 to 2 of 3."


def test_a_review_that_was_read_in_parts_is_told_so(api):
    text = "the film is wonderful " * 200
    api.sagemaker.failures.append(
        estimated(probability=0.9, contributions=[0.1] * 800, known=1, used=[0, 800], windows=3)
    )

    [result] = api.post({"text": text})["json"]["results"]

    assert result["notes"] == [
        "A long review: it was read in 3 parts, which count by their length."
    ]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("Wonderful!", ["A very short review: the answer rests on few words."]),
        ("it is wonderful!!!", ["A very short review: the answer rests on few words."]),
        ("it is a wonderful film", []),
        ("so it is a wonderful film, Zzyzx", []),
        ("it is wonderful, Zzyzx! Zzyzx!", ["The model knows 3 of the 5 words."]),
    ],
)
def test_a_reader_is_told_on_how_little_an_answer_rests(api, text, notes):
    [result] = api.post({"text": text})["json"]["results"]

    assert result["sentiment"] == "positive"
    assert result["notes"] == notes


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("wonderful and awful", "balance"),  # inside the model's band
        (EMOJI, "knows none"),
        ("!!! ... ?!", "no word"),
        ("*** — ***", "no word"),
        ("1234567890", "knows none"),
        ("Das ist ein wunderbarer Film gewesen", "English"),
        ("素晴らしい映画でした。", "knows none"),
        ("это прекрасный фильм", "knows none"),
        ("wonderful " + "qwertz " * 5, "English"),
        ("Le film is wonderful, awful, a back, so was la fin", "English"),  # most of it is known
        ("the wonderful it of what " + "qwertz " * 6, "Most of the words are new"),  # but English
        ("It was the and of it.", "says what you think"),
        ("Wonderful! Wirklich! Ganz, ganz, ganz toll!", "English"),
        ("\ud83d", "no word"),  # half a surrogate pair, as JSON can carry it
        ("\u200b\u200c word\u202e", "knows none"),
    ],
)
def test_the_model_is_unsure_and_says_why(api, text, because):
    answer = api.post({"text": text})

    [result] = answer["json"]["results"]
    assert result["sentiment"] == "unsure"
    assert because in result["unsure_because"]
    assert result["unsure_because"].endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "wonderful\x00",
        "\x1b[31m wonderful, so it is \x1b[0m",
        "won\ud83dderful wonderful and so it is \ude00",
        "<script>alert('awful')</script>wonderful",
        "wonderful </blockquote><img src=x onerror=alert(1)> and so it is",
        "\n\t wonderful \r\n",
        '"; DROP TABLE reviews; -- so wonderful, it is the film of the',
        "WONDERFUL!!!!!",
    ],
)
def test_odd_characters_do_not_hide_a_clear_review(api, text):
    [result] = api.post({"text": text})["json"]["results"]

    assert result["sentiment"] == "positive"


# --- The log --------------------------------------------------------------------------------------


def test_neither_a_review_nor_a_refused_body_is_logged(fresh):
    secret = "xylophone"
    fresh.post({"text": f"so {secret}"})
    fresh.post({secret: secret})
    fresh.post(f"{{{secret}")
    fresh.post({"texts": [secret, "<br>"]})
    fresh.sagemaker.failures += [
        Failure(403, "AccessDeniedException"),
        Failure(424, "ModelError", {"OriginalStatusCode": 400, "Message": f"bad word {secret}"}),
        Failure(body={"run": secret}),
    ]
    for _ in range(3):
        fresh.post({"text": f"so {secret}"})

    log = fresh.log.read_text()
    assert secret not in log
    assert "AccessDenied" in log
    assert '"ReviewsAnswered"' in log
    assert '"Answered500"' in log
