"""Downloads against a server that breaks off, refuses, lies and ignores what it is asked."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dsia_gen.assets.fetch.web import RemoteFile, Web
from dsia_gen.core.errors import AssetError
from tests.assets.fetch.server import Reply, Site

BODY = bytes(i * i % 251 for i in range(900_000))
MD5 = hashlib.md5(BODY).hexdigest()


def remote(site: Site, **known: object) -> RemoteFile:
    return RemoteFile(f"{site.url}/file", **known)  # type: ignore[arg-type]


def test_a_file_arrives_whole_and_nothing_else_does(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", BODY)
    web.download(remote(site, size=len(BODY), md5=MD5), tmp_path / "a/b.bin")
    assert (tmp_path / "a/b.bin").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.bin"]
    assert site.requests[0][1]["User-Agent"].startswith("dsia-gen/")


def test_a_cut_connection_is_resumed_where_it_broke(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", Reply(BODY, cut=500_000), Reply(BODY, cut=300_000), BODY)
    counted: list[int] = []
    web.download(remote(site, md5=MD5), tmp_path / "f", counted.append)
    assert (tmp_path / "f").read_bytes() == BODY
    assert sum(counted) == len(BODY)
    first, *others = site.ranges()
    begun = [int(str(text).removeprefix("bytes=").rstrip("-")) for text in others]
    assert first is None
    assert 500_000 - 2**16 < begun[0] <= 500_000
    assert begun[0] + 300_000 - 2**16 < begun[1] <= begun[0] + 300_000


def test_a_part_of_an_earlier_run_is_resumed(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", Reply(BODY, cut=400_000), Reply(status=500))
    with pytest.raises(AssetError, match="try again later"):
        web.download(remote(site), tmp_path / "f")
    assert not (tmp_path / "f").exists()
    site.serve("/file", BODY)
    web.download(remote(site, md5=MD5), tmp_path / "f")
    assert site.ranges()[-1] not in (None, "bytes=0-")
    assert (tmp_path / "f").read_bytes() == BODY


def test_a_server_that_ignores_range_sends_it_all_again(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", Reply(BODY, cut=500_000), Reply(BODY, ranges=False))
    counted: list[int] = []
    web.download(remote(site, md5=MD5), tmp_path / "f", counted.append)
    assert (tmp_path / "f").read_bytes() == BODY
    assert sum(counted) == len(BODY)


def test_a_file_that_changed_meanwhile_is_not_patched_together(site: Site, web: Web, tmp_path: Path) -> None:
    other = BODY[::-1]
    site.serve("/file", Reply(BODY, cut=500_000), Reply(other))
    web.download(remote(site), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == other


def test_retry_after_is_obeyed(site: Site, web: Web, waits: list[float], tmp_path: Path) -> None:
    site.serve("/file", Reply(status=429, headers={"Retry-After": "7"}), Reply(status=503), BODY)
    web.download(remote(site, md5=MD5), tmp_path / "f")
    assert waits[0] == 7.0
    assert waits[1] == pytest.approx(2.0, rel=0.51)
    assert len(site.requests) == 3


def test_a_very_long_wait_is_told_instead(site: Site, web: Web, waits: list[float], tmp_path: Path) -> None:
    site.serve("/file", Reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(AssetError, match="asks to wait 3600 seconds"):
        web.download(remote(site), tmp_path / "f")
    assert waits == []


def test_waits_double_until_it_gives_up(site: Site, web: Web, waits: list[float], tmp_path: Path) -> None:
    site.serve("/file", Reply(status=500))
    with pytest.raises(AssetError, match=r"failed 4 times in a row: the server answered 500"):
        web.download(remote(site), tmp_path / "f")
    assert [b / a for a, b in pairwise(waits)] == pytest.approx([2.0, 2.0])


def test_what_is_not_there_is_not_asked_for_again(site: Site, web: Web, waits: list[float], tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="answered 404"):
        web.download(remote(site), tmp_path / "f")
    assert len(site.requests) == 1
    assert waits == []


def test_nobody_there_is_told(web: Web, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="failed 4 times"):
        web.download(RemoteFile("http://127.0.0.1:9/file"), tmp_path / "f")


def test_a_machine_without_a_network_is_told_soon(web: Web, waits: list[float]) -> None:
    with pytest.raises(AssetError, match=r"nowhere\.invalid is unknown here; is this machine online"):
        web.json("http://nowhere.invalid/list")
    assert len(waits) == 1


@pytest.mark.parametrize("wrong", [{"md5": "0" * 32}, {"sha256": "0" * 64}])
def test_wrong_bytes_are_refused(site: Site, web: Web, tmp_path: Path, wrong: dict[str, str]) -> None:
    site.serve("/file", BODY)
    with pytest.raises(AssetError, match="wrong bytes"):
        web.download(remote(site, **wrong), tmp_path / "f")
    assert list(tmp_path.glob("f*")) == [] or not (tmp_path / "f").exists()


def test_bytes_that_were_wrong_once_come_again(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", BODY[:-1] + b"x", BODY)
    web.download(remote(site, md5=MD5), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_another_size_than_promised_is_no_success(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", BODY)
    with pytest.raises(AssetError, match="bytes came instead of"):
        web.download(remote(site, size=len(BODY) - 10), tmp_path / "f")
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize("length", [None, -1], ids=["stated", "not stated"])
def test_an_oversized_body_is_stopped(site: Site, web: Web, tmp_path: Path, length: int | None) -> None:
    site.serve("/file", Reply(BODY, length=length))
    small = Web(replace(web.limits, file_bytes=100_000), sleep=web.sleep)
    with pytest.raises(AssetError, match=r"limit of 97\.7 KiB"):
        small.download(remote(site), tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_a_full_disk_is_seen_before_the_download(site: Site, web: Web, tmp_path: Path) -> None:
    greedy = Web(replace(web.limits, free_bytes=2**62), sleep=web.sleep)
    with pytest.raises(AssetError, match="make room"):
        greedy.download(remote(site, size=10), tmp_path / "f")
    assert site.requests == []


def test_a_packed_file_stays_packed_whatever_the_server_calls_it(site: Site, web: Web, tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    site.serve("/file", Reply(packed, headers={"Content-Encoding": "x-gzip"}))
    web.download(remote(site, md5=hashlib.md5(packed).hexdigest()), tmp_path / "f.tar.gz")
    assert (tmp_path / "f.tar.gz").read_bytes() == packed


def test_a_redirect_is_followed(site: Site, web: Web, tmp_path: Path) -> None:
    site.serve("/file", Reply(status=302, headers={"Location": f"{site.url}/there"}))
    site.serve("/there", BODY)
    web.download(remote(site, md5=MD5), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == BODY


def test_only_web_addresses_are_opened(web: Web, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not an http or https address"):
        web.download(RemoteFile("file:///etc/passwd"), tmp_path / "f")


def test_an_answer_that_is_no_json_names_the_address(site: Site, web: Web) -> None:
    site.serve("/file", b"<html>")
    with pytest.raises(AssetError, match=r"/file answered something that is not JSON"):
        web.json(f"{site.url}/file")


def test_a_proxy_of_the_environment_is_used(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", site.url)
    site.serve("http://example.org/list", {"a": 1})
    assert web.json("http://example.org/list") == {"a": 1}
