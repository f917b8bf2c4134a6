"""Names of bones read as joints: the words of many schemes, in any order, case and spelling."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Side = str
"""`Left`, `Right`, or empty for what lies in the middle."""

_LEFT, _RIGHT = ("left", "l", "lft", "lf", "lt"), ("right", "r", "rgt", "rt")
_SIDES = dict.fromkeys(_LEFT, "Left") | dict.fromkeys(_RIGHT, "Right")
_LETTERS = ("l", "r", "c", "m", "x", "d", "b", "j", "f")
"""Words of one letter: they count only where a word may begin and end."""
_SHORT = ("lf", "lt", "rt", "lft", "rgt")
"""Words that count only between separators: `Lf_Arm`, but not `LFArm`."""

_CENTRE = {
    "hips": "hips|hip|pelvis|center|groove|lower torso|mid hip",
    "waist": "waist|lower body",
    "spine": "spine|abdomen|ab|belly|torso|chest|thorax|upper chest|rib cage|lower back|upper back|mid back|back|"
    "spine lower|spine upper|spine middle|spine mid|abdomen lower|abdomen upper|chest lower|chest upper|upper torso|"
    "upper body|lumbar|body",
    "neck": "neck|neck lower|neck upper|lower neck|upper neck",
    "head": "head",
    "root": "root|master|reference|trajectory|armature|hips root",
}
_SIDED = {
    "collar": "clavicle|clav|collar|collar bone|scapula|inner shoulder",
    "shoulder": "shoulder|shldr|shoulder bone",
    "upperarm": "upper arm|up arm|uarm|humerus|bicep|arm upper|arm stretch|shldr bend",
    "arm": "arm",
    "forearm": "fore arm|forearm|lower arm|low arm|elbow|radius|ulna|farm|arm lower|forearm bend|forearm stretch",
    "wrist": "wrist",
    "hand": "hand|palm|fist",
    "hip": "hip",
    "hip socket": "hip joint",
    "thigh": "thigh|up leg|upleg|upper leg|femur|thigh bend|thigh stretch|leg upper",
    "leg": "leg",
    "shank": "calf|shin|knee|shank|lower leg|low leg|tibia|leg lower|leg stretch",
    "ankle": "ankle",
    "foot": "foot|feet",
    "toe": "toe|toes|toe base|ball|big toe|toe tip",
}
_HELPERS = """
    twist roll ik fk pole target ctrl control controller helper hlp end nub site tip thumb index middle ring pinky
    pinkie little finger fingers
    metacarpal metatarsal metatarsals share breast bust boob pec pectoral eye eyes eyelid jaw
    tongue teeth tooth hair ear ears brow eyebrow lip lips cheek nose mouth face skirt cloth sleeve cape weapon sword
    prop props attach attachment socket slot hold handle item tail wing wings camera cam dummy adj sec opt mch physics
    phys collider muscle correct corrective offset null zero grp group geo mesh heel nail halo effector extra align
    mount cancel butt glute floor ground shadow look aim marker string ponytail bangs hat helmet top horse link ex
"""
"""Words of bones that are not joints: fingers, ends, targets, what hangs on a figure."""
_NOISE = """
    mixamorig mixamo rig bip biped valve valvebiped cc base skeleton def org jnt jt joint joints bone bones bn sk skel j
    c m x b bind character char model avg f the of d robot avatar armature sub main deform actor ref
"""
"""Words that say nothing of the joint."""

_PHRASES: dict[tuple[str, ...], dict[bool, str]] = {}
for _sided, _table in ((False, _CENTRE), (True, _SIDED)):
    for _part, _spellings in _table.items():
        for _phrase in _spellings.split("|"):
            _PHRASES.setdefault(tuple(_phrase.split()), {})[_sided] = _part
_VOCABULARY = {word for phrase in _PHRASES for word in phrase} | set(_SIDES) | set(_HELPERS.split())
_NOISY = frozenset(_NOISE.split())
_VOCABULARY |= _NOISY
_LONGEST = max(map(len, _VOCABULARY))

_JAPANESE = {
    "センター": "hips", "グルーブ": "hips", "腰": "hips", "下半身": "waist", "上半身": "spine", "首": "neck",
    "頭": "head", "肩": "collar", "腕": "upperarm", "ひじ": "forearm", "肘": "forearm", "手首": "hand",
    "足": "thigh", "ひざ": "shank", "膝": "shank", "足首": "ankle", "つま先": "toe", "足先": "toe",
    "全ての親": "root",
}  # fmt: skip
_LAYERS = {"def": -1, "d": -1, "org": 1, "ref": 1}
"""Copies of one joint in a rig: what deforms the mesh comes before what steers it."""


@dataclass(frozen=True)
class Reading:
    """What a name says: the part of a body, its side, and how well a bone of that name stands for it (less is better).

    The part is a word of the tables above: `hip`, `thigh`, `leg`, `shank` and so on, not yet a canonical joint.
    """

    part: str
    side: Side
    rank: int = 0


def read_names(names: Sequence[str]) -> list[Reading | None]:
    """What each name of a skeleton says, None where it names no joint of a humanoid.

    What nearly all names share (the name of the figure, a number from an exporter) is taken off first.
    """
    words = [_words(name) for name in names]
    for end in (0, -1):
        words = _without_shared(words, end)
    return [reading_of(row) for row in words]


def reading_of(words: Sequence[str]) -> Reading | None:
    """What the words of one name say."""
    sides = [_SIDES[word] for word in words if word in _SIDES]
    left = [word for word in words if word not in _SIDES and not word.isdigit()]
    number = min(sum(int(word) for word in words if word.isdigit()), 3)
    foreign = [word for word in left if not word.isascii()]
    if foreign:
        alone = len(foreign) == 1 and all(word in _NOISY for word in left if word.isascii())
        return _read_japanese(foreign[0], sides, number) if alone else None
    if len(set(sides)) > 1 or any(word not in _VOCABULARY for word in left):
        return None
    # `hip joint` is a phrase of its own, though `joint` alone says nothing.
    known = _PHRASES.get(tuple(left)) or _PHRASES.get(tuple(word for word in left if word not in _NOISY))
    part = None if known is None else known.get(bool(sides))
    layer = min((_LAYERS[word] for word in left if word in _LAYERS), default=0)
    return None if part is None else Reading(part, sides[0] if sides else "", 4 * layer + number)


def _read_japanese(word: str, sides: Sequence[Side], number: int) -> Reading | None:
    side = sides[0] if sides else ""
    if word[0] in "左右":
        side, word = ("Left" if word[0] == "左" else "Right"), word[1:]
    match = re.fullmatch(r"(.+?)(D|EX)?", word, re.IGNORECASE)
    part = _JAPANESE.get(match[1]) if match else None
    if match is None or part is None or bool(side) != (part in _SIDED):
        return None
    return Reading(part, side, (-4 if match[2] else 0) + number)


def _without_shared(words: list[list[str]], end: int) -> list[list[str]]:
    """Names without words that most of them begin (`end` 0) or finish (-1) with, and without numbers that count."""
    for _ in range(6):
        ends = Counter(row[end] for row in words if len(row) > 1)
        if not ends:
            return words
        word, count = ends.most_common(1)[0]
        numbered = [row for row in words if len(row) > 1 and row[end].isdigit()]
        different = len({row[-1] for row in numbered}) > 0.8 * len(numbered)
        if end == -1 and different and len(numbered) > max(0.8 * len(words), 4):
            words = [row[:-1] if len(row) > 1 and row[-1].isdigit() else row for row in words]
        elif count > max(0.6 * len(words), 2) and word not in _SIDES:
            keep = slice(1, None) if end == 0 else slice(-1)
            words = [row[keep] if len(row) > 1 and row[end] == word else row for row in words]
        else:
            return words
    return words


def _words(name: str) -> list[str]:
    """The lower-case words of a name, its numbers among them; a run of letters without a known word is one word."""
    found: list[str] = []
    text = unicodedata.normalize("NFKC", re.sub(r"^.*[:|]", "", name) or name)
    for chunk in re.findall(r"[^\W\d_]+|\d+", text):
        if chunk.isdigit() or not chunk.isascii():
            found.append(chunk)
            continue
        # Where a capital begins a word, or ends a run of capitals.
        humps = {m.start() for m in re.finditer(r"(?<=[a-z])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])", chunk)} | {0, len(chunk)}
        found += _split(chunk.lower(), tuple(sorted(humps)))
    return found


@lru_cache(maxsize=4096)
def _split(text: str, humps: tuple[int, ...]) -> tuple[str, ...]:
    """The division of a run of letters into the fewest words, those that begin and end with capitals before others."""
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for end in range(1, len(text) + 1):
        options: list[tuple[float, tuple[str, ...]]] = []
        for start in range(max(0, end - _LONGEST), end):
            word, (cost, row) = text[start:end], best[start]
            if word not in _VOCABULARY:
                continue
            aligned = (start in humps) + (end in humps)
            if (word in _LETTERS and aligned == 0) or (word in _SHORT and word != text):
                continue
            options.append((cost + 1.0 + 0.1 * (2 - aligned) + 0.2 * (len(word) == 1), (*row, word)))
        cost, row = best[end - 1]
        options.append((cost + 3.0, (*row, f"?{text[end - 1]}")))
        best.append(min(options))
    words: list[str] = []
    for word in best[-1][1]:
        if word.startswith("?") and words and words[-1].startswith("?"):
            words[-1] += word[1:]
        else:
            words.append(word)
    return tuple(words)
