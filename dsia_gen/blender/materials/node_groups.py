"""From a graph to nodes of Blender: one group for each structure, made once; a material is an instance of its group.

Materials of one kind differ in numbers and colours, which are inputs of the group. Where they differ in anything else,
such as the number of colours or an image, they have a group of their own.
"""

from __future__ import annotations

import hashlib
from typing import Any

import bpy
import numpy as np

from dsia_gen.blender.compat import enable_nodes
from dsia_gen.blender.materials.graph import Graph, Node, Signal, Stated

OUTPUT = "Surface"
_SOCKETS = {"VALUE": "NodeSocketFloat", "VECTOR": "NodeSocketVector", "RGBA": "NodeSocketColor"}


def write_material(block: bpy.types.Material, graph: Graph, surface: Signal) -> None:
    """Give a material the surface that a graph describes."""
    nodes = _needed(graph, surface)
    inputs = _parameters(nodes)
    name = f"{graph.material.kind} {_structure(nodes, surface, inputs)}"
    group = bpy.data.node_groups.get(name)
    if group is None:
        group = bpy.data.node_groups.new(name, "ShaderNodeTree")
        _fill(group, nodes, surface, inputs)
    tree = enable_nodes(block)
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = group
    for socket, value in zip(node.inputs, inputs, strict=True):
        _set(socket, value)
    tree.links.new(node.outputs[0], tree.nodes.new("ShaderNodeOutputMaterial").inputs[OUTPUT])


def _needed(graph: Graph, surface: Signal) -> list[Node]:
    """The nodes that a surface depends on, in the order in which they were described."""
    needed: set[Node] = set()
    waiting = [surface.node]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += [value.node for value in node.inputs.values() if isinstance(value, Signal)]
    return [node for node in graph.nodes if node in needed]


def _parameters(nodes: list[Node]) -> list[Any]:
    """Values that the material states, in the order in which they are first used; one that is used twice, once."""
    found: dict[int, Any] = {}
    for node in nodes:
        for value in node.inputs.values():
            if _is_stated(value):
                found.setdefault(id(value), value)
    return list(found.values())


def _is_stated(value: Any) -> bool:
    return isinstance(value, Stated) or (isinstance(value, tuple) and any(isinstance(v, Stated) for v in value))


def _structure(nodes: list[Node], surface: Signal, inputs: list[Any]) -> str:
    """A hash of all that materials of one group have in common."""
    number = {node: index for index, node in enumerate(nodes)}
    place = {id(value): index for index, value in enumerate(inputs)}

    def described(value: Any) -> str:
        if isinstance(value, Signal):
            return f"node {number[value.node]} {value.key}"
        if id(value) in place:
            return f"input {place[id(value)]}"
        return repr([float(v) for v in np.atleast_1d(value)])

    digest = hashlib.sha256()
    for node in nodes:
        # A block of data, such as an image, is known by its name.
        properties = {name: getattr(value, "name", value) for name, value in node.properties.items()}
        links = {key: described(value) for key, value in node.inputs.items()}
        digest.update(repr((node.kind, properties, list(node.stops), links)).encode())
    digest.update(described(surface).encode())
    return digest.hexdigest()[:24]


def _fill(group: bpy.types.NodeTree, nodes: list[Node], surface: Signal, inputs: list[Any]) -> None:
    """Make nodes, and the inputs that they take from outside, in an empty group."""
    made = {node: group.nodes.new(node.kind) for node in nodes}
    for node, block in made.items():
        for name, value in node.properties.items():
            owner = block.color_ramp if node.stops and name == "interpolation" else block
            if getattr(owner, name) != value:  # to set a property makes Blender look at the whole group
                setattr(owner, name, value)
        if node.stops:
            _write_stops(block.color_ramp, node)
    # An input of the group has the type of the first socket that it feeds.
    given = {id(value): index for index, value in enumerate(inputs)}
    types = {given[id(value)]: _SOCKETS[block.inputs[key].type] for node, block in reversed(made.items())
             for key, value in reversed(node.inputs.items()) if id(value) in given}  # fmt: skip
    for index in range(len(inputs)):
        group.interface.new_socket(f"{index}", in_out="INPUT", socket_type=types[index])
    group.interface.new_socket(OUTPUT, in_out="OUTPUT", socket_type="NodeSocketShader")
    entry, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    for node, block in made.items():
        for key, value in node.inputs.items():
            if isinstance(value, Signal):
                group.links.new(made[value.node].outputs[value.key], block.inputs[key])
            elif id(value) in given:
                group.links.new(entry.outputs[given[id(value)]], block.inputs[key])
            else:
                _set(block.inputs[key], value)
    group.links.new(made[surface.node].outputs[surface.key], end.inputs[0])


def _set(socket: bpy.types.NodeSocket, value: Any) -> None:
    """Set the value of an input; a colour of three numbers is opaque."""
    if socket.type == "RGBA":
        socket.default_value = (*(float(v) for v in value[:3]), 1.0)
    else:
        socket.default_value = value


def _write_stops(ramp: bpy.types.ColorRamp, node: Node) -> None:
    """Make the elements of a colour ramp; 2 to 32 in ascending order."""
    elements = ramp.elements
    elements.remove(elements[1])
    elements[0].position = node.stops[0][0]
    for position, _ in node.stops[1:]:
        elements.new(position)
    for element, (_, colour) in zip(elements, node.stops, strict=True):
        element.color = (*colour, 1.0)
