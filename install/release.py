"""Prepares a release: checks that the tree says one version, builds it, checks what was built, writes notes and a list.

`python install/release.py 1.2.3` before the tag; with `--tagged` at the tag, as CI does. Nothing is tagged or uploaded.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRESETS = ("assets_manifest", "scene_configs", "render_jobs", "align_configs", "schemas")
WEIGHTS = "dsia_gen/align/weights/mc_aligner.safetensors"
SIGN_OFF = """# Sign-off of {version}

- [ ] `make test` on Python 3.11 and 3.13
- [ ] `tests/bare/run` on the systems of docs/install.md
- [ ] `make fuzz`, `make chaos`
- [ ] `make bench`: figures of docs/figures.md and docs/performance.md are of this version
- [ ] `dsia-gen render sample -o out/sample`, `dsia-gen dataset digest out/sample --compare FILE`, both lines
- [ ] data sets of the last release: `dsia-gen dataset validate`, `dsia-gen render DATASET/job.yaml` finds nothing to do
- [ ] the quickstart from the wheel on a machine that has seen none: `uvx --from dist/{wheel} dsia-gen quickstart`
- [ ] the site of `make docs` looked at, desktop and phone, light and dark
- [ ] the notes below read by a second person
- [ ] tag: `git tag -a v{version} -F dist/RELEASE_NOTES.md`, then `git push origin v{version}`
- [ ] upload: `uv publish dist/*{version}*`

{notes}
"""


def release_notes(changelog: str, version: str) -> str:
    """The section of a version in the changelog, without its heading; empty where there is none."""
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() + "\n" if found and found[1].strip() else ""


def tree_problems(root: Path, version: str) -> list[str]:
    """What in the files of the project says another version, or nothing of this one."""
    problems = []
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        problems.append(f"{version!r} is not of the form 1.2.3 or 1.2.3rc1")
    stated = {"dsia_gen/__init__.py": r'^__version__ = "(.+)"$', "CITATION.cff": r"^version: (.+)$"}
    for name, pattern in stated.items():
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        if found is None or found[1] != version:
            problems.append(f"{name} says {found[1] if found else 'no version'}, not {version}")
    if not release_notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version):
        problems.append(f"CHANGELOG.md has no section [{version}]; name it, with the date, above a new [Unreleased]")
    return problems


def git_problems(root: Path, version: str, tagged: bool) -> list[str]:
    """Changes that are not committed, and a tag that is there, or is missing with `tagged`, or is of another commit."""
    problems = []
    if _said(root, "git", "status", "--porcelain"):
        problems.append("there are changes that are not committed; commit them or put them away")
    here = _said(root, "git", "rev-parse", "HEAD")
    there = _said(root, "git", "rev-list", "-n", "1", f"v{version}", missing="")
    if tagged and there != here:
        problems.append(f"the tag v{version} is not of this commit")
    if not tagged and there:
        problems.append(f"the tag v{version} exists; raise the version, since a release is never changed")
    return problems


def archive_problems(names: Sequence[str], kind: str) -> list[str]:
    """What a wheel or source archive lacks, or holds that does not belong there, by the names of its files."""
    # a source archive has a folder of its own around everything
    inside = [name.partition("/")[2] if kind == "sdist" else name for name in names]
    if kind == "wheel":
        wanted = ["dsia_gen/__init__.py", WEIGHTS, *(f"dsia_gen/presets/{folder}/" for folder in PRESETS)]
        unwanted = ["tests/", "bench/", "out/", "dsia_gen/presets/tests/"]
    else:
        wanted = ["pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", WEIGHTS]
        wanted += [f"{folder}/" for folder in PRESETS]
        unwanted = ["out/", ".venv/", "site/"]
    problems = [f"the {kind} has no {part}" for part in wanted if not any(name.startswith(part) for name in inside)]
    problems += [f"the {kind} holds {part}" for part in unwanted if any(name.startswith(part) for name in inside)]
    if not any(Path(name).name == "LICENSE" for name in inside):
        problems.append(f"the {kind} has no LICENSE")
    return sorted(set(problems))


def _said(root: Path, *command: str, missing: str | None = None) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode and missing is None:
        raise SystemExit(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout.strip() if done.returncode == 0 else missing or ""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Exit code 0 when the release can be signed off."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="such as 1.2.3; the tag is v1.2.3")
    parser.add_argument("--tagged", action="store_true", help="the tag is there already")
    asked = parser.parse_args(arguments)
    version: str = asked.version
    problems = tree_problems(root, version) + git_problems(root, version, asked.tagged)
    if subprocess.run(["uv", "lock", "--check"], cwd=root, capture_output=True, check=False).returncode:
        problems.append("uv.lock is not that of pyproject.toml: make lock")
    if problems:
        print(f"{version} cannot be released:", *problems, sep="\n  ")
        return 1
    dist = root / "dist"
    _said(root, "uv", "build", "--quiet", "--out-dir", str(dist))
    wheel = next(dist.glob(f"dsia_gen-{version}-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        problems += archive_problems(archive.namelist(), "wheel")
    with tarfile.open(dist / f"dsia_gen-{version}.tar.gz") as archive:
        problems += archive_problems(archive.getnames(), "sdist")
    if problems:
        print(f"what was built of {version} is not right:", *problems, sep="\n  ")
        return 1
    notes = release_notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    (dist / "RELEASE_NOTES.md").write_text(notes, encoding="utf-8")
    (dist / "SIGN_OFF.md").write_text(SIGN_OFF.format(version=version, wheel=wheel.name, notes=notes), encoding="utf-8")
    print(
        f"{wheel}\n{dist}/dsia_gen-{version}.tar.gz\n{dist}/RELEASE_NOTES.md\n{dist}/SIGN_OFF.md: go through this list"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
