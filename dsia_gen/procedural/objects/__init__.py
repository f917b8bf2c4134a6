"""Families of objects: what stands, rolls, flies, tumbles or falls in front of the camera, one class each."""
