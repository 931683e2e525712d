"""An ONNX graph, built operator by operator: what is served is known exactly."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 10
CONTRIBUTED = "com.microsoft"  # operators that ONNX Runtime has besides the standard's
END = int(np.iinfo(np.int64).max)  # of a slice: however long it is

Input = str | int | float | Sequence[int] | None


class Graph:
    """Operators are called like functions: they take names of values and give their result's.

        g = Graph()
        known = g.GreaterOrEqual("ids", 2)  # (batch, time)

    Numbers stand where a name could, one or a list of them: an array of one axis, of type int64
    if they are whole, else float32. None is an input that isn't given. `called` names a result
    that somebody outside asks for.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._numbers: dict[tuple[str, bytes], str] = {}  # their names: each is stored once

    def __getattr__(self, operator: str) -> Callable[..., str]:
        """Whatever begins with a capital is an operator; the finished model is checked."""
        if not operator[0].isupper():
            raise AttributeError(operator)

        def append(*inputs: Input, called: str = "", **attributes: Any) -> str:
            names = [self._name(one) for one in inputs]
            result = called or f"{operator}_{len(self.nodes)}"
            self.nodes.append(helper.make_node(operator, names, [result], **attributes))
            return result

        return append

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Store an array in the file."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _name(self, value: Input) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        array = np.atleast_1d(np.array(value, np.float32 if isinstance(value, float) else np.int64))
        key = array.dtype.str, array.tobytes()
        if key not in self._numbers:
            self._numbers[key] = self.constant(f"number_{len(self._numbers)}", array)
        return self._numbers[key]

    def model(self) -> onnx.ModelProto:
        """The finished model; it needs no newer runtime than its operators do."""
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "sentiment",
            [
                value("ids", TensorProto.INT64, ["batch", "time"]),
                value("lengths", TensorProto.INT32, ["batch"]),
            ],
            [
                value("logit", TensorProto.FLOAT, ["batch"]),
                value("contributions", TensorProto.FLOAT, ["batch", "time"]),
            ],
            self.initializers,
        )
        domains = {node.domain for node in self.nodes}
        opsets = [helper.make_opsetid(name, 1 if name else OPSET) for name in sorted(domains)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="verdict"
        )
