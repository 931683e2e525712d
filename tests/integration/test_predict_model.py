"""What is live, and the OpenAPI document: described, tagged, open to other origins."""

import re
import threading
import time

import pytest
from openapi_spec_validator import validate

from tests.endpoint_statuses import ANSWERING, SILENT
from tests.integration.described_api import OPENAPI, Api, assert_valid
from tests.integration.endpoint_server import EVALUATION, RUN, Failure, SageMaker
from tests.integration.predict_function import FOLDER, ROOT, posted, requested

DOCS_FILE = "/api/docs/docs.js"


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
            "slices": [
                {"what": "3 to 90 words", "reviews": 80, "accuracy": 0.9375},
                {"what": "x" * 80, "reviews": 20, "accuracy": 0.85},
            ],
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


def test_a_model_from_before_slices_were_kept_has_none(fresh):
    old = {name: value for name, value in EVALUATION.items() if not name.startswith("by_")}
    fresh.sagemaker.evaluation = old

    assert fresh.get("/api/model")["json"]["evaluation"]["slices"] == []


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
