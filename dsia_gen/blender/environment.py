"""The HDRI: the light of the scene, and, grounded, the floor and the dome that the camera sees.

The photograph was taken `capture_height` above the origin. A point of floor or dome shows what the HDRI holds in
the direction from there to that point, so parallax is right wherever the real surroundings had the dome's shape.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.compat import enable_nodes
from dsia_gen.blender.floor_detail import floor_detail
from dsia_gen.blender.image_blocks import load_hdri, skylight
from dsia_gen.blender.keyframes import key_values
from dsia_gen.blender.mesh_objects import to_object
from dsia_gen.blender.nodes import Nodes
from dsia_gen.procedural.dome import dome_profile, floor_profile
from dsia_gen.procedural.primitives import lathe
from dsia_gen.spec.light import Environment, GroundedDome, Lamp
from dsia_gen.spec.skylight import Skylight, sun_gain

ALBEDO_MAX = 0.8
"""Brightest diffuse floor: fresh snow. What the photograph shows beyond that is added as emission."""
BLEND_FROM = 0.8
"""Fraction of the floor's radius where it begins to fade from diffuse to the photograph itself."""
SEGMENTS = 96
IMPORTANCE_MAP = 2048
"""Most columns of the map by which Cycles samples the HDRI."""
SHAKE = 4.0
"""Texels of the HDRI by which full detail may shake a direction."""
GRIT = 1.8
"""Contrast of the structure finer than a texel that full detail adds to what is seen of the dome."""
DIM, BRIGHT = 0.35, 0.8
"""Radiance, as shares of that of a white floor, below which the dome has all its grit, and above which none: skies."""
RADIANCE_GROUP = "dsia_radiance"


def build_environment(environment: Environment, resolve: Resolve, lamps: tuple[Lamp, ...] = ()) -> None:
    """World, and floor and dome where it is grounded, of the current scene. Both are instance 0.

    Suns among `lamps` brighten the lower part of the dome as they brighten the floor.
    Raises AssetError, naming the file, when the HDRI is missing, broken or dark.
    """
    path = resolve(environment.hdri)
    image = load_hdri(path)
    light = skylight(image, path, environment.clamp)
    group = _radiance_group(image, environment, light, sun_gain(environment, light, lamps))
    world = bpy.data.worlds.new("dsia_world")
    # Left to itself Cycles does not find the HDRI inside the group and takes seconds to make a far larger map.
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = min(image.size[0], IMPORTANCE_MAP)
    bpy.context.scene.world = world
    nodes = Nodes(enable_nodes(world))
    node = _grouped(nodes, group, nodes.add("TexCoord").outputs["Generated"])
    background = nodes.add("Background", {"Color": node.outputs["Radiance"], "Strength": 1.0})
    nodes.add("OutputWorld", {"Surface": background.outputs[0]})
    if environment.dome is not None:
        _build_floor(environment.dome, group, light, image.size[0], resolve)
        _build_dome(environment.dome, group, light, image.size[0])


def _radiance_group(image: Any, environment: Environment, light: Skylight, sunlit: NDArray[np.float64]) -> Any:
    """Node group of what the HDRI shows in a world direction, now.

    Raw: in the HDRI's own units. Gain: colour factor of this time. Radiance: their product.
    Sunlit: Radiance of objects on the ground, which the suns of the scene brighten too.
    """
    group = bpy.data.node_groups.new(RADIANCE_GROUP, "ShaderNodeTree")
    group.interface.new_socket("Direction", in_out="INPUT", socket_type="NodeSocketVector")
    for name in ("Raw", "Gain", "Radiance", "Sunlit"):
        group.interface.new_socket(name, in_out="OUTPUT", socket_type="NodeSocketColor")
    nodes = Nodes(group)
    direction = nodes.add("NodeGroupInput").outputs[0]
    turned = nodes.add("VectorRotate", {"Vector": direction, "Angle": -environment.yaw}, rotation_type="Z_AXIS")
    texture = nodes.add("TexEnvironment", {0: turned.outputs[0]}, image=image, interpolation="Cubic")
    raw = nodes.vector("MINIMUM", texture.outputs[0], (light.ceiling,) * 3)
    gain = nodes.add("VectorMath", {}, operation="SCALE", name="gain")
    # The factor that brings the HDRI to the irradiance and tint of each time.
    colour, strength = f'nodes["{gain.name}"].inputs[0].default_value', f'nodes["{gain.name}"].inputs[3].default_value'
    gain.inputs[0].default_value = environment.tint.at(0)
    gain.inputs[3].default_value = environment.irradiance.at(0) / light.luminance
    if len(environment.tint.values) > 1:
        key_values(group, colour, environment.tint.values)
    if len(environment.irradiance.values) > 1:
        key_values(group, strength, np.array(environment.irradiance.values) / light.luminance)
    radiance = nodes.vector("MULTIPLY", raw, gain.outputs[0])
    suns = nodes.add("CombineXYZ", name="sunlit")
    # One colour, or one for each time.
    for channel in range(3):
        suns.inputs[channel].default_value = sunlit[0, channel]
        if len(sunlit) > 1:
            key_values(group, f'nodes["{suns.name}"].inputs[{channel}].default_value', sunlit[:, channel])
    outputs = {"Raw": raw, "Gain": gain.outputs[0], "Radiance": radiance}
    nodes.add("NodeGroupOutput", {**outputs, "Sunlit": nodes.vector("MULTIPLY", radiance, suns.outputs[0])})
    return group


def _grouped(nodes: Nodes, group: Any, direction: Any) -> Any:
    """A node that looks the HDRI up in a world direction."""
    node = nodes.add("Group", node_tree=group)
    nodes.set(node.inputs[0], direction)
    return node


def _from_capture_point(nodes: Nodes, dome: GroundedDome, columns: int) -> tuple[Any, Any]:
    """World position of the shaded point, and the direction to it from where the HDRI was taken.

    Close up an HDRI of few `columns` is a blur. `detail` shakes the direction by about a texel, which draws its
    soft edges out into fine irregular ones, as leaves and stones have them.
    """
    position = nodes.add("NewGeometry").outputs["Position"]
    direction = nodes.vector("SUBTRACT", position, (0.0, 0.0, dome.capture_height))
    if dome.detail == 0:
        return position, direction
    texel = 2 * np.pi / columns
    direction = nodes.vector("NORMALIZE", direction)
    inputs = {"Vector": direction, "Scale": 0.7 / texel, "Detail": 3.0, "Roughness": 0.7}
    noise = nodes.add("TexNoise", inputs, noise_dimensions="3D").outputs["Color"]
    shaken = nodes.scaled(nodes.vector("SUBTRACT", noise, (0.5,) * 3), SHAKE * dome.detail * texel)
    return position, nodes.vector("ADD", direction, shaken)


def _build_floor(dome: GroundedDome, group: Any, light: Skylight, columns: int, resolve: Resolve) -> None:
    """The disc that catches shadows: diffuse with albedo pi L / E, fading to the photograph at its rim."""
    material = bpy.data.materials.new("dsia_floor")
    nodes = Nodes(enable_nodes(material))
    position, direction = _from_capture_point(nodes, dome, columns)
    node = _grouped(nodes, group, direction)
    # The fade is 0 on the inner floor and 1 at its rim.
    flat = nodes.vector("MULTIPLY", position, (1.0, 1.0, 0.0))
    distance = nodes.add("VectorMath", {0: flat}, operation="LENGTH").outputs["Value"]
    fade = nodes.ramp(distance, BLEND_FROM * dome.floor_radius, dome.floor_radius)
    # A channel without light gets no albedo.
    per_irradiance = tuple(float(np.pi / e) if e > 0 else 0.0 for e in light.irradiance)
    wanted = nodes.vector("MULTIPLY", node.outputs["Raw"], per_irradiance)
    albedo = nodes.vector("MINIMUM", wanted, (ALBEDO_MAX,) * 3)
    excess = nodes.vector("MULTIPLY", nodes.vector("SUBTRACT", wanted, albedo), tuple(light.irradiance / np.pi))
    excess = nodes.vector("MULTIPLY", excess, node.outputs["Gain"])
    detail = floor_detail(nodes, dome, position, fade, resolve)
    colour = nodes.vector("MULTIPLY", albedo, detail.tone)
    diffuse = nodes.add("BsdfDiffuse", {"Color": colour, "Normal": detail.normal})
    lit = nodes.add("AddShader", {0: diffuse.outputs[0], 1: nodes.add("Emission", {"Color": excess}).outputs[0]})
    seen = nodes.add("Emission", {"Color": node.outputs["Sunlit"]})
    nodes.add("OutputMaterial", {"Surface": nodes.mix(fade, lit.outputs[0], seen.outputs[0])})
    # Sampling a disc of dim emission as a lamp would only cost time.
    material.cycles.emission_sampling = "NONE"
    to_object(lathe(floor_profile(dome), SEGMENTS), "floor", [material])


def _build_dome(dome: GroundedDome, group: Any, light: Skylight, columns: int) -> None:
    """The shell around the floor: the photograph as emission, for cameras and what they see through glass."""
    material = bpy.data.materials.new("dsia_dome")
    nodes = Nodes(enable_nodes(material))
    position, direction = _from_capture_point(nodes, dome, columns)
    node = _grouped(nodes, group, direction)
    low = nodes.ramp(nodes.add("SeparateXYZ", {0: position}).outputs["Z"], 0.0, 0.3 * dome.radius, 1.0, 0.0)
    seen = nodes.add("Mix", {0: low, 4: node.outputs["Radiance"], 5: node.outputs["Sunlit"]}, data_type="VECTOR")
    grit: Any = 1.0
    if dome.detail > 0:
        # A factor of mean 1 with structure finer than a texel: leaves and stones that an HDRI of few columns lacks.
        towards = nodes.vector("NORMALIZE", direction)
        inputs = {"Vector": towards, "Scale": 1.2 * columns / (2 * np.pi), "Detail": 4.0, "Roughness": 0.7}
        noise = nodes.add("TexNoise", inputs, noise_dimensions="3D").outputs[0]
        per_white = tuple(float(np.pi / e) / 3 if e > 0 else 0.0 for e in light.irradiance)
        white = nodes.add("VectorMath", {0: node.outputs["Raw"], 1: per_white}, operation="DOT_PRODUCT")
        amount = nodes.math("MULTIPLY", nodes.ramp(white.outputs["Value"], DIM, BRIGHT, 1.0, 0.0), GRIT * dome.detail)
        grit = nodes.math("MULTIPLY_ADD", nodes.math("SUBTRACT", noise, 0.5), amount, 1.0)
    emission = nodes.add("Emission", {"Color": nodes.scaled(seen.outputs[1], grit)})
    nodes.add("OutputMaterial", {"Surface": emission.outputs[0]})
    material.cycles.emission_sampling = "NONE"
    shell = to_object(lathe(dome_profile(dome), SEGMENTS), "dome", [material])
    for ray in ("diffuse", "glossy", "volume_scatter", "shadow"):
        setattr(shell, f"visible_{ray}", False)
