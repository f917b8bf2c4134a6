"""Every command that pages, docstrings, messages and comments print can be typed: bash and its program take it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.commands import Place, problems
from tests.docs.pages import Snippet, begins_command, of_pages, of_sources
from tests.docs.shell import commands

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash, which reads the commands")

TITLE = re.compile(r"\A *# *([\w.-]+\.(?:yaml|yml|txt|json|toml))\b.*\n")
"""The first line of a block that shows a file of the reader's: a comment with its name."""
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+\.md)")


def shown_files(snippets: list[Snippet]) -> dict[str, str]:
    """Files that blocks show, by name."""
    return {m[1]: s.text for s in snippets if not s.inline and (m := TITLE.match(s.text))}


def faults(snippets: list[Snippet], folder: Path, checkout: Path) -> Iterator[str]:
    """What is wrong with the commands of one page, in order; `folder` holds the files that the page shows."""
    for snippet in snippets:
        if snippet.language == "python":
            for name in re.findall(r"\.write\(\"([\w.-]+)\"\)", snippet.text):
                (folder / name).touch()  # of Python before: commands after it may read it
        if not (begins_command(snippet.text) if snippet.inline else snippet.is_shell):
            continue
        found, said = commands(snippet.text, folder, checkout)
        if "syntax error" in said or "No such file" in said:
            yield f"{snippet.place}: {said.splitlines()[0]}"
        for words in found:
            place = Place(checkout, folder, whole=not snippet.inline)
            yield from (f"{snippet.place}: {' '.join(words)}: {text}" for text in problems(words, place))
            for option, name in pairwise(words):
                if option in ("-o", "--output") and Path(name).suffix and not Path(name).is_absolute():
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).touch()  # of an earlier command: later ones may read it


def of_page(text: str, tmp_path: Path, checkout: Path) -> list[str]:
    from tests.docs.pages import snippets

    found = list(snippets(text, Path("page.md")))
    for name, content in shown_files(found).items():
        (tmp_path / name).write_text(content)
    return list(faults(found, tmp_path, checkout))


def test_every_command_of_every_page(checkout: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")  # whose configurations check the keys of --set
    by_page: dict[Path, list[Snippet]] = {}
    for snippet in of_pages(checkout):
        by_page.setdefault(snippet.page, []).append(snippet)
    shown = {page: shown_files(found) for page, found in by_page.items()}
    wrong: list[str] = []
    count = 0
    for number, (page, found) in enumerate(by_page.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        linked = {Path(*_plain(page.parent / name)) for name in LINK.findall((checkout / page).read_text())}
        for other in [*sorted(linked & set(shown)), page]:
            for name, content in shown[other].items():
                (folder / name).write_text(content)
        wrong += faults(found, folder, checkout)
        count += sum(begins_command(s.text) if s.inline else s.is_shell for s in found)
    assert count > 100 and not wrong, "\n".join(wrong)


def _plain(path: Path) -> list[str]:
    """The parts of a path without `..`."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


@pytest.mark.slow
def test_every_command_that_the_program_and_its_files_name(checkout: Path, tmp_path: Path) -> None:
    """Messages, docstrings and comments: brackets and alternatives are those of a synopsis there."""
    pytest.importorskip("torch")
    wrong, count = [], 0
    for snippet in of_sources(checkout):
        if not begins_command(snippet.text) or re.search(r"^\w+ : |^python from|^uv :", snippet.text):
            continue
        text = re.sub(r"[\[\]']|\.\.\.|\{[^}]*\}", " ", snippet.text)
        text = re.sub(r"<\w+>", "VALUE", re.sub(r"(?<=\S)(\|[\w-]+)+|\|", "", text))
        for command in re.split(r"&&|;", re.sub(r"> \S+", "", text.partition("#")[0])):
            count += 1
            place = Place(checkout, tmp_path, whole=False)
            wrong += [f"{snippet.place}: {command}: {problem}" for problem in problems(command.split(), place)]
    assert count > 50 and not wrong, "\n".join(wrong)


def test_what_is_installed_from_the_index_can_be_installed_from_a_clone(checkout: Path) -> None:
    """Of each page: with the same extras, since a reader of a clone may have no index that knows the package."""
    by_page: dict[Path, str] = {}
    for snippet in of_pages(checkout):
        by_page[snippet.page] = by_page.get(snippet.page, "") + snippet.text + "\n"
    wrong = []
    for page, text in by_page.items():
        for extras in re.findall(r"pip install [^\n]*dsia-gen(\[[\w,]+\])", text):
            named = [set(names.split(",")) for names in re.findall(r"pip install -e '\.\[([\w,]+)\]'", text)]
            if not any(set(extras.strip("[]").split(",")) <= names for names in named):
                wrong.append(f"{page}: pip install -e '.{extras}' is not named beside dsia-gen{extras}")
        if re.search(r"^(uvx|pipx run) dsia-gen", text, re.M) and not re.search(r"uvx --from \.|make quickstart", text):
            wrong.append(f"{page}: how to run it from a clone is not said")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("dsia-gen train codec|aligner CONFIG -o RUN", "pipe"),
        ("dsia-gen render dsia_train --dry-rum", "--dry-rum"),
        ("dsia-gen render no_such_job -o data", "no_such_job"),
        ("dsia-gen render tiny -o data --set quality.sample=3", "quality.sample"),
        ("dsia-gen scene sample outdor -o spec.json", "outdor"),
        ("dsia-gen scene sample outdoor", "needs"),
        ("dsia-gen dataset export data --format dmaligned -o out", "dmaligned"),
        ("dsia-gen dataset exports data", "exports"),
        ("dsia-gen assets check --assets ~/assets    hashes and more", "'hashes' is not a preset"),
        ("dsia-gen dataset validate DATASET [--workers N]", "no further words"),
        ("dsia-gen render my_job.yaml -o data", "neither in the repository"),
        ("dsia-gen dataset export data --format photographic -o out --settings phone.yaml", "phone.yaml"),
        ("dsia-gen train aligner tiny -o RUN --set train.stepz=3", "stepz"),
        ("dsia-gen evaluate DATASET -o REPORT --methods homographie", "homographie"),
        ("dsia-gen render tiny -o data --executor slum", "slum"),
        ("make quickstrat", "quickstrat"),
        ("make bench ARG=--quick", "ARG"),
        ("pip install 'dsia-gen[alignment]'", "alignment"),
        ("huggingface-cli upload me/data out", "hf"),
        ("python -m bench.nothing --only loop", "bench.nothing"),
        ("docker build -f render_jobs/cluster/Dockerfiel .", "Dockerfiel"),
        ("dsia-gen scene preview tiny -o sheet.png   # (a comment)\ndsia-gen render tiny (all) -o x", "syntax error"),
        ("ray job submit -- dsia-gen rendr tiny", "rendr"),
        ("for s in 0 1; do dsia-gen train aligner tiny -o runs/$s --sed 3; done", "--sed"),
        ("dsia-gen render tiny -o data && dsia-gen evaluat data", "evaluat"),
        ("install/environmnt.sh .venv", "environmnt"),
    ],
)  # fmt: skip
def test_what_cannot_be_typed_is_found(block: str, complaint: str, tmp_path: Path, checkout: Path) -> None:
    """Members of every kind of fault, in a block of their own."""
    pytest.importorskip("torch")
    found = of_page(f"```sh\n{block}\n```\n", tmp_path, checkout)
    assert any(complaint in text for text in found), found


@pytest.mark.parametrize(
    "page",
    [
        "```yaml\n# a.yaml\nname: mine\nscenes: [{config: tiny}]\n```\n```\ndsia-gen render a.yaml -o data\n```\n",
        "```\ndsia-gen scene sample tiny -o spec.json   # of it\ndsia-gen scene build spec.json -o scene.blend\n```\n",
        "```\nprintf 'Squirrel\\n' > names.txt\ndsia-gen assets fetch gso --list names.txt -o ~/assets\n```\n",
        "```console\n$ dsia-gen render render_jobs/tiny.yaml -o data\na (line) of an answer | not a command\n```\n",
        "`dsia-gen train` trains; `dsia-gen blender install --wheels` needs no network; `make` alone lists the targets",
        "```text\na | b  (c)\n```\n",
        "```\ndsia-gen evaluate DATASET -o REPORT --methods identity,dis | python3 -m json.tool\n```\n",
        "```\nfor s in 0 1; do\n  dsia-gen train aligner tiny --data d -o runs/a$s --set train.seed=$s\ndone\n```\n",
    ],
)  # fmt: skip
def test_what_can_be_typed_is_taken(page: str, tmp_path: Path, checkout: Path) -> None:
    pytest.importorskip("torch")
    assert of_page(page, tmp_path, checkout) == []
