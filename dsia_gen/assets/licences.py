"""What licences allow: from the names that sources use to a short name, redistribution and training."""

from __future__ import annotations

import re
from typing import NamedTuple

from dsia_gen.spec.asset import Permission


class Permissions(NamedTuple):
    """A licence's short name, and whether files under it may be redistributed and models trained on images of them."""

    licence: str
    redistribution: Permission
    training: Permission


def permissions(name: str, url: str = "") -> Permissions:
    """Permissions of a licence by the name or address that a source states.

    Only public domain, CC0, CC-BY and the usual permissive software licences are answered with yes. Terms that restrict
    the use (non-commercial, no derivatives, share alike) leave `unknown`, for the user to decide.
    """
    text = f"{name} {url}".lower().replace("_", "-")
    if re.search(r"publicdomain/zero|cc-?0|creative commons zero|public domain|\bpdm\b", text):
        return Permissions("CC0-1.0", "yes", "yes")
    if re.search(r"creative commons|creativecommons|\bcc[ -]by", text):
        version = re.search(r"\b([1-4]\.\d)\b", text)
        limits = {"NC": r"non-? ?commercial|by-nc|-nc\b", "SA": r"share-? ?alike|-sa\b", "ND": r"no-? ?deriv|-nd\b"}
        found = [short for short, pattern in limits.items() if re.search(pattern, text)]
        licence = "-".join(["CC-BY", *found, *([version[1]] if version else [])])
        return Permissions(licence, "unknown", "unknown") if found else Permissions(licence, "yes", "yes")
    if re.search(r"\bmit\b|apache|\bbsd\b", text):
        return Permissions(name.strip() or "unknown", "yes", "yes")
    return Permissions(name.strip() or "unknown", "unknown", "unknown")
