"""SpaceJAM (Barel et al., ECCV 2024): sets of images aligned jointly by a small network that is fitted to each set."""
