"""The endpoint's troubles: a time to come back, reviews that go without, never a sentiment."""

import time

import pytest

from tests.integration.endpoint_server import RUN, Failure


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
