"""Names in the files of a data set that lead out of it: every reader refuses them, and nothing outside changes."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.remote import Remote
from dsia_gen.dataset import DatasetLayout, open_dataset, update_index
from dsia_gen.dataset.export import FORMATS, ExportOptions, export
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.receipt import FileEntry, hash_of_files
from dsia_gen.dataset.report import write_report
from dsia_gen.dataset.shards import Shards
from dsia_gen.dataset.status import dataset_status
from dsia_gen.dataset.validate import validate
from dsia_gen.evaluate.samples import evaluation_samples
from tests.dataset.synthetic import write_dataset
from tests.files import HOSTILE_NAMES, Rows, rewrite_samples
from tests.s3 import CuttingProxy

ESCAPE = "../../../escape"
SCENE = "scenes/00000"
Change = Callable[[Any], Any]


def json_file(path: Path, change: Change) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def sealed(root: Path, change: Change, file: str = "") -> None:
    """Change a document of the scene, or its receipt; the receipt then agrees with itself and with the files."""
    scene = root / SCENE
    if file:
        json_file(scene / file, change)
    receipt = json.loads((scene / "receipt.json").read_bytes())
    if not file:
        change(receipt)
    for name in {"scene.json", "spec.json"} & receipt["files"].keys():
        data = (scene / name).read_bytes()
        receipt["files"][name] = {"size": len(data), "sha256": _sha256(data)}
    lines = {name: FileEntry.model_validate(entry) for name, entry in receipt["files"].items()}
    with suppress(UnicodeEncodeError):
        receipt["content_hash"] = hash_of_files(lines)  # type: ignore[arg-type]
    (scene / "receipt.json").write_text(json.dumps(receipt))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def row(column: str) -> Callable[[Path, str], None]:
    def edit(root: Path, name: str) -> None:
        def change(rows: Rows) -> Rows:
            return [{**rows[0], column: name}, *rows[1:]]

        rewrite_samples(DatasetLayout(root), change)

    return edit


def in_scene(change: Callable[[Any, str], None]) -> Callable[[Path, str], None]:
    return lambda root, name: sealed(root, lambda document: change(document, name), "scene.json")


def in_receipt(change: Callable[[Any, str], None]) -> Callable[[Path, str], None]:
    return lambda root, name: sealed(root, lambda document: change(document, name))


def in_index(change: Callable[[Any, str], None]) -> Callable[[Path, str], None]:
    return lambda root, name: json_file(root / "dataset.json", lambda document: change(document, name))


STOLEN = {"size": 7, "sha256": _sha256(b"escaped")}


@dataclass(frozen=True)
class Place:
    """Where a name stands: `edit` puts it there, and `refused` says whether opening the data set must fail."""

    name: str
    edit: Callable[[Path, str], None]
    refused: bool = False


PLACES = (
    Place("receipt.files", in_receipt(lambda d, n: d["files"].update({n: STOLEN}))),
    Place("receipt.run_files", in_receipt(lambda d, n: d["run_files"].update({n: STOLEN}))),
    *(Place(f"samples.{name}", row(name), True) for name in ("sample", "scene", "img1", "img2", "gt", "dynamic_union")),
    Place("samples.subset", row("subset"), True),
    Place("scene.metadata", in_scene(lambda d, n: d["metadata"].update(scene=n))),
    Place("scene.views", in_scene(lambda d, n: d["views"][0].update(key=n))),
    Place("scene.pairs.sample", in_scene(lambda d, n: d["pairs"][0].update(sample=n))),
    Place("scene.pairs.views", in_scene(lambda d, n: d["pairs"][0]["views"].update(gt=n))),
    Place("index.scenes", in_index(lambda d, n: d["scenes"][0].update(name=n)), True),
    Place("index.outputs", in_index(lambda d, n: d["outputs"][0].update(name=n)), True),
    Place("spec.environment", lambda root, n: sealed(root, lambda d: d["environment"].update(
        hdri={"root": "user", "path": n, "sha256": ""}), "spec.json")),
)  # fmt: skip


def read_all(place: Path | str, out: Path) -> list[str]:
    """Let every reader go over a data set; their errors, which must be ours."""
    errors = []
    options = ExportOptions(ratios=(1.0, 0.0, 0.0))

    def attempt(call: Callable[[], object]) -> None:
        try:
            call()
        except DsiaError as error:
            errors.append(str(error))

    attempt(lambda: dataset_status(DatasetLayout(place), hashes=True))
    attempt(lambda: validate(place, photometric=False))
    attempt(lambda: evaluation_samples(open_dataset(place), ("flow_gt_to_2",)))
    attempt(lambda: write_report(place, out / "report", max_pairs=1))
    attempt(lambda: [sample._repr_html_() for sample in open_dataset(place)])
    for form in FORMATS.names():
        attempt(lambda form=form: export(place, out / form, form, options, where="pair == 0"))  # type: ignore[misc]
    attempt(lambda: update_index(DatasetLayout(place)))
    return errors


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> DatasetLayout:
    """Two scenes of one small pair and every output: the names are what is read here. Not to be written to."""
    return write_dataset(tmp_path_factory.mktemp("small") / "set", pairs=1, size=(64, 36))


@pytest.fixture
def small_copy(small: DatasetLayout, tmp_path: Path) -> DatasetLayout:
    return DatasetLayout(shutil.copytree(small.root, tmp_path / "set"))


@pytest.fixture
def fence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files that nothing may touch; what may be written lies deep below it."""
    for depth in (".", "deep", "deep/er", "deep/er/still", "deep/er/still/out"):
        (tmp_path / depth).mkdir(exist_ok=True)
        (tmp_path / depth / "escape").write_bytes(b"mine")
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "deep/er/still/cache"))
    return tmp_path


def assert_untouched(fence: Path) -> None:
    escaped = [path for path in fence.rglob("*escape*") if path.is_file()]
    assert len(escaped) == 5 and all(path.read_bytes() == b"mine" for path in escaped), escaped


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_name_in_a_document_leads_nowhere(small: DatasetLayout, fence: Path, place: Place) -> None:
    root = Path(shutil.copytree(small.root, fence / "deep/er/still/set"))
    place.edit(root, ESCAPE)
    if place.refused:
        with pytest.raises(StorageError, match=r"samples\.csv|dataset\.json"):
            open_dataset(root)
    assert read_all(root, fence / "deep/er/still/out") or validate(root, photometric=False).errors
    assert_untouched(fence)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_every_kind_of_name_is_refused_in_receipts_and_tables(small_copy: DatasetLayout, name: str) -> None:
    with suppress(UnicodeEncodeError):
        row("scene")(small_copy.root, name)
        with pytest.raises(StorageError, match=r"samples\.csv"):
            open_dataset(small_copy.root)
    in_receipt(lambda d, n: d["files"].update({n: STOLEN}))(small_copy.root, name)
    assert dataset_status(small_copy, hashes=True).damaged == ("00000",)
    assert [p.scene for p in validate(small_copy.root, photometric=False).errors if p.check == "scene_opens"] == [
        "00000"
    ]


IN_STORES = {place.name: place for place in PLACES}


@pytest.mark.parametrize(("scheme", "name"), [
    ("memory", "receipt.files"), ("memory", "samples.scene"), ("memory", "scene.views"),
    pytest.param("s3", "receipt.files", marks=pytest.mark.slow),
])  # fmt: skip
def test_a_name_in_a_store_leads_nowhere(
    small: DatasetLayout, fence: Path, name: str, scheme: str, request: pytest.FixtureRequest
) -> None:
    place = IN_STORES[name]
    root = Path(shutil.copytree(small.root, fence / "deep/er/still/set"))
    place.edit(root, ESCAPE)
    address = f"memory://{place.name}/{fence.name}"
    if scheme == "s3":
        proxy: CuttingProxy = request.getfixturevalue("s3")
        address = proxy.address
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    remote = Remote(f"{address}/set")
    remote.upload("x", files)
    remote.fs.pipe_file(f"{remote.path()}/x/scenes/../escape", b"escaped")
    for times in range(3):  # whatever the names mean to the store, the bytes are there
        remote.fs.pipe_file(f"{remote.path()}/x/{SCENE}/{'../' * (times + 1)}escape", b"escaped")
    assert read_all(f"{address}/set/x", fence / "deep/er/still/out")
    assert_untouched(fence)


@pytest.mark.parametrize("file", ["scenes", "scenes/00000", "scenes/00000/views", "scenes/00000/scene.json",
                                  "scenes/00000/receipt.json", "dataset.json", "samples.csv", "job.yaml"])  # fmt: skip
def test_a_link_that_leads_out_is_refused(small_copy: DatasetLayout, tmp_path: Path, file: str) -> None:
    moved = tmp_path / "outside" / file
    moved.parent.mkdir(parents=True)
    (small_copy.root / file).rename(moved)
    (small_copy.root / file).symlink_to(moved)
    errors = read_all(small_copy.root, tmp_path / "out")
    assert any("leads out of" in error for error in errors) or validate(small_copy.root, photometric=False).errors


def test_names_in_the_receipt_of_an_export_remove_nothing(good: DatasetLayout, fence: Path) -> None:
    out = fence / "deep/er/still/out/export"
    options = ExportOptions(ratios=(1.0, 0.0, 0.0))
    export(good.root, out, "dmaligner", options, where="pair == 0")
    for part in (True, False):

        def change(document: Any, part: bool = part) -> None:
            (next(iter(document["parts"].values())) if part else document)["files"]["../../escape"] = 4

        whole = (out / "export.json").read_bytes()
        json_file(out / "export.json", change)
        with pytest.raises(StorageError, match=r"export\.json .*escape"):
            export(good.root, out, "dmaligner", options)
        (out / "export.json").write_bytes(whole)
    (out / "export.json").unlink()
    (out / ".export").mkdir()
    (out / ".export" / "journal.jsonl").write_text('{"format": "dmaligner", "files": {"../../escape": 4}}\n')
    with pytest.raises(StorageError):
        export(good.root, out, "dmaligner", options)
    assert_untouched(fence)


def test_an_export_follows_no_link_out_of_its_folder(good: DatasetLayout, fence: Path) -> None:
    out, outside = fence / "deep/er/still/out/export", fence / "deep/lists"
    outside.mkdir()
    (outside / "train.txt").write_text("mine")
    options = ExportOptions(ratios=(1.0, 0.0, 0.0))
    export(good.root, out, "dmaligner", options)
    shutil.rmtree(out / "lists")
    (out / "lists").symlink_to(outside)
    with pytest.raises(StorageError, match="leads out of"):
        export(good.root, out, "dmaligner", options, where="pair == 0")
    assert (outside / "train.txt").read_text() == "mine" and len(list(outside.iterdir())) == 1


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_a_sink_takes_no_hostile_name(tmp_path: Path, name: str) -> None:
    sink = Sink(tmp_path / "export")
    with pytest.raises(StorageError):
        sink.put(name, b"escaped")
    assert not sink.files and not (tmp_path / "export").exists()


def test_shards_are_read_from_their_folder_alone(tmp_path: Path) -> None:
    def shard(path: Path, member: str, kind: bytes = tarfile.REGTYPE) -> None:
        path.parent.mkdir(exist_ok=True)
        with tarfile.open(path, "w") as tar:
            info = tarfile.TarInfo(member)
            info.size, info.type = 2, kind
            tar.addfile(info, io.BytesIO(b"{}"))

    folder = tmp_path / "shards"
    shard(tmp_path / "escape.tar", "a_0000.json")
    shard(folder / "a.tar", "a_0000.json")
    (folder / "link.tar").symlink_to("../escape.tar")
    for name, words in (("../escape.tar", "escape"), ("link.tar", "leads out"), ("/etc/passwd", "passwd")):
        (folder / "shards.json").write_text(json.dumps({name: 1}))
        with pytest.raises(StorageError, match=words):
            Shards(folder)
    (folder / "shards.json").write_text(json.dumps({"b.tar": 1}))
    for member, kind in ((ESCAPE, tarfile.REGTYPE), ("a_0000.json", tarfile.SYMTYPE), ("a_0000.json", tarfile.DIRTYPE)):
        shard(folder / "b.tar", member, kind)
        with pytest.raises(StorageError):
            Shards(folder)
    (folder / "shards.json").write_text(json.dumps({"a.tar": 1}))
    assert Shards(folder).ids == ("a_0000",)


def test_a_tar_header_of_negative_size_does_not_hold_a_reader_up(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a_0000.json")
    info.size = -512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    (tmp_path / "a.tar").write_bytes(bytes(header) + bytes(1024))
    (tmp_path / "shards.json").write_text(json.dumps({"a.tar": 1}))
    with pytest.raises(StorageError):
        Shards(tmp_path)


def test_samples_of_a_scene_that_cannot_be_opened_are_not_exported(copy: DatasetLayout, tmp_path: Path) -> None:
    in_receipt(lambda d, n: d["files"].update({n: STOLEN}))(copy.root, ESCAPE)
    report = validate(copy.root, photometric=False)
    copy.replace(copy.root / "validation.json", report.document().to_json())
    made = export(copy.root, tmp_path / "out", "kitti", ExportOptions(ratios=(1.0, 0.0, 0.0)))
    assert made.samples["train"] == 1 and made.left_out == 3
