"""Archives that are honest, and archives that are not."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.assets.fetch.archive import UnpackLimits, unpack
from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath


def make_zip(path: Path, files: dict[str, bytes], mode: int = stat.S_IFREG | 0o644) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)
    return path


def make_tar(path: Path, files: dict[str, bytes], **fields: object) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            out.addfile(info, io.BytesIO(data))
    return path


def everything(name: str) -> str:
    return name


MAKERS = pytest.mark.parametrize(
    ("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar"), (make_tar, "a.tar.gz")], ids=["zip", "tar", "tar.gz"]
)


@MAKERS
def test_what_is_wanted_is_unpacked(tmp_path: Path, make, name: str) -> None:
    archive = make(tmp_path / name, {"a/one.txt": b"1" * 1000, "a/two.txt": b"2", "b.txt": b"3"})
    paths = unpack(archive, tmp_path / "out", lambda n: f"x/{n}" if n.startswith("a/") else None)
    assert paths == ["x/a/one.txt", "x/a/two.txt"]
    assert (tmp_path / "out/x/a/one.txt").read_bytes() == b"1" * 1000
    assert sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_file()) == ["one.txt", "two.txt"]


@MAKERS
@pytest.mark.parametrize("bad", ["../evil", "a/../../evil", "/tmp/evil", "C:/evil", "a\\..\\evil"])
def test_no_path_leads_outside(tmp_path: Path, make, name: str, bad: str) -> None:
    archive = make(tmp_path / name, {bad: b"x"})
    with pytest.raises(AssetError, match="outside the folder"):
        unpack(archive, tmp_path / "out/deep", everything)
    assert not list(tmp_path.rglob("evil"))


@given(st.text(alphabet="ab./\\: \0", max_size=12))
def test_whatever_a_path_is_it_is_refused_or_stays_inside(name: str) -> None:
    root = Path("/some/root")
    try:
        path = InsidePath.normal(name)
    except ValueError:
        return
    assert Path(os.path.normpath(root / path)).is_relative_to(root)
    assert Path(os.path.normpath(root / path)) != root


@MAKERS
def test_a_bad_path_counts_even_when_it_is_not_wanted(tmp_path: Path, make, name: str) -> None:
    archive = make(tmp_path / name, {"../evil": b"x", "good": b"y"})
    with pytest.raises(AssetError, match="outside the folder"):
        unpack(archive, tmp_path / "out", lambda n: n if n == "good" else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "../x"},
        {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 3},
        {"type": tarfile.FIFOTYPE},
    ],
    ids=["symlink", "hard link", "device", "pipe"],
)
def test_links_and_devices_of_a_tar_are_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    archive = make_tar(tmp_path / "a.tar", {"thing": b""}, **fields)
    with pytest.raises(AssetError, match="link or a device"):
        unpack(archive, tmp_path / "out", everything)
    assert not (tmp_path / "out/thing").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO], ids=["symlink", "device", "pipe"])
def test_links_and_devices_of_a_zip_are_refused(tmp_path: Path, kind: int) -> None:
    archive = make_zip(tmp_path / "a.zip", {"thing": b"/etc/passwd"}, kind | 0o777)
    with pytest.raises(AssetError, match="link or a device"):
        unpack(archive, tmp_path / "out", everything)


@MAKERS
def test_too_many_files_are_refused(tmp_path: Path, make, name: str) -> None:
    archive = make(tmp_path / name, {f"f{i}": b"" for i in range(20)})
    with pytest.raises(AssetError, match="more than 10 files"):
        unpack(archive, tmp_path / "out", everything, UnpackLimits(files=10))


@pytest.mark.parametrize(("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar.gz")], ids=["zip", "tar.gz"])
def test_bombs_are_refused(tmp_path: Path, make, name: str) -> None:
    archive = make(tmp_path / name, {f"zeros{i}": bytes(2**23) for i in range(4)})
    assert archive.stat().st_size < 2**16
    with pytest.raises(AssetError, match="may be a bomb"):
        unpack(archive, tmp_path / "out", everything)
    assert sum(p.stat().st_size for p in (tmp_path / "out").rglob("*") if p.is_file()) < 2**24


def test_what_an_archive_states_of_its_sizes_is_not_trusted(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"zeros": bytes(2**23)})
    data = archive.read_bytes()
    true, lie = (2**23).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(data.replace(true, lie))
    with pytest.raises(AssetError, match=r"broken|bomb"):
        unpack(archive, tmp_path / "out", everything, UnpackLimits(total_bytes=2**20))


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(2**16)))
    with pytest.raises(AssetError, match="may be a bomb"):
        unpack(archive, tmp_path / "out", everything)


@MAKERS
def test_a_name_that_occurs_twice_is_refused(tmp_path: Path, make, name: str) -> None:
    archive = make(tmp_path / name, {"Model.obj": b"1", "model.OBJ": b"2"})
    with pytest.raises(AssetError, match="twice"):
        unpack(archive, tmp_path / "out", everything)


@pytest.mark.parametrize("data", [b"", b"no archive at all" * 100, b"PK\x03\x04" + bytes(100), b"\x1f\x8b" + bytes(99)])
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(AssetError, match=r"a\.zip"):
        unpack(tmp_path / "a.zip", tmp_path / "out", everything)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar.gz")], ids=["zip", "tar.gz"])
def test_damage_is_told(tmp_path: Path, make, name: str, where: float) -> None:
    archive = make(tmp_path / name, {"f": bytes(i * i % 253 for i in range(50_000))})
    data = bytearray(archive.read_bytes())
    data[int(len(data) * where)] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(AssetError, match=name):
        unpack(archive, tmp_path / "out", everything)


def test_a_tar_header_of_negative_size_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.png")
    info.size = -512
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(AssetError):
        unpack(tmp_path / "a.tar", tmp_path / "out", str)
