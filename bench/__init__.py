"""Measures the figures of the design as ratios within one run: `python -m bench --all`."""
