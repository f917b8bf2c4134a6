"""The tags of HDR environments, from the categories that Poly Haven and its mirrors use."""

from __future__ import annotations

from collections.abc import Iterable

_TIMES = {"morning-afternoon": "day", "midday": "day", "sunrise-sunset": "sunset", "night": "night"}
_SKY_ONLY = frozenset({"pure skies"})


def hdri_tags(categories: Iterable[str]) -> list[str]:
    """Tags by which scenes draw an environment: `outdoor` (on its ground), `window` (through windows), and free words.

    A pure sky has no ground to stand on, so it gets `window` alone.
    """
    words = {str(word).lower() for word in categories}
    tags = []
    if "outdoor" in words:
        tags = ["window"] if words & _SKY_ONLY else ["outdoor", "window"]
    if "indoor" in words:
        tags.append("interior")
    tags += [time for word, time in _TIMES.items() if word in words]
    free = words - {"outdoor", "indoor"} - set(_TIMES)
    return list(dict.fromkeys([*tags, *sorted(word.replace(" ", "-") for word in free)]))
