"""An ONNX graph, built node by node: what is served is known exactly."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 10
CONTRIBUTED = "com.microsoft"  # operators that ONNX Runtime has besides the standard's


class Graph:
    """Nodes and constants in the order they are given."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: str, output: str, **attributes: Any) -> None:
        """Append an operator; inputs are names with spaces between, a dash where none is given."""
        names = ["" if name == "-" else name for name in inputs.split()]
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))

    def constant(self, name: str, value: NDArray[Any]) -> None:
        """Store an array in the file."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))

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
