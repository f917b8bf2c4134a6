"""Untrusted files opened, measured and rendered as thumbnails, in an isolated process."""
