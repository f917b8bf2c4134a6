"""Code that pages show: Python compiles and what it imports is there, YAML and TOML have keys that are known."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from dsia_gen.assets.fetch.sources.github import GitHubCollections
from dsia_gen.assets.manifest import Manifest
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.dataset.export.formats import FORMATS
from tests.docs.pages import Snippet, of_pages, snippets


@cache
def found_on_pages(checkout: Path) -> tuple[Snippet, ...]:
    return tuple(of_pages(checkout))


def missing_names(code: str) -> Iterator[str]:
    """Modules that are not there, and names that modules and classes do not have, of a piece of Python.

    Names of other packages are asked for where those are installed.
    """
    tree = ast.parse(code)
    bound: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                module, problem = imported(alias.name)
                top = alias.name.partition(".")[0]
                bound[alias.asname or top] = module if alias.asname or module is None else sys.modules[top]
                yield from [problem] if problem else []
        elif isinstance(node, ast.ImportFrom):
            module, problem = imported(node.module or "")
            yield from [problem] if problem else []
            for alias in node.names if module is not None else ():
                value = getattr(module, alias.name, None) or imported(f"{node.module}.{alias.name}")[0]
                bound[alias.asname or alias.name] = value
                if value is None and not hasattr(module, alias.name):
                    yield f"{node.module} has no {alias.name}"
    rebound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from missing_attribute(node, {name: value for name, value in bound.items() if name not in rebound})


def imported(name: str) -> tuple[Any, str]:
    """A module, or None and what is wrong; nothing is wrong with one of a package that may be absent."""
    top = name.partition(".")[0]
    if importlib.util.find_spec(top) is None:
        return None, "" if top in EXTRAS else f"there is no module {name}"
    try:
        return importlib.import_module(name), ""
    except ModuleNotFoundError as error:
        return None, str(error) if (error.name or "").startswith(top) else ""


def missing_attribute(node: ast.Attribute, bound: Mapping[str, Any]) -> Iterator[str]:
    """The first attribute of a dotted name that a module or a class does not have."""
    parts: list[str] = []
    item: ast.expr = node
    while isinstance(item, ast.Attribute):
        parts.insert(0, item.attr)
        item = item.value
    value = bound.get(item.id) if isinstance(item, ast.Name) else None
    for part in parts:
        if not isinstance(value, type | ModuleType) or part in annotated(value):
            return
        if not hasattr(value, part):
            yield f"{ast.unparse(node)}: there is no {part}"
            return
        value = getattr(value, part)


def annotated(value: Any) -> set[str]:
    """Fields that a class states, which it need not have as attributes of its own."""
    return {name for kind in getattr(value, "__mro__", ()) for name in getattr(kind, "__annotations__", {})}


EXTRAS = frozenset(
    ("bpy", "cv2", "datasets", "diffusers", "fiftyone", "matplotlib", "mlcroissant", "pandas", "ray", "rerun", "torch",
     "webdataset")
)  # fmt: skip
"""What a test may lack, since an extra or another program brings it."""


def models() -> dict[str, type[BaseModel]]:
    """What a block of YAML may be, by name."""
    found: dict[str, type[BaseModel]] = {
        "a job": JobConfig,
        "a scene configuration": SceneConfig,
        "a manifest": Manifest,
    }
    found |= {name: form.settings for name, form in FORMATS.items() if form.settings is not None}
    found["a list of collections"] = GitHubCollections
    try:
        from dsia_gen.align.training.trainable import TRAINABLES

        found |= {f"a configuration of {name}": kind.config for name, kind in TRAINABLES.items()}
    except ImportError:
        pass
    return found


def unknown_keys(text: str) -> str | None:
    """Why a piece of YAML is none of the files that this package reads."""
    document = yaml.safe_load(text)
    if not isinstance(document, dict):
        return "it is not a mapping"
    kinds = models()
    lacking = {name: sorted(set(document) - set(model.model_fields)) for name, model in kinds.items()}
    if any(not keys for keys in lacking.values()):
        return None
    name = min(lacking, key=lambda name: len(lacking[name]))
    return f"as {name}, {', '.join(lacking[name])} is not known"


@pytest.mark.slow
def test_python_compiles_and_what_it_imports_is_there(checkout: Path) -> None:
    wrong, count = [], 0
    for snippet in found_on_pages(checkout):
        if snippet.language not in ("python", "py"):
            continue
        count += 1
        try:
            compile(snippet.text, snippet.place, "exec")
            wrong += [f"{snippet.place}: {text}" for text in missing_names(snippet.text)]
        except SyntaxError as error:
            wrong.append(f"{snippet.place}: {error}")
    assert count > 10 and not wrong, "\n".join(wrong)


def test_yaml_and_toml_are_what_the_package_reads(checkout: Path) -> None:
    wrong, count = [], 0
    for snippet in found_on_pages(checkout):
        if snippet.language in ("yaml", "yml") and not snippet.page.match(".github/**/*"):
            count += 1
            problem = unknown_keys(snippet.text)
            wrong += [f"{snippet.place}: {problem}"] if problem else []
        elif snippet.language == "toml":
            count += 1
            tomllib.loads(snippet.text)
    assert count > 4 and not wrong, "\n".join(wrong)


FILE = re.compile(
    r"(?:dsia_gen|bench|docs|tests|render_jobs|scene_configs|align_configs|assets_manifest|schemas|install|examples)/[\w./*-]*\w"
)


def test_files_of_the_repository_that_pages_name_are_there(checkout: Path) -> None:
    wrong, count = [], 0
    for snippet in found_on_pages(checkout):
        if not snippet.inline or not FILE.fullmatch(snippet.text) or snippet.page.match("docs/decisions/*"):
            continue  # a decision names what was there at its time
        count += 1
        if not any(checkout.glob(snippet.text)):
            wrong.append(f"{snippet.place}: there is no {snippet.text}")
    assert count > 20 and not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import dsia_gen.datasett", "datasett"),
        ("from dsia_gen.dataset import opened", "opened"),
        ("import dsia_gen.dataset\nd = dsia_gen.dataset.opn('x')", "opn"),
        ("import dsia_gen.dataset as dd\ndd.Dataset.selected", "selected"),
        ("from dsia_gen.dataset import export\nexport.exports", "exports"),
        ("import nothing_at_all", "nothing_at_all"),
    ],
)
def test_names_that_are_not_there_are_found(code: str, complaint: str) -> None:
    assert any(complaint in text for text in missing_names(code))


@pytest.mark.parametrize(
    "text", ["cont: 3", "resolutions: [1, 2]\nname: a", "asset: []", "shots: [0, 1]\njpeg: [1, 2]"]
)
def test_keys_that_are_not_known_are_found(text: str) -> None:
    assert unknown_keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nimport json\n```\n",
        "   ```python\n   import json\n   if json:\n       pass\n   ```\n",
        "~~~python title=\"a.py\"\nimport json\n~~~\n",
        "```` python\nimport json\n````\n",
    ],
)  # fmt: skip
def test_a_block_is_found_however_it_is_fenced(text: str) -> None:
    """In a list, with tildes, with a title: the same code without its indentation."""
    (found,) = [s for s in snippets(text, Path("page.md")) if not s.inline]
    assert found.language == "python" and found.text.startswith("import json\n")
    compile(found.text, "page", "exec")
