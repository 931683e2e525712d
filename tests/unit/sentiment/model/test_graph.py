"""A graph is written as expressions, and says what they say."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from sentiment.model.graph import END, Graph


def test_what_is_written_is_computed():
    g = Graph()
    weights = g.constant("weights", np.array([0.0, 0.5, 1.0, 2.0], np.float32))
    found = g.Gather(weights, g.Slice("ids", [0], [END], [1]))
    contributions = g.Mul(found, 3.0, called="contributions")
    g.ReduceSum(contributions, [1], keepdims=0, called="logit")
    model = g.model()
    onnx.checker.check_model(model, full_check=True)

    inputs = {"ids": np.array([[1, 2], [3, 0]]), "lengths": np.array([2, 2], np.int32)}
    logit, each = ReferenceEvaluator(model).run(None, inputs)

    np.testing.assert_array_equal(each, [[1.5, 3], [6, 0]])
    np.testing.assert_array_equal(logit, [4.5, 6])


def test_a_number_is_stored_once_and_has_the_type_that_it_is_written_with():
    g = Graph()
    for value in (1, 1.0, [1], [1, 1], 1.0):
        g.Identity(value)

    stored = [numpy_helper.to_array(one) for one in g.initializers]
    assert [(array.dtype.name, array.shape) for array in stored] == [
        ("int64", (1,)),
        ("float32", (1,)),
        ("int64", (2,)),
    ]


def test_an_input_can_be_left_out():
    g = Graph()
    g.Clip("ids", None, 3)

    assert list(g.nodes[0].input) == ["ids", "", "number_0"]


def test_what_begins_with_a_small_letter_is_no_operator():
    with pytest.raises(AttributeError, match="initialisers"):
        Graph().initialisers  # noqa: B018 - who looks is told
