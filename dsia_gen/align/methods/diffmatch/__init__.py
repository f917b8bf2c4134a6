"""DiffMatch: conditional diffusion over the field of correspondence, from features of both images."""
