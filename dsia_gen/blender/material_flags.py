"""Custom properties of materials by which builders tell the freezer how a surface is treated in the ground truth."""

UNRELIABLE = "dsia_unreliable"
"""What is seen on the material is not where its surface is: glass, mirrors, polished metal."""
CUTOUT_IMAGE = "dsia_cutout_image"
"""Name of the Blender image whose alpha cuts the surface."""
CUTOUT_THRESHOLD = "dsia_cutout_threshold"
"""The surface exists where alpha is at least this."""
