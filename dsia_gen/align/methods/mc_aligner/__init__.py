"""A motion-compensated aligner: estimates the motion of the camera, warps, and mixes what each source shows."""
