"""Corruptions of a data set as a whole: dataset.json, samples.csv, ledger, card, job, and its folders."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dsia_gen.dataset import record_failure, update_index
from dsia_gen.dataset.documents import FailureDocument
from tests.dataset.corruption.target import Corruption, Json, Target, reindexed

Rows = list[list[str]]


def index(name: str, change: Callable[[Json], Any], reason: str = "") -> Corruption:
    return Corruption(f"dataset.json: {name}", "index", reindexed(change), sealed=False, reason=reason)


def table(name: str, change: Callable[[Rows], Any]) -> Corruption:
    """Change the rows of samples.csv, the first of which is its header."""

    def spoil(target: Target) -> None:
        path = target.layout.samples
        with path.open(newline="") as stream:
            rows = list(csv.reader(stream))
        change(rows)
        with path.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\r\n").writerows(rows)

    return Corruption(f"samples.csv: {name}", "index", spoil, sealed=False)


def cell(column: str, value: str) -> Corruption:
    return table(f"{column} of a row", lambda rows: rows[1].__setitem__(rows[0].index(column), value))


def text(file: str, name: str, change: Callable[[str], str]) -> Corruption:
    """Change a text file of the data set; ValueError where the change changes nothing."""

    def spoil(target: Target) -> None:
        path = target.layout.root / file
        old = path.read_text()
        new = change(old)
        if new == old:
            raise ValueError(f"{file}: {name} changes nothing")
        path.write_text(new)

    return Corruption(f"{file}: {name}", "index", spoil, sealed=False)


def whole(name: str, spoil: Callable[[Target], Any]) -> Corruption:
    return Corruption(name, "index", spoil, sealed=False)


def _file(name: str, change: Callable[[Path], Any]) -> Callable[[Target], Any]:
    return lambda target: change(target.layout.root / name)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _line(start: str, new: str | None) -> Callable[[str], str]:
    """The first line that starts so, replaced or left out."""

    def change(old: str) -> str:
        lines = old.splitlines()
        place = next(k for k, line in enumerate(lines) if line.startswith(start))
        lines[place : place + 1] = [] if new is None else [new]
        return "\n".join(lines) + "\n"

    return change


def _asset_row(column: int, value: str) -> Callable[[str], str]:
    """A cell of the first asset of ATTRIBUTION.md."""

    def change(old: str) -> str:
        lines = old.splitlines()
        place = next(k for k, line in enumerate(lines) if line.startswith("|---")) + 1
        cells = lines[place].strip("|").split("|")
        cells[column] = f" {value} "
        lines[place] = "|" + "|".join(cells) + "|"
        return "\n".join(lines) + "\n"

    return change


def _twin(target: Target) -> None:
    other = target.other_scene.folder
    shutil.rmtree(other)
    shutil.copytree(target.folder, other)
    update_index(target.layout)


def _rename(target: Target) -> None:
    target.folder.rename(target.folder.with_name("00007"))
    update_index(target.layout)


def _exchange(target: Target) -> None:
    """Two scenes under each other's names."""
    other, aside = target.other_scene.folder, target.folder.with_name("aside")
    target.folder.rename(aside)
    other.rename(target.folder)
    aside.rename(other)
    update_index(target.layout)


def _fail(target: Target) -> None:
    record_failure(target.layout, "00005", FailureDocument(error="E"))


ONE_NUMBER = {"pairs": 99, "scenes": 99, "views": 1, "bytes": 5}

INDEXED: tuple[Corruption, ...] = (
    *(index(f"counts.{key}", lambda d, k=key, v=v: d["counts"].update({k: v})) for key, v in ONE_NUMBER.items()),
    index("subsets", lambda d: d["counts"].update(subsets={"LcLf": 4})),
    index("settings", lambda d: d["counts"].update(settings={"indoor": 2})),
    index("configs", lambda d: d["counts"].update(configs={"another": 2})),
    index("name", lambda d: d.update(name="another")),
    index("seed", lambda d: d.update(seed=77)),
    index("content hash", lambda d: d.update(content_hash="0" * 64)),
    index("resolution", lambda d: d.update(resolution=[1920, 1080])),
    index("licences emptied", lambda d: d.update(licences=[])),
    index("licences all CC0", lambda d: [a.update(licence="CC0-1.0-x") for a in d["licences"]]),
    index("an asset left out", lambda d: d["licences"].pop()),
    index("permissions", lambda d: d["permissions"].update(redistribution={"yes": 99})),
    index("rule of licences", lambda d: d["permissions"].update(rule="trainable")),
    index("placements", lambda d: d.update(placements={})),
    index("renderers", lambda d: d.update(renderers=[{"blender": "9.9", "dsia_gen": "9.9", "scenes": 2}])),
    index("versions", lambda d: d.update(made_by={"dsia-gen": ["9.9.9"]})),
    index("an output left out", lambda d: d["outputs"].pop()),
    index("unit of an output", lambda d: d["outputs"][3].update(unit="mm")),
    index("type of an output", lambda d: d["outputs"][3].update(dtype="float64")),
    index("words of an output", lambda d: d["outputs"][3].update(about="distance along the ray")),
    index("conventions", lambda d: d["conventions"].update(flow="v up, source minus target")),
    index("occlusion reasons", lambda d: d["occlusion_reasons"].update({"2": "visible"})),
    index("seed of a scene", lambda d: d["scenes"][0].update(seed=1)),
    index("hash of a scene", lambda d: d["scenes"][0].update(content_hash="1" * 64)),
    index("pairs of a scene", lambda d: d["scenes"][0].update(pairs=77)),
    index("device of a scene", lambda d: d["scenes"][0].update(device="OPTIX")),
    index("a scene left out", lambda d: d["scenes"].pop()),
    index("timings", lambda d: d["timings"].update(views=1)),
    index("a failure", lambda d: d.update(failed=[{"scene": "00009", "message": "gone"}])),
    index("an unfinished scene", lambda d: d.update(unfinished=["00009"])),
    table("a row left out", lambda rows: rows.pop()),
    table("a row twice", lambda rows: rows.append(rows[1])),
    table("rows in another order", lambda rows: rows.append(rows.pop(1))),
    cell("sample", "00000_0042"),
    cell("scene", "00001"),
    cell("t1", "40"),
    cell("p2", "40"),
    cell("config", "another"),
    cell("setting", "space"),
    cell("seed", "3"),
    cell("subset", "none"),
    cell("camera_motion_px", "17.5"),
    cell("foreground_share", "0.9"),
    cell("median_depth_m", "nan"),
    cell("max_flow_1_to_2_px", "far"),
    cell("brightness_gt", "0.99"),
    cell("img1", "../../../etc/passwd"),
    cell("img2", "scenes/00001/views/t0000_p0000/image.png"),
    cell("gt", ""),
    table("header renamed", lambda rows: rows[0].__setitem__(rows[0].index("img1"), "first")),
    table("emptied", lambda rows: rows.clear()),
    whole("samples.csv missing", _file("samples.csv", Path.unlink)),
    whole("samples.csv is a pipe", _file("samples.csv", _pipe)),
    whole("dataset.json missing", _file("dataset.json", Path.unlink)),
    whole("dataset.json is a pipe", _file("dataset.json", _pipe)),
    whole("dataset.json is half", _file("dataset.json", lambda p: p.write_bytes(p.read_bytes()[:300]))),
    whole("ATTRIBUTION.md missing", _file("ATTRIBUTION.md", Path.unlink)),
    whole("ATTRIBUTION.md is a pipe", _file("ATTRIBUTION.md", _pipe)),
    text("ATTRIBUTION.md", "emptied", lambda old: "\n"),
    text("ATTRIBUTION.md", "licence of an asset", _asset_row(2, "Public Domain")),
    text("ATTRIBUTION.md", "name of an asset", _asset_row(0, "another")),
    text("ATTRIBUTION.md", "permission of an asset", _asset_row(3, "certainly")),
    text("ATTRIBUTION.md", "maker of an asset", _asset_row(7, "nobody in particular")),
    text("ATTRIBUTION.md", "an asset left out", lambda old: "\n".join(old.splitlines()[:-1]) + "\n"),
    text("ATTRIBUTION.md", "number of assets", lambda old: old.replace(" assets.", "1 assets.")),
    whole("the card missing", _file("DATASET_CARD.md", Path.unlink)),
    text("DATASET_CARD.md", "emptied", lambda old: "\n"),
    text("DATASET_CARD.md", "number of pairs", _line("| pairs |", "| pairs | 12345 |")),
    text("DATASET_CARD.md", "an output left out", _line("| `depth` |", None)),
    text("DATASET_CARD.md", "seed of the job", _line("- job seed:", "- job seed: 99;")),
    text("DATASET_CARD.md", "content hash", lambda old: old.replace("content hash `", "content hash `00")),
    whole("job.yaml missing", _file("job.yaml", Path.unlink)),
    whole("job.yaml is a pipe", _file("job.yaml", _pipe)),
    whole("job.yaml is a dangling link", _file("job.yaml", lambda p: (p.unlink(), p.symlink_to("gone")))),
    text("job.yaml", "broken", lambda old: "name: ["),
    text("job.yaml", "an unknown key", lambda old: old + "colour: red\n"),
    text("job.yaml", "seed", _line("seed:", "seed: 99")),
    text("job.yaml", "name", _line("name:", "name: another")),
    text("job.yaml", "samples", lambda old: old.replace("samples: ", "samples: 1")),
    text("job.yaml", "thresholds", lambda old: old.replace("camera_px_at_960: 15", "camera_px_at_960: 1")),
    text("job.yaml", "a comment", lambda old: "# changed\n" + old),
    text("job.yaml", "fewer scenes", lambda old: old.replace("count: 2", "count: 1")),
    whole("a scene twice", _twin),
    whole("a scene lost", lambda t: shutil.rmtree(t.folder)),
    whole("a scene under another number", _rename),
    whole("two scenes under each other's names", _exchange),
    whole("a foreign folder among the scenes", lambda t: (t.layout.scenes / "holiday").mkdir()),
    whole("a foreign file among the scenes", lambda t: (t.layout.scenes / "notes.txt").write_text("x")),
    whole("a pipe among the scenes", lambda t: os.mkfifo(t.layout.scenes / "00009")),
    whole("the record of a failure", _fail),
)
