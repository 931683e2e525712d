"""A review becomes an answer, a refusal that says what to change, or a time to come back."""

import base64
import json
import threading
import time

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.endpoint_statuses import ANSWERING, SILENT
from tests.integration.endpoint_server import RUN, Failure, SageMaker
from tests.integration.predict_function import FOLDER, Function, posted, requested

OPENAPI = json.loads((FOLDER / "openapi.json").read_text())
EMOJI = "\N{SMILING FACE WITH HEART-SHAPED EYES}"


class Api(Function):
    """The function, with each of its answers held against the OpenAPI document."""

    def send(self, event):
        answer = super().send(event)
        if "json" in answer:
            assert answer["headers"]["cache-control"] == "no-store"
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
    if "$ref" in response:
        response = OPENAPI["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"][answer["headers"]["content-type"]]["schema"]
    assert_valid(schema, answer["json"])
    for name, header in response.get("headers", {}).items():
        assert_valid(header["schema"], int(answer["headers"][name.lower()]))


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
        ({"text": "a" * 20_001}, 413, "20,000 characters"),
        ({"texts": []}, 400, "1 to 100"),
        ({"texts": "I loved it"}, 400, "1 to 100"),
        ({"texts": {"0": "I loved it"}}, 400, "1 to 100"),
        ({"texts": ["I loved it"] * 101}, 400, "1 to 100"),
        ({"texts": ["I loved it", 7]}, 400, "texts[1] must be a string"),
        ({"texts": ["I loved it", "so", " "]}, 400, "texts[2] is blank"),
        ({"texts": ["I loved it", "<br>"]}, 400, "texts[1] has no text"),
        ({"texts": ["so", "a" * 20_001]}, 413, "texts[1] is longer"),
        ({"texts": ["a " * 10_000] * 6}, 413, "50,000 words"),
        ({"text": "I loved it " * 30_000}, 413, "256 KiB"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:40],
)
def test_a_request_is_refused_with_what_to_change(api, body, status, says):
    answer = api.post(body)

    assert answer["statusCode"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["json"]["status"] == status
    assert says in answer["json"]["detail"]
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


def test_the_largest_request_is_answered_within_lambdas_limit(api):
    answer = api.post({"texts": ["a " * 10_000] * 5})

    assert answer["statusCode"] == 200
    assert sum(len(result["words"]) for result in answer["json"]["results"]) == 50_000


@pytest.mark.parametrize("path", ["/", "/api", "/api/", "/api/sentiment/", "/api/docs/secret.js"])
def test_an_unknown_address_is_a_problem_too(api, path):
    answer = api.get(path)

    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/sentiment", "POST"),
        ("DELETE", "/api/model", "GET"),
        ("PUT", "/api/docs", "GET"),
    ],
)
def test_the_wrong_method_is_told_the_right_one(api, method, path, allow):
    answer = api.get(path, method)

    assert answer["statusCode"] == 405
    assert answer["headers"]["allow"] == allow
    assert allow in answer["json"]["detail"]


# --- The endpoint's troubles ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (Failure(400, "ThrottlingException"), 429, "Too many"),
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
        {"run": RUN, "unsure": [0.4, 0.6], "results": []},
        {"run": RUN, "unsure": [0.4, 0.6], "results": [GOOD, GOOD]},
        {"run": None, "unsure": [0.4, 0.6], "results": [GOOD]},
        {"run": RUN, "unsure": [0.6, 0.4], "results": [GOOD]},
        {"run": RUN, "unsure": 0.5, "results": [GOOD]},
        *(
            {"run": RUN, "unsure": [0.4, 0.6], "results": [GOOD | wrong]}
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
        "dataset": "reviews.csv",
        "accuracy": 0.8625,
        "baseline_accuracy": 0.84,
        "rows": 400,
        "trained_at": "2026-03-02T10:02:09+00:00",
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
    description = OPENAPI["paths"]["/api/sentiment"]["post"]["description"]
    for limit in ("256 KiB", f"{longest:,} characters", "50,000 words"):
        assert limit in description


@pytest.mark.parametrize("name", ["docs.js", "swagger-ui-bundle.min.js", "swagger-ui.min.css"])
def test_the_docs_page_finds_its_parts(api, name):
    page, part = api.get("/api/docs"), api.get(f"/api/docs/{name}")

    assert page["statusCode"] == part["statusCode"] == 200
    assert f'"/api/docs/{name}"' in page["body"]
    assert len(part["body"]) > 50
    assert "<script>" not in page["body"]  # the page's policy allows none


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
