"""How much of its bounding box a family fills in the image: what shows between spokes, straps and leaves counts.

Silhouette of the built mesh over silhouette of its box, mean of three views of a drawn object, in steps of 0.05.
"""

from __future__ import annotations

UNKNOWN = 0.6
"""For meshes from files and families that are not listed."""

_FAMILIES: dict[float, str] = {
    0.15: "telescope",
    0.2: "toy_plane balloons lamp_post plant_pot",
    0.25: "drone umbrella grass_tuft floor_lamp helicopter desk_lamp",
    0.3: "kite spinning_top bush flowers stool round_table ladder pinwheel",
    0.35: "sailboat teapot watering_can flower_pot office_chair gramophone boulder_group tree conifer bench "
    "bicycle submarine telephone bar_stool",
    0.4: "bucket skateboard rocket robot duck guitar lantern traffic_cone hydrant wheelbarrow table "
    "scooter hot_air_balloon camera birdcage chess_knight",
    0.45: "plush_bear hat mailbox globe banner chair excavator",
    0.5: "market_stall shopping_cart television sewing_machine nutcracker",
    0.55: "backpack bottle vase rock ship typewriter fire_extinguisher",
    0.6: "suitcase toy_car swim_ring mug shoe helmet signboard column bin coffee_table alarm_clock hourglass",
    0.65: "locomotive car tractor",
    0.7: "barrel oil_drum tyre drum planter toy_bus toolbox",
    0.75: "gift_box crate_stack rug sofa armchair bed",
    0.8: "jerrycan book_stack hedge shed desk folding_screen treasure_chest",
    0.85: "toy_blocks log_pile radio",
    1.0: "crate cardboard_box fence brick_wall concrete_barrier facade bookshelf cabinet wardrobe",
}

SOLIDITY: dict[str, float] = {name: share for share, names in _FAMILIES.items() for name in names.split()}
"""Share by family; parts of rooms are solid and not asked for."""
