"""A short notation for shader node trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Nodes:
    """Adds nodes to a tree. Inputs are given by name or index: a socket is linked, anything else is its value."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def add(self, kind: str, inputs: Mapping[Any, Any] | None = None, **settings: Any) -> Any:
        """A new node of Blender type `ShaderNode<kind>` or `Node<kind>` (in full), its settings and inputs filled."""
        node = self.tree.nodes.new(kind if kind.startswith("Node") else f"ShaderNode{kind}")
        for name, value in settings.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            self.set(node.inputs[key], value)
        return node

    def set(self, socket: Any, value: Any) -> None:
        """Link or fill one input socket."""
        if hasattr(value, "is_output"):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Any, clamp: bool = False) -> Any:
        """Output socket of a Math node."""
        return self.add("Math", dict(enumerate(values)), operation=operation, use_clamp=clamp).outputs[0]

    def vector(self, operation: str, *values: Any) -> Any:
        """Output socket of a Vector Math node."""
        return self.add("VectorMath", dict(enumerate(values)), operation=operation).outputs[0]

    def scaled(self, vector: Any, factor: Any) -> Any:
        """A vector times a number."""
        return self.add("VectorMath", {"Vector": vector, "Scale": factor}, operation="SCALE").outputs[0]

    def ramp(self, value: Any, low: float, high: float, to_low: float = 0.0, to_high: float = 1.0) -> Any:
        """Smooth step from `to_low` at `low` to `to_high` at `high`."""
        inputs = {0: value, 1: low, 2: high, 3: to_low, 4: to_high}
        return self.add("MapRange", inputs, interpolation_type="SMOOTHSTEP").outputs[0]

    def mix(self, factor: Any, a: Any, b: Any) -> Any:
        """Output shader between shader `a` (factor 0) and shader `b` (factor 1)."""
        return self.add("MixShader", {0: factor, 1: a, 2: b}).outputs[0]
