"""What is wrong with a printed command: its program, its options and their values, and the files that it names."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer

from dsia_gen.assets.fetch.asset_source import FETCH_SOURCES
from dsia_gen.cli.main import app
from dsia_gen.config.job_file import load_job
from dsia_gen.config.presets import Folder, preset_names
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.errors import DsiaError
from dsia_gen.dataset.export import FORMATS
from dsia_gen.farm.executor import EXECUTORS

OTHERS = frozenset(
    ("pip", "pipx", "uv", "uvx", "python", "python3", "torchrun", "docker", "ray", "sbatch", "scancel", "hf", "git")
)
"""Programs of others that pages name. A program that is not here is a mistake, or has another name by now."""
RENAMED = {"huggingface-cli": "hf"}
PREFIXES = ("sudo", "time", "nice", "nohup")
PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_]*(\.[a-z0-9]+)?|VALUE.*|<.*>")
"""A word in capitals stands for one of the reader's own."""
READ = (".yaml", ".yml", ".txt", ".json", ".toml", ".csv")
"""Suffixes of small files that a reader is not sure to have: a page that names one shows it or says what writes it."""
OUTPUTS = frozenset(("output", "run"))
"""Parameters that name what is written."""


@dataclass(frozen=True)
class Place:
    """Where a command is printed: the checkout, a folder with the files of its page, and whether it is whole there."""

    checkout: Path
    folder: Path
    whole: bool


def problems(words: Sequence[str], place: Place) -> Iterator[str]:
    """What is wrong with a command, one sentence each."""
    while words and (words[0] in PREFIXES or re.fullmatch(r"\w+=.*", words[0])):
        words = words[1:]
    if not words:
        return
    program = words[0].removeprefix(".venv/bin/")
    if program == "dsia-gen":
        yield from of_dsia_gen(words[1:], place)
    elif program == "make":
        yield from of_make(words[1:], place)
    elif program in RENAMED:
        yield f"{program} is called {RENAMED[program]} now"
    elif (place.checkout / program).is_file():
        return
    elif program in OTHERS or re.fullmatch(r"python3\.\d+", program):
        yield from of_another(words, place)
    else:
        yield f"{program!r} is not a program that pages may name; if | stands before it, a shell takes it for a pipe"


def of_another(words: Sequence[str], place: Place) -> Iterator[str]:
    """A program of others: what it runs of this project, and the files and extras that it names."""
    if "-m" in words and (at := words.index("-m") + 1) < len(words):
        module, rest = words[at], words[at + 1 :]
        path = place.checkout.joinpath(*module.split("."))
        top = module.partition(".")[0]
        if (place.checkout / top).is_dir() and not (
            path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        ):
            yield f"there is no module {module}"
        if module == "dsia_gen":
            yield from of_dsia_gen(rest, place)
    else:
        named = next((k for k, word in enumerate(words) if k and word == "dsia-gen" and k + 1 < len(words)), None)
        if named is not None and words[named + 1] == "dsia-gen":  # docker: an image, then a command
            named += 1
        if named is not None and (words[0] in ("uvx", "pipx", "ray") or words[:2] == ["docker", "run"]):
            yield from of_dsia_gen(words[named + 1 :], place)
    for word in words[1:]:
        if word.startswith("dsia-gen "):
            yield from of_dsia_gen(shlex.split(word)[1:], place)
        if (
            re.fullmatch(r"(render_jobs|docs|tests|dsia_gen|install|bench)/[\w./-]+", word)
            and not (place.checkout / word).exists()
        ):
            yield f"there is no file {word}"
        extras = re.fullmatch(r"(?:dsia-gen|\.)\[([\w,-]+)\]", word)
        known = _extras(place.checkout)
        yield from (
            f"there is no extra {name}" for name in (extras[1].split(",") if extras else ()) if name not in known
        )


def _extras(checkout: Path) -> list[str]:
    import tomllib

    return list(tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def of_make(words: Sequence[str], place: Place) -> Iterator[str]:
    text = (place.checkout / "Makefile").read_text()
    targets = re.findall(r"^([a-z][\w-]*):", text, re.M)
    variables = re.findall(r"^([A-Z]+)\s*\?=", text, re.M)
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in (variables if equals else targets):
            yield f"the Makefile has no {'variable' if equals else 'target'} {name}"


@cache
def program() -> Any:
    """The command line, whose callbacks are left out: they look for files of the reader's."""
    command = typer.main.get_command(app)
    groups = [command]
    while groups:
        group = groups.pop()
        groups += getattr(group, "commands", {}).values()
        for param in group.params:
            param.callback = None
    return command


def of_dsia_gen(words: Sequence[str], place: Place) -> Iterator[str]:
    """A command of this project: its options, their types, presets and names, and the files that it reads."""
    command = program()
    context = command.context_class(command, info_name="dsia-gen")
    path: list[str] = []
    rest = list(words)
    while hasattr(command, "commands"):
        values, rest, _ = command.make_parser(context).parse_args(rest)
        if not rest:
            if place.whole and not any(values.values()):
                yield f"{' '.join(['dsia-gen', *path])} lacks a command"
            return
        name, rest = rest[0], rest[1:]
        if name not in command.commands:
            if not PLACEHOLDER.fullmatch(name):
                near = difflib.get_close_matches(name, command.commands, 1)
                yield f"{' '.join(['dsia-gen', *path])} has no command {name!r}" + (f"; {near[0]}?" if near else "")
            return
        command = command.commands[name]
        context = command.context_class(command, parent=context, info_name=name)
        path.append(name)
    if not place.whole and rest and rest[-1].startswith("-") and "=" not in rest[-1]:
        flags = {o for p in command.params for o in (*p.opts, *p.secondary_opts) if getattr(p, "is_flag", False)}
        rest += [] if rest[-1] in flags or rest[-1] == "--help" else ["VALUE"]
    if "--help" in rest:
        return
    try:
        values, extra, _ = command.make_parser(context).parse_args(rest)
    except Exception as error:  # of click, whichever copy of it typer holds
        yield str(getattr(error, "format_message", error.__str__)())
        return
    if extra:
        yield f"{' '.join(path)} takes no further words: {' '.join(extra)}"
    given: dict[str, Any] = {}
    for param in command.params:
        value = values.get(param.name)
        if value is None or value == [] or value == ():
            if param.required and place.whole:
                yield f"{' '.join(path)} needs {param.opts[-1]}"
            continue
        try:
            given[param.name] = param.process_value(context, value)
        except Exception as error:
            texts = [str(item) for item in (value if isinstance(value, list | tuple) else [value])]
            if place.whole or not any(PLACEHOLDER.fullmatch(text) for text in texts):
                yield f"{' '.join(path)}: {getattr(error, 'format_message', error.__str__)()}"
    yield from _files(command, given, place)
    yield from _names(" ".join(path), given, place)


def _files(command: Any, given: dict[str, Any], place: Place) -> Iterator[str]:
    for param in command.params:
        if param.name in OUTPUTS or param.name not in given:
            continue
        value = given[param.name]
        for item in value if isinstance(value, list | tuple) else [value]:
            text = str(item)
            if not text.endswith(READ) or PLACEHOLDER.fullmatch(text) or re.search(r"[/\\]job\.yaml$|=|\*", text):
                continue
            if text.startswith("/") or not place.whole:
                continue
            if not (place.folder / text).is_file() and not (place.checkout / text).is_file():
                yield f"{text} is neither in the repository nor shown on the page, nor does a command before write it"


def _names(path: str, given: dict[str, Any], place: Place) -> Iterator[str]:
    """Names of presets, formats and the like; keys and values of --set."""

    def read(load: Callable[[str, Sequence[str]], object], name: str) -> Iterator[str]:
        file = next((at / name for at in (place.folder, place.checkout) if (at / name).is_file()), None)
        if name.endswith((".yaml", ".yml")) and file is None:
            return
        try:
            load(str(file or name), [text for text in given.get("overrides") or () if "VALUE" not in text])
        except DsiaError as error:
            yield str(error)

    def among(name: str | None, known: Sequence[str], what: str) -> Iterator[str]:
        if name and name not in known and not PLACEHOLDER.fullmatch(name) and not Path(name).suffix:
            yield f"{name!r} is not {what}"

    def is_name(value: object) -> bool:
        return isinstance(value, str) and not PLACEHOLDER.fullmatch(value) and not value.endswith("/job.yaml")

    if path in ("render", "quickstart") and is_name(given.get("job")):
        yield from read(load_job, given["job"])
    if path in ("scene sample", "scene preview") and is_name(given.get("config")):
        yield from read(load_scene_config, given["config"])
    if path == "train" and is_name(given.get("kind")):
        yield from _training(given, among)
    folders: dict[str, tuple[Folder, ...]] = {
        **dict.fromkeys(("assets list", "assets preview", "assets check"), ("assets_manifest",)),
        "config show": ("render_jobs", "scene_configs"),
    }  # fmt: skip
    presets = [name for folder in folders.get(path, ()) for name in preset_names(folder)]
    for key in ("manifests", "name") if presets else ():
        for name in [given[key]] if isinstance(given.get(key), str) else given.get(key) or ():
            yield from among(str(name), presets, "a preset")
    yield from among(given.get("form"), list(FORMATS), "a format")
    yield from among(given.get("executor"), list(EXECUTORS), "an executor")
    if path == "assets fetch":
        yield from among(given.get("source"), list(FETCH_SOURCES), "a source of assets")
    if path in ("evaluate", "align"):
        yield from _methods(given, among)


def _methods(given: dict[str, Any], among: Callable[..., Iterator[str]]) -> Iterator[str]:
    from dsia_gen.align.methods import METHODS

    for name in str(given.get("methods") or given.get("method") or "all").split(","):
        yield from among(name.strip(), [*METHODS.names(), "all", "default"], "a method")


def _training(given: dict[str, Any], among: Callable[..., Iterator[str]]) -> Iterator[str]:
    from dsia_gen.align.training.trainable import TRAINABLES

    yield from among(given["kind"], [*TRAINABLES.names(), "export"], "a kind of training")
    config = given.get("config", "")
    if given["kind"] not in TRAINABLES or not config or PLACEHOLDER.fullmatch(config) or config.endswith(".yaml"):
        return
    try:
        TRAINABLES.get(given["kind"]).config.load(config, [x for x in given.get("overrides") or () if "VALUE" not in x])
    except DsiaError as error:
        yield str(error)
