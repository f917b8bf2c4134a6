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


_RANKS: dict[Permission, int] = {"no": 0, "unknown": 1, "yes": 2}
_PROPRIETARY: tuple[tuple[str, Permission, Permission], ...] = (
    # Their terms forbid passing the files on; those of Mixamo, of Epic (MetaHuman, Fab, Megascans, Unreal) and of
    # Sketchfab's NoAI mark also forbid to train with them.
    (r"\bmixamo\b", "no", "no"),
    (r"\bepic\b|\bunreal\b|\bue[- ]?only\b|\bmetahuman|\bfab\b.*\blicen|\bmegascans?\b|\bquixel\b", "no", "no"),
    (r"\bno-?ai\b", "no", "no"),
    (r"all rights reserved|\bproprietary\b|\beditorial\b", "no", "no"),
    (r"\bamass\b|\bsmpl|\bmano\b|\bflame\b.*\blicen", "no", "unknown"),
    (r"royalty[- ]free|\bturbosquid\b|\bcgtrader\b|\bunity asset store\b|\bdaz\b|\breallusion\b|\brenderpeople\b",
     "no", "unknown"),
    (r"sketchfab standard|\bst-license\b|\bstandard licen[cs]e\b", "no", "unknown"),
)  # fmt: skip
_PUBLIC_DOMAIN = r"publicdomain/(zero|mark)|\bcc-? ?0\b|\bcc-?zero\b|creative commons zero|public[- ]domain|\bpdm\b"
_PERMISSIVE = (
    r"\bmit\b|apache|\bbsd\b|\bisc\b|\bzlib\b|\bunlicen[cs]e\b|\bwtfpl\b|\bboost\b|\bbsl-1\.0\b|\b0bsd\b|"
    r"\bodc-by\b|\bpddl\b"
)


def permissions(name: str, url: str = "") -> Permissions:
    """Permissions of a licence by the name or address that a source states.

    Only public domain, CC0, CC-BY and the usual permissive licences are answered with yes. Terms that restrict the use
    (non-commercial, no derivatives, share alike) leave `unknown`, for the user to decide; those of shops say no.
    """
    text = f"{name} {url}".lower().replace("_", "-")
    plain = " ".join(name.split()) or "unknown"
    for pattern, redistribution, training in _PROPRIETARY:
        if re.search(pattern, text):
            return Permissions(plain, redistribution, training)
    if re.search(
        r"publicdomain/(zero|mark)|\bcc-? ?0\b|\bcc-?zero\b|creative commons zero|public[- ]domain|\bpdm\b", text
    ):
        return Permissions("CC0-1.0", "yes", "yes")
    if re.search(
        r"creative[- ]?commons|\bcc[ -]?by|\battribution\b.*\b(international|[1-4]\.\d|unported|generic)", text
    ):
        version = re.search(r"(?<![\d.])([1-4]\.\d)(?![\d.])", text) or re.search(
            r"\bby(?:[- ][a-z]{2})* ?-?([34])\b", text
        )
        limits = {
            "NC": r"non-? ?commercial|\bby[- ]nc|[- ]nc\b",
            "ND": r"no-? ?deriv|\bby[- ]nd|[- ]nd\b",
            "SA": r"share-? ?alike|\bby[- ]sa|[- ]sa\b",
        }
        found = [short for short, pattern in limits.items() if re.search(pattern, text)]
        number = [version[1] if "." in version[1] else f"{version[1]}.0"] if version else []
        licence = "-".join(["CC-BY", *found, *number])
        return Permissions(licence, "unknown", "unknown") if found else Permissions(licence, "yes", "yes")
    if re.search(_PERMISSIVE, text):
        return Permissions(plain, "yes", "yes")
    return Permissions(plain, "unknown", "unknown")


def stricter(new: Permissions, old: Permissions) -> Permissions:
    """The new statement of a licence, without what would loosen an older one.

    A permission that was `no` stays so, and a licence that is known to restrict the use is not replaced by one that
    allows more. An `unknown` of a licence that says nothing does not count.
    """
    known = permissions(old.licence)
    restricts = "no" in known[1:] or re.search(r"-(NC|ND|SA)\b", known.licence) is not None
    more = any(_RANKS[after] > _RANKS[before] for before, after in zip(old[1:], new[1:], strict=True))
    if restricts and more:
        return old
    return Permissions(
        new.licence,
        "no" if old.redistribution == "no" else new.redistribution,
        "no" if old.training == "no" else new.training,
    )
