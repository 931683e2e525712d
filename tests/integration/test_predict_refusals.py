"""A request that can't be answered is refused with what to change; limits and largest requests."""

import base64
import json

import pytest

EMOJI = "\N{SMILING FACE WITH HEART-SHAPED EYES}"
DEEP = '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("", 400, "not JSON"),
        ("I loved it", 400, "not JSON"),
        ("{'text': 'I loved it'}", 400, "not JSON"),
        ('{"text": "I loved it"', 400, "not JSON"),
        ('{"text": NaN}', 400, "not JSON"),
        ('{"text": -Infinity}', 400, "not JSON"),
        ('{"text": ' + "9" * 5000 + "}", 400, "not JSON"),
        (DEEP, 400, "not JSON"),
        ('{"text": "I loved it", "text": "I hated it"}', 400, "twice"),
        ("null", 400, "not an object"),
        ('["I loved it"]', 400, "not an object"),
        ('"I loved it"', 400, "not an object"),
        ("{}", 400, "exactly one field"),
        ({"review": "I loved it"}, 400, "exactly one field"),
        ({"text": "I loved it", "lang": "en"}, 400, "exactly one field"),
        ({"text": "I loved it", "texts": ["I loved it"]}, 400, "exactly one field"),
        ({"Text": "I loved it"}, 400, "exactly one field"),
        ({"text": None}, 400, "The review must be a string"),
        ({"text": 42}, 400, "The review must be a string"),
        ({"text": ["I loved it"]}, 400, "The review must be a string"),
        ({"text": ""}, 400, "The review is blank"),
        ({"text": " \n\t\u3000"}, 400, "The review is blank"),
        ({"text": "<p><br></p>"}, 400, "only markup"),
        ({"text": "<!-- wonderful -->"}, 400, "only markup"),
        ({"text": "<style>p { color: red }</style>"}, 400, "only markup"),
        ({"text": "\x00\x01\x7f"}, 400, "control characters"),
        ({"text": "a" * 100_001}, 413, "100,000 characters"),
        ({"texts": []}, 400, "1 to 100"),
        ({"texts": "I loved it"}, 400, "1 to 100"),
        ({"texts": {"0": "I loved it"}}, 400, "1 to 100"),
        ({"texts": ["I loved it"] * 101}, 400, "1 to 100"),
        ({"texts": ["a " * 10_000] * 6}, 413, "50,000 words and punctuation marks"),
        ({"text": "," * 50_001}, 413, "50,000 words and punctuation marks"),
        ({"text": "I loved it " * 120_000}, 413, "1280 KiB"),
        ('{"text": "caf\ufffd"}', 400, "not UTF-8"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:40],
)
def test_a_request_is_refused_with_what_to_change(api, body, status, says):
    answer = api.post(body)

    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["json"]["status"] == status
    assert says in answer["json"]["detail"]
    assert answer["json"]["type"].endswith(f"/components/examples/{answer['json']['code']}")
    assert api.sagemaker.asked == []


def test_of_several_reviews_a_bad_one_takes_its_own_place_only(api):
    bad = [7, None, " ", "<br>", "a" * 100_001]
    answer = api.post({"texts": ["wonderful", *bad, "awful"]})

    first, *problems, last = answer["json"]["results"]
    assert answer["statusCode"] == 200
    assert (first["sentiment"], last["sentiment"]) == ("positive", "negative")
    told = [(one["problem"]["code"], one["problem"]["status"]) for one in problems]
    assert told == [
        ("no-string", 400),
        ("no-string", 400),
        ("blank", 400),
        ("only-markup", 400),
        ("text-too-long", 413),
    ]
    assert problems[2]["problem"]["detail"] == "texts[3] is blank. Write at least a word."
    assert len(api.sagemaker.asked[0]["reviews"]) == 2


def test_where_no_review_can_be_read_no_model_is_named(api):
    answer = api.post({"texts": ["", 7]})

    assert answer["statusCode"] == 200
    assert [answer["json"][name] for name in ("run", "unsure", "bias")] == [None] * 3
    assert api.sagemaker.asked == []


def test_a_body_broken_off_or_too_long_is_refused(api, load_event):
    assert api.send(load_event("review_malformed"))["statusCode"] == 400
    assert api.send(load_event("review_too_long"))["statusCode"] == 413


@pytest.mark.parametrize(
    "body", ["%%%", base64.b64encode(b'{"text": "caf\xe9"}').decode()], ids=["base64", "latin-1"]
)
def test_bytes_that_are_no_text_are_refused(api, load_event, body):
    answer = api.send(load_event("review_base64") | {"body": body})

    assert answer["statusCode"] == 400
    assert "UTF-8" in answer["json"]["detail"]


@pytest.mark.parametrize("kind", ["", "application/vnd.api+json", "application/json"])
def test_invalid_utf_8_is_refused_under_every_type(api, load_event, kind):
    """As the gateway hands it over: JSON as text with U+FFFD, other types in base64."""
    content = b'{"text": "caf\xe9 cr\xf0\x9f\x98"}'
    event = load_event("review_base64")
    event["headers"]["content-type"] = kind
    if kind == "application/json":
        event |= {"isBase64Encoded": False, "body": content.decode(errors="replace")}
    else:
        event |= {"body": base64.b64encode(content).decode()}

    answer = api.send(event)

    assert (answer["statusCode"], answer["json"]["code"]) == (400, "not-utf-8")


def test_what_stands_for_bytes_that_are_no_text_may_be_written_escaped(api):
    [result] = api.post({"text": "a wonderful caf\ufffd"})["json"]["results"]

    assert result["text"] == "a wonderful caf\ufffd"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "GZIP"])
def test_an_encoded_body_is_refused_by_its_name(api, encoding):
    answer = api.post({"text": "I loved it"}, content_encoding=encoding)

    assert (answer["statusCode"], answer["json"]["code"]) == (415, "content-encoding")
    assert answer["headers"]["accept-encoding"] == "identity"
    assert api.post({"text": "I loved it"}, content_encoding="identity")["statusCode"] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "jsonp"])
def test_only_json_is_read(api, kind):
    answer = api.post({"text": "I loved it"}, content_type=kind)

    assert answer["statusCode"] == 415
    assert "application/json" in answer["json"]["detail"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_called_by_its_other_names(api, kind):
    assert api.post({"text": "I loved it"}, content_type=kind)["statusCode"] == 200


def test_a_byte_order_mark_is_no_fault(api):
    assert api.post('\ufeff{"text": "I loved it"}')["statusCode"] == 200


@pytest.mark.parametrize(
    "request_body",
    [
        json.dumps({"texts": ["a " * 10_000] * 5}),
        json.dumps({"texts": ['a" "' * 10_000] * 5}),
        json.dumps({"text": "\N{FIRE}\N{FIRE} " * 16_600 + '"' * 50_000}, ensure_ascii=False),
        json.dumps({"text": EMOJI * 50_000 + "\N{MUSICAL SYMBOL G CLEF}" * 50_000}),
    ],
    ids=["words", "quotes", "both", "escaped"],
)
def test_the_largest_requests_are_answered_within_lambdas_limit(api, request_body):
    answer = api.post(request_body)

    assert answer["statusCode"] == 200
    answer.pop("json")
    assert len(json.dumps(answer, ensure_ascii=False).encode()) < 6 * 1024 * 1024


def test_a_text_of_100_000_characters_comes_back_with_its_places(api):
    text = "\N{FAMILY}\u200d\N{BOY} e\u0301 \U0001d573 wonderful " * 5_000
    text = text[:99_990] + " wonderful"

    [result] = api.post({"text": text})["json"]["results"]

    words = [word for word in result["words"] if word["contribution"] > 0]
    assert len(words) > 4_000
    assert {result["text"][word["start"] : word["end"]] for word in words} == {"wonderful"}


@pytest.mark.parametrize("path", ["/", "/api", "/api/", "/api/sentiment/", "/api/docs/secret.js"])
def test_an_unknown_address_is_a_problem_too(api, path):
    answer = api.get(path)

    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/sentiment", "POST"),
        ("HEAD", "/api/sentiment", "POST"),
        ("OPTIONS", "/api/sentiment", "POST"),
        ("DELETE", "/api/model", "GET, HEAD"),
        ("PUT", "/api/docs", "GET, HEAD"),
    ],
)
def test_the_wrong_method_is_told_the_right_one(api, method, path, allow):
    answer = api.get(path, method)

    assert answer["statusCode"] == 405
    assert answer["headers"]["allow"] == allow
    assert method == "HEAD" or allow in answer["json"]["detail"]
    assert "access-control-allow-origin" not in answer["headers"]
