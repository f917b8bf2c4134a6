"""The one range of seeds: of a job, a scene, a specification and the command line."""

LARGEST_SEED = 2**63 - 1
