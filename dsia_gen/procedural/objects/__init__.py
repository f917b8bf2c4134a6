"""Foreground objects of the built-in library."""
