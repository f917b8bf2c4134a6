"""What the documentation prints to be typed: blocks of code and commands in running text, of pages and docstrings."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>```+|~~~+) *(?P<language>[\w+-]*)[^\n]*\n(?P<text>.*?)^ *(?P=mark) *$", re.S | re.M
)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
COMMENTED = ("*.yaml", "*.yml", "*.sh", "Dockerfile", "*.toml")
"""Files whose comments say how they are used."""
SHELL = frozenset(("sh", "bash", "shell", "console"))
PROGRAMS = frozenset(
    ("dsia-gen", "make", "pip", "pipx", "uv", "uvx", "python", "python3", "torchrun", "docker", "ray", "sbatch", "hf",
     "huggingface-cli", "sudo", "time", ".venv/bin/pip", ".venv/bin/python", ".venv/bin/dsia-gen")
)  # fmt: skip
"""How lines of a block without a language begin that are commands, and spans that are whole commands."""


@dataclass(frozen=True)
class Snippet:
    """A block of code, or a span of one line (`inline`), with the place of its first line."""

    page: Path
    line: int
    language: str
    text: str
    inline: bool = False

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_shell(self) -> bool:
        """Whether it is to be typed into a shell: by its language, or because a line of it begins with a program."""
        if self.language:
            return self.language in SHELL
        return any(begins_command(line) for line in self.text.splitlines())


def begins_command(line: str) -> bool:
    """Whether a line begins with a program and says what it shall do."""
    first, _, rest = line.strip().removeprefix("$ ").partition(" ")
    return (first in PROGRAMS or re.fullmatch(r"python3\.\d+", first) is not None) and bool(rest.strip())


def pages(checkout: Path) -> list[Path]:
    """README and its neighbours, all of docs/, and what a repository shows to those who write to it."""
    found = [*checkout.glob("*.md"), *checkout.glob(".github/**/*.md")]
    for folder in ("docs", "examples", "align_configs", "render_jobs", "scene_configs"):
        found += (checkout / folder).glob("**/*.md")
    return sorted(path for path in found if path.name != "CHANGELOG.md")  # which says what was once


def snippets(text: str, page: Path) -> Iterator[Snippet]:
    """Every block and every span of code of a page of Markdown."""
    rest = text
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        body = "".join(
            line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in match["text"].splitlines(True)
        )
        yield Snippet(page, text.count("\n", 0, match.start("text")) + 1, match["language"], body)
        blank = re.sub(r"[^\n]", " ", match[0])
        rest = rest[: match.start()] + blank + rest[match.end() :]
    for match in SPAN.finditer(rest):
        yield Snippet(page, rest.count("\n", 0, match.start()) + 1, "", " ".join(match[2].split()), inline=True)


def of_pages(checkout: Path) -> list[Snippet]:
    """All snippets of all pages, and of the cells of notebooks."""
    found: list[Snippet] = []
    for path in pages(checkout):
        found += snippets(path.read_text(encoding="utf-8"), path.relative_to(checkout))
    for path in sorted([*checkout.glob("docs/**/*.ipynb"), *checkout.glob("examples/**/*.ipynb")]):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                found += snippets(text, path.relative_to(checkout))
    return found


def of_sources(checkout: Path) -> list[Snippet]:
    """Commands that docstrings, messages and comments name."""
    found: list[Snippet] = []
    for folder in ("dsia_gen", "bench", "examples", "tests/plugin", "tests/chaos", "tests/fuzz"):
        for path in sorted((checkout / folder).rglob("*.py")):
            for line, text in texts(ast.parse(path.read_text(encoding="utf-8"))):
                found += [
                    Snippet(path.relative_to(checkout), line, "", " ".join(match[2].split()), inline=True)
                    for match in SPAN.finditer(text)
                ]
                found += [
                    Snippet(path.relative_to(checkout), line, "", part.strip(), inline=True)
                    for part in re.findall(r"^    (\S.*)$", text, re.M)
                ]
    for folder in ("render_jobs", "scene_configs", "align_configs", "assets_manifest", "examples"):
        for pattern in COMMENTED:
            for path in sorted((checkout / folder).rglob(pattern)):
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                    if line.lstrip().startswith("#"):
                        comment = line.lstrip("# ").strip()
                        name = path.relative_to(checkout)
                        found.append(Snippet(name, number, "", comment, inline=True))
                        found += [Snippet(name, number, "", m[2], inline=True) for m in SPAN.finditer(comment)]
    return found


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string of a module, with VALUE for what is put into it."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= set(node.values)
            parts = (str(v.value) if isinstance(v, ast.Constant) else "VALUE" for v in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            yield node.lineno, node.value
