"""Renders that are hit at random moments, and what must hold afterwards; `python -m tests.chaos` runs them all."""
