"""Names of other files in USD layers, text and binary, read without the USD library."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path

from dsia_gen.core.errors import AssetError

MAX_TOKENS = 64 * 2**20
"""Most bytes of the table of words of a binary USD file."""
USD_LAYERS = (".usd", ".usda", ".usdc", ".usdz")
_USD_ASSET = re.compile(rb"@+([^@\n]{1,4096}?)@+")


def usd_names(path: Path) -> set[str]:
    """Words of a USD file that may be names of other files: asset paths of a text, all words of a binary layer.

    AssetError for a file that is not readable, or a package whose layers are compressed.
    """
    layers = []
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() not in USD_LAYERS:
                    continue
                if member.compress_type != zipfile.ZIP_STORED:
                    what = f"its member {member.filename!r:.100} is compressed, which USDZ forbids"
                    raise AssetError(f"{path}: {what}; export it again")
                layers.append(archive.read(member))
    else:
        layers.append(path.read_bytes())
    words: list[bytes] = []
    for data in layers:
        words += _crate_tokens(path, data) if data.startswith(b"PXR-USDC") else _USD_ASSET.findall(data)
    return {word.decode("utf-8", "replace") for word in words if word}


def speaks_materialx(path: Path) -> bool:
    """Whether a layer may hold materials of MaterialX, or is a MaterialX file."""
    if path.suffix.lower() == ".mtlx":
        return True
    if path.suffix.lower() not in USD_LAYERS:
        return False
    if zipfile.is_zipfile(path) or path.read_bytes()[:8] == b"PXR-USDC":
        return any(":mtlx:" in name or name.lower().endswith(".mtlx") for name in usd_names(path))
    return b"mtlx" in path.read_bytes()


def _crate_tokens(path: Path, data: bytes) -> list[bytes]:
    """The words of a binary USD file: its section TOKENS, LZ4 blocks (Pixar, pxr/usd/usd/crateFile.cpp)."""
    broken = AssetError(f"{path} is not a readable USD file; export it again")
    try:
        (table,) = struct.unpack_from("<q", data, 16)
        (sections,) = struct.unpack_from("<Q", data, table)
        for k in range(min(sections, 64)):
            name, start, _ = struct.unpack_from("<16sqq", data, table + 8 + 32 * k)
            if name.rstrip(b"\0") != b"TOKENS":
                continue
            _, size, packed = struct.unpack_from("<QQQ", data, start)
            if size > MAX_TOKENS:
                raise broken
            # TfFastCompression: a count of chunks (0: the rest is one LZ4 block), then length and LZ4 block of each.
            block = data[start + 24 : start + 24 + packed]
            if block[0] == 0:
                return _lz4(block[1:], size).split(b"\0")
            out, at = b"", 1
            for _ in range(block[0]):
                (length,) = struct.unpack_from("<i", block, at)
                out += _lz4(block[at + 4 : at + 4 + length], size - len(out))
                at += 4 + length
            return out.split(b"\0")
    except (struct.error, IndexError, ValueError) as error:
        raise broken from error
    raise broken


def _lz4(data: bytes, limit: int) -> bytes:
    """An LZ4 block (lz4_Block_format.md). ValueError when it unpacks to more than `limit` bytes."""
    out, at = bytearray(), 0
    while at < len(data):
        token = data[at]
        literals, at = _length(data, at + 1, token >> 4)
        out += data[at : at + literals]
        at += literals
        if at >= len(data):
            break
        back = data[at] | data[at + 1] << 8
        count, at = _length(data, at + 2, token & 15)
        count += 4
        if not 0 < back <= len(out) or len(out) + count > limit:
            raise ValueError("broken block")
        out += (bytes(out[-back:]) * (count // back + 1))[:count]
    if len(out) > limit:
        raise ValueError("larger than it says")
    return bytes(out)


def _length(data: bytes, at: int, start: int) -> tuple[int, int]:
    """A length that goes on in bytes of 255, and where it ends."""
    total = start
    while start == 15:
        total += data[at]
        at += 1
        if data[at - 1] != 255:
            break
    return total, at
