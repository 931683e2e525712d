"""predict_sentiment in front of a stand-in for SageMaker: one for a module, or one for a test."""

import threading

import pytest

from tests.integration.described_api import Api
from tests.integration.endpoint_server import SageMaker


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
