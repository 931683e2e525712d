"""A review becomes an answer, a refusal that says what to change, or a time to come back."""

import base64
import json
import re
import threading
import time

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.endpoint_statuses import ANSWERING, SILENT
from tests.integration.endpoint_server import EVALUATION, RUN, Failure, SageMaker
from tests.integration.predict_function import FOLDER, ROOT, Function, posted, requested

OPENAPI = json.loads((FOLDER / "openapi.json").read_text())
DOCS_FILE = "/api/docs/docs.js"
EMOJI = "\N{SMILING FACE WITH HEART-SHAPED EYES}"


class Api(Function):
    """The function, with each of its answers held against the OpenAPI document."""

    def send(self, event):
        answer = super().send(event)
        if answer["statusCode"] >= 400 or event["rawPath"] == "/api/sentiment":
            assert answer["headers"]["cache-control"] == "no-store"
        assert answer["headers"]["x-request-id"] == event["requestContext"]["requestId"]
        if event["rawPath"] in OPENAPI["paths"]:
            conforms(event, answer)
        return answer

    def post(self, body, **headers):
        return self.send(posted(body, **headers))

    def get(self, path, method="GET"):
        return self.send(requested(path, method))


def conforms(event, answer):
    """The answer is one that the OpenAPI document promises."""
    operations = OPENAPI["paths"][event["rawPath"]]
    method = event["requestContext"]["http"]["method"].lower()
    if method not in operations:
        assert answer["statusCode"] == 405
        return
    response = operations[method]["responses"][str(answer["statusCode"])]
    for name, header in response.get("headers", {}).items():
        header = resolved(header)
        told = answer["headers"].get(name.lower())
        if told is not None:
            number = header["schema"].get("type") == "integer"
            assert_valid(header["schema"], int(told) if number else told)
        else:
            assert not header.get("required"), name
    if method == "head" or answer["statusCode"] == 304:
        assert answer["body"] == ""
        return
    told = response["content"][answer["headers"]["content-type"]]
    assert_valid(told["schema"], answer.get("json", answer["body"]))
    if answer["statusCode"] >= 400:
        assert answer["json"]["code"] in told["examples"]
        assert answer["json"]["request_id"] == event["requestContext"]["requestId"]


def resolved(part):
    """What a reference of the document leads to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return OPENAPI["components"][kind][name]


def assert_valid(schema, instance):
    Draft202012Validator(schema | {"components": OPENAPI["components"]}).validate(instance)


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    with SageMaker() as sagemaker:
        threading.Thread(target=sagemaker.serve_forever, args=(0.02,), daemon=True).start()
        api = Api(sagemaker, tmp_path_factory.mktemp("predict"))
        yield api
        api.stop()
        sagemaker.shutdown()


@pytest.fixture
def api(worker):
    """The function, warm, in front of an endpoint that has nothing against it."""
    worker.sagemaker.failures.clear()
    worker.sagemaker.asked.clear()
    worker.sagemaker.unsure = [0.4, 0.6]
    return worker


@pytest.fixture
def fresh(tmp_path):
    """The function in a worker that has not looked up the live model yet."""
    with SageMaker() as sagemaker:
        threading.Thread(target=sagemaker.serve_forever, args=(0.02,), daemon=True).start()
        api = Api(sagemaker, tmp_path)
        yield api
        api.stop()
        sagemaker.shutdown()


# --- Answers --------------------------------------------------------------------------------------


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


# --- Refusals -------------------------------------------------------------------------------------

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


# --- The endpoint's troubles ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (Failure(429, "ModelNotReadyException"), 503, "warming up"),
        (Failure(503, "ServiceUnavailable"), 503, "can't be reached"),
        (Failure(500, "InternalFailure"), 503, "can't be reached"),
        (Failure(530, "InternalDependencyException"), 503, "can't be reached"),
        (Failure(400, "ValidationError"), 503, "No model is live"),
        (Failure(424, "ModelError", {"OriginalStatusCode": 409}), 503, "being replaced"),
        (Failure(424, "ModelError", {"OriginalStatusCode": 500}), 503, "can't be reached"),
        (Failure(cut=True), 503, "didn't answer"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_a_passing_trouble_says_when_to_come_back(api, failure, status, says):
    api.sagemaker.failures.append(failure)

    answer = api.post({"text": "I loved it"})

    assert answer["statusCode"] == status
    assert says in answer["json"]["detail"]
    assert 1 <= int(answer["headers"]["retry-after"]) <= 60
    assert len(api.sagemaker.asked) == 1
    assert api.post({"text": "I loved it"})["statusCode"] == 200


LONG = "so " * 1_600  # two of them are more than a part


def test_a_review_that_is_turned_away_waits_a_second_for_its_turn(api):
    api.sagemaker.failures += [Failure(400, "ThrottlingException")] * 3

    assert api.post({"text": "I loved it"})["statusCode"] == 200

    api.sagemaker.failures += [Failure(400, "ThrottlingException")] * 4
    answer = api.post({"text": "I loved it"})
    assert (answer["statusCode"], answer["json"]["code"]) == (429, "throttled")
    assert answer["headers"]["retry-after"] == "3"
    assert api.sagemaker.failures == []


def test_many_words_are_asked_about_in_parts_and_told_in_their_order(api):
    texts = [LONG, LONG + "wonderful", "awful", "wonderful"]

    answer = api.post({"texts": texts})

    assert [len(asked["reviews"]) for asked in api.sagemaker.asked] == [1, 3]
    told = [result["sentiment"] for result in answer["json"]["results"]]
    assert told[1:] == ["positive", "negative", "positive"]


def test_a_part_that_is_turned_away_waits_for_its_turn(api):
    throttled = Failure(400, "ThrottlingException")
    api.sagemaker.failures += [Failure(), throttled, throttled]
    api.sagemaker.failures[0] = estimated_all(api, [LONG])

    answer = api.post({"texts": [LONG, LONG + "wonderful"]})

    assert answer["json"]["results"][1]["sentiment"] == "positive"
    assert len(api.sagemaker.asked) == 4


def estimated_all(api, texts):
    """What the endpoint would have said of them."""
    return Failure(body=api.sagemaker.answers([text.split() for text in texts]))


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(424, "ModelError", {"OriginalStatusCode": 500}), "model-unreachable"),
        (Failure(429, "ModelNotReadyException"), "model-warming-up"),
        (Failure(cut=True), "model-silent"),
        (Failure(body={"run": 7}), "model-nonsense"),
        (Failure(seconds=10), "model-silent"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_a_later_part_meets_does_not_sink_the_others(api, failure, code):
    api.sagemaker.failures += [estimated_all(api, [LONG + "wonderful"]), failure]

    results = api.post({"texts": [LONG + "wonderful", LONG, LONG + "awful"]})["json"]["results"]

    assert results[0]["sentiment"] == "positive"
    assert results[1]["problem"]["code"] == code
    assert results[2]["sentiment"] == "negative"


def test_what_there_is_no_time_for_is_told_as_busy(api):
    api.sagemaker.failures += [Failure(body=api.sagemaker.answers([LONG.split()]), seconds=19)]

    answer = api.post({"texts": [LONG, LONG, "wonderful"]})

    assert "sentiment" in answer["json"]["results"][0]
    codes = [result["problem"]["code"] for result in answer["json"]["results"][1:]]
    assert codes == ["busy", "busy"]


def test_answers_of_two_models_are_not_mixed(api):
    body = api.sagemaker.answers([LONG.split()])
    api.sagemaker.failures += [Failure(body=body | {"run": "verdict-another"})]

    answer = api.post({"texts": [LONG, LONG]})

    assert answer["json"]["run"] == "verdict-another"
    assert answer["json"]["results"][1]["problem"]["code"] == "model-newer"


def test_a_silent_endpoint_is_given_up_before_the_gateway_does(api):
    api.sagemaker.failures.append(Failure(seconds=28))
    started = time.monotonic()

    answer = api.post({"text": "I loved it"})

    assert answer["statusCode"] == 503
    assert time.monotonic() - started < 29


@pytest.mark.parametrize(
    "failure",
    [
        Failure(403, "AccessDeniedException"),
        Failure(424, "ModelError", {"OriginalStatusCode": 400, "Message": "no: I loved it"}),
    ],
    ids=lambda failure: failure.code,
)
def test_a_fault_of_ours_is_told_to_the_log_only(api, failure):
    api.sagemaker.failures.append(failure)

    answer = api.post({"text": "I loved it"})

    assert answer["statusCode"] == 500
    assert answer["json"]["title"] == "Internal Server Error"
    assert "Traceback" not in answer["body"]
    assert failure.code not in answer["body"]


GOOD = {"probability": 0.9, "contributions": [0.0, 1.2, 0.0], "known": 1.0, "used": [0, 3]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"positive",
        b"[]",
        b"{}",
        {"run": RUN, "unsure": [0.4, 0.6], "bias": 0, "results": []},
        {"run": RUN, "unsure": [0.4, 0.6], "bias": 0, "results": [GOOD, GOOD]},
        {"run": None, "unsure": [0.4, 0.6], "bias": 0, "results": [GOOD]},
        {"run": RUN, "unsure": [0.6, 0.4], "bias": 0, "results": [GOOD]},
        {"run": RUN, "unsure": 0.5, "bias": 0, "results": [GOOD]},
        {"run": RUN, "unsure": [0.4, 0.6], "bias": None, "results": [GOOD]},
        {"run": RUN, "unsure": [0.4, 0.6], "results": [GOOD]},
        *(
            {"run": RUN, "unsure": [0.4, 0.6], "bias": 0, "results": [GOOD | wrong]}
            for wrong in (
                {"probability": 1.2},
                {"probability": "0.9"},
                {"probability": True},
                {"probability": float("nan")},
                {"contributions": [0.0, 1.2]},
                {"contributions": [0.0, None, 0.0]},
                {"known": None},
                {"used": [0, 4]},
                {"used": [2, 1]},
                {"used": [0.0, 3.0]},
                {"used": None},
                {"windows": 0},
                {"windows": True},
                {"windows": "2"},
            )
        ),
    ],
    ids=str,
)
def test_an_answer_that_makes_no_sense_is_no_sentiment(api, body):
    api.sagemaker.failures.append(Failure(body=body or b" "))

    answer = api.post({"text": "I loved it"})

    assert answer["statusCode"] == 502
    assert "sentiment" not in answer["body"]


# --- The live model -------------------------------------------------------------------------------


def test_the_live_model_is_described_and_remembered(fresh, load_event):
    answers = [fresh.send(load_event("model_requested")) for _ in range(3)]

    assert answers[0]["json"] == {
        "run": RUN,
        "package_version": 7,
        "status": "InService",
        "endpoint_changed_at": "2026-03-02T10:02:09+00:00",
        "dataset": "reviews.csv",
        "accuracy": 0.8625,
        "baseline_accuracy": 0.84,
        "rows": 400,
        "trained_at": "2026-03-02T10:02:09+00:00",
        "evaluation": {
            "reviews": 80,
            "confusion": [[38, 2], [3, 37]],
            "calibration_error": 0.021,
            "reliability": EVALUATION["reliability"],
            "unsure": [0.4, 0.6],
            "behaviour": [{"what": "Case is no matter", "passed": 9, "of": 10}],
        },
    }
    assert answers[0]["json"] == answers[1]["json"] == answers[2]["json"]
    assert len(fresh.sagemaker.described) <= 4  # two, or four when a minute ended in between


@pytest.mark.parametrize("status", [None, *SILENT])
def test_nothing_live_says_what_to_do_and_is_remembered_for_some_seconds(fresh, status):
    live = fresh.sagemaker.endpoint
    fresh.sagemaker.endpoint = live | {"EndpointStatus": status} if status else None

    answers = [fresh.get("/api/model") for _ in range(10)]

    for answer in answers:
        assert answer["statusCode"] == 503
        assert ("started" if status == "Creating" else "dataset") in answer["json"]["detail"]
        assert int(answer["headers"]["retry-after"]) >= 1
    assert len(fresh.sagemaker.described) <= 2  # two when some seconds ended in between

    fresh.sagemaker.endpoint = live
    until = time.monotonic() + 30
    while fresh.get("/api/model")["statusCode"] != 200:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_config_that_somebody_made_by_hand_is_no_model_of_ours(fresh):
    fresh.sagemaker.endpoint |= {"EndpointConfigName": "mine"}

    assert fresh.get("/api/model")["statusCode"] == 503


@pytest.mark.parametrize("status", ANSWERING)
def test_the_live_model_is_described_whatever_is_being_done_to_the_endpoint(fresh, status):
    fresh.sagemaker.endpoint |= {"EndpointStatus": status}

    assert fresh.get("/api/model")["json"]["status"] == status


@pytest.mark.parametrize("properties", [None, {"accuracy": "good", "rows": "nan"}])
def test_a_number_that_the_registry_lacks_is_not_made_up(fresh, properties):
    fresh.sagemaker.package = properties

    answer = fresh.get("/api/model")

    assert answer["statusCode"] == 200
    assert answer["json"]["accuracy"] is answer["json"]["rows"] is None


@pytest.mark.parametrize(
    "evaluation",
    [None, b"[", [], {"version": 1}, EVALUATION | {"unsure": [float("nan"), 1]}],
    ids=str,
)
def test_without_a_sound_evaluation_the_rest_is_told(fresh, evaluation):
    fresh.sagemaker.evaluation = evaluation

    answer = fresh.get("/api/model")

    assert answer["json"]["evaluation"] is None
    assert answer["json"]["accuracy"] == 0.8625


@pytest.mark.parametrize("path", ["/api/model", "/api/openapi.json", "/api/docs", DOCS_FILE])
def test_what_a_client_has_already_is_not_sent_again(api, path):
    answer, head = api.get(path), api.get(path, "HEAD")
    tag = answer["headers"]["etag"]

    assert (head["statusCode"], head["body"], head["headers"]["etag"]) == (200, "", tag)
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        event = requested(path)
        event["headers"]["if-none-match"] = known
        again = api.send(event)
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["etag"] == tag
        assert again["headers"]["cache-control"] == answer["headers"]["cache-control"]
    event["headers"]["if-none-match"] = 'W/"other"'
    assert api.send(event)["statusCode"] == 200


def test_throttled_describe_calls_are_a_time_to_come_back(fresh):
    fresh.sagemaker.failures += [Failure(400, "ThrottlingException")] * 2

    assert fresh.get("/api/model")["statusCode"] == 429


# --- The description ------------------------------------------------------------------------------


def test_the_openapi_document_is_valid_and_served(api, load_event):
    answer = api.send(load_event("openapi_requested"))

    assert answer["json"] == OPENAPI
    validate(OPENAPI)


def test_the_document_and_the_code_agree_on_limits(api):
    schemas = OPENAPI["components"]["schemas"]
    longest = schemas["Review"]["maxLength"]
    most = schemas["Request"]["oneOf"][1]["properties"]["texts"]["maxItems"]

    assert api.post({"text": "a" * longest})["statusCode"] == 200
    assert api.post({"text": "a" * (longest + 1)})["statusCode"] == 413
    assert api.post({"texts": ["so"] * most})["statusCode"] == 200
    assert api.post({"texts": ["so"] * (most + 1)})["statusCode"] == 400
    template = (ROOT / "template.yaml").read_text()
    [rate] = re.findall(r"  ApiRequestsPerSecond:\n    Type: Number\n    Default: (\d+)", template)
    told = ("1,280 KiB", f"{longest:,} characters", "50,000 words and punctuation marks")
    for limit in (*told, f"{rate} requests a second"):
        assert limit in OPENAPI["info"]["description"]
        if "second" not in limit:
            assert limit in OPENAPI["paths"]["/api/sentiment"]["post"]["description"]
        assert limit in " ".join((ROOT / "README.md").read_text().split())


def test_every_problem_has_its_example_where_its_type_says(api):
    """The table is read as text: it needs a function's packages."""
    table = (FOLDER / "problems.py").read_text()
    codes = re.findall(
        r'^    [A-Z_0-9]+ = \(?\n?\s*"([a-z0-9-]+)", ?\n?\s*\d{3}', table, re.MULTILINE
    )
    examples = OPENAPI["components"]["examples"]

    assert len(codes) > 20
    assert list(examples) == codes
    assert OPENAPI["components"]["schemas"]["ItemProblem"]["properties"]["code"]["enum"] == codes
    for code, example in examples.items():
        assert_valid(OPENAPI["components"]["schemas"]["Problem"], example["value"])
        assert example["value"]["code"] == code
        assert (example["value"]["status"] in (429, 503)) == ("Retry-After" in example["summary"])


@pytest.mark.parametrize("name", ["docs.js", "swagger-ui-bundle.min.js", "swagger-ui.min.css"])
def test_the_docs_page_finds_its_parts(api, name):
    page, part = api.get("/api/docs"), api.get(f"/api/docs/{name}")

    assert page["statusCode"] == part["statusCode"] == 200
    assert f'"/api/docs/{name}"' in page["body"]
    assert len(part["body"]) > 50
    assert "<script>" not in page["body"]  # the page's policy allows none


# --- Other origins --------------------------------------------------------------------------------


@pytest.fixture
def open_to_others(tmp_path):
    with SageMaker() as sagemaker:
        threading.Thread(target=sagemaker.serve_forever, args=(0.02,), daemon=True).start()
        origins = "https://shop.example,https://other.example:8443"
        api = Api(sagemaker, tmp_path, ALLOWED_ORIGINS=origins)
        yield api
        api.stop()
        sagemaker.shutdown()


def test_pages_of_other_origins_may_ask_where_the_operator_allows_it(open_to_others):
    def ask(origin, method="POST", **body):
        event = posted(body) if body else requested("/api/sentiment", method)
        event["headers"]["origin"] = origin
        return super(Api, open_to_others).send(event)

    for origin in ("https://shop.example", "https://other.example:8443"):
        before = ask(origin, "OPTIONS")
        assert before["statusCode"] == 204
        assert "POST" in before["headers"]["access-control-allow-methods"]
        assert "Content-Type" in before["headers"]["access-control-allow-headers"]
        for answer in (ask(origin, text="I loved it"), ask(origin, text=" ")):
            assert answer["headers"]["access-control-allow-origin"] == origin
            assert "X-Request-Id" in answer["headers"]["access-control-expose-headers"]
            assert answer["headers"]["vary"] == "Origin"
    assert "access-control-allow-origin" not in ask("https://evil.example", text="so")["headers"]


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
