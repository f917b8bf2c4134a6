"""What doctor says of machines that lack something."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from dsia_gen.cli import diagnosis as machine
from dsia_gen.cli.main import run
from dsia_gen.core import cpus
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.registry import Registry


def test_the_packages_of_missing_libraries_are_named() -> None:
    advice = machine.library_advice(["libSM.so.6", "libXi.so.6"])
    assert advice == (
        "missing system libraries: libSM.so.6 libXi.so.6",
        "on Debian or Ubuntu: sudo apt-get install -y libsm6 libxi6",
    )


def test_without_a_list_all_packages_are_named() -> None:
    (line,) = machine.library_advice([])
    known = machine.DEBIAN_PACKAGES.values()
    assert {"libx11-6", "libxkbcommon0", "libgl1"} <= set(known) and len(known) == 10
    for package in known:
        assert package in line.split()


def test_the_installation_names_the_same_packages(checkout: Path) -> None:
    text = (checkout / "install" / "system.sh").read_text()
    for library, package in machine.DEBIAN_PACKAGES.items():
        assert f"{library}:{package}" in text


def test_a_library_that_is_unknown_is_still_named() -> None:
    assert machine.library_advice(["libstrange.so.1"]) == ("missing system libraries: libstrange.so.1",)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the dynamic linker of Linux")
def test_the_linker_tells_what_a_module_lacks(tmp_path: Path) -> None:
    assert machine.missing_libraries(tmp_path) == []
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "ldd").write_text("#!/bin/sh\nprintf '\\tlibSM.so.6 => not found\\n\\tlibc.so.6 => /lib/libc.so.6\\n'\n")
    (fake / "ldd").chmod(0o755)
    (tmp_path / "__init__.cpython-311.so").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(fake), prepend=":")
        assert machine.missing_libraries(tmp_path) == ["libSM.so.6"]


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_quota_of_a_container(tmp_path: Path, files: dict[str, str], cores: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpus.core_quota(tmp_path) == cores


def test_cores_are_those_of_the_quota_and_at_least_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)
    counts = []
    for quota in ("max", "200000", "1000", "9900000"):
        (tmp_path / "cpu.max").write_text(f"{quota} 100000\n")
        counts.append(cpus.cores())
    assert counts == [64, 2, 1, 64]


def test_extras_that_are_absent_come_with_their_command() -> None:
    finding = machine.extra("align", ["torch"])
    assert finding.state == "missing" and finding.value == "not installed: torch"
    assert finding.advice == ("pip install 'dsia-gen[align]'; from a clone: pip install -e '.[align]'",)
    assert machine.extra("x", []).state == "ok"


def test_every_extra_of_the_project_is_looked_at(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "packages", list)
    stated = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    shown = {found.name for found in machine.examine(blender=False)}
    assert {f"[{name}]" for name in stated} <= shown


def test_a_required_module_that_is_absent_is_broken() -> None:
    assert machine.module("no_such_module", "x").state == "broken"
    assert machine.module("json", "x").state == "ok"


@pytest.mark.parametrize("broken", [False, True])
def test_exit_code_and_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: bool) -> None:
    state = "broken" if broken else "ok"
    monkeypatch.setattr(machine, "python_version", lambda: machine.Diagnosis("Python", state, "3.10", ("advice",)))
    monkeypatch.setattr(sys, "argv", ["dsia-gen", "doctor", "--quick", "--json"])
    with pytest.raises(SystemExit) as ended:
        run()
    document = json.loads(capsys.readouterr().out)
    assert (ended.value.code or 0) == int(broken) and document["ok"] is not broken
    assert document["findings"][0] == {"name": "Python", "state": state, "value": "3.10", "advice": ["advice"]}


def test_a_broken_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "broken_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dsia_gen.export_formats]\nlost = nowhere_to_be_found:Format\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(machine, "REGISTRIES", ("tests.cli.test_doctor:FRESH",))
    (found,) = machine.packages()
    assert found.state == "missing" and "'lost' of the package broken-package" in found.value


FRESH: Registry[object] = Registry("export_formats", "export format")


@pytest.mark.blender
def test_blender_and_its_devices_are_found() -> None:
    blender, devices, local, *_ = machine.blender_findings()
    assert blender.state == "ok" and blender.value.startswith(blender_version())
    assert local.name == "local workers" and blender_version().startswith(local.value.split()[1].rstrip(","))
    assert devices.state == "ok" and "CPU" in devices.value
