"""Pages of the site that have their source outside docs/: README and its like, notebooks, commands, API, decisions."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent
REPOSITORY = "https://github.com/dsia-gen/dsia-gen/blob/main"
ROOT_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files at the top of the repository, and the pages that they become."""
API = "reference/api"
CODE = re.compile(r"(^ *(`{3,}|~{3,})[^\n]*\n.*?^ *\2[^\n]*$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\()([^)\s]+)(?=[)\s])")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add to the navigation a page of the API for each package, each decision, and pages that mkdocs.yml leaves out."""
    nav: list[dict[str, Any]] = config.nav  # type: ignore[assignment]
    stated = str(nav)
    for section in nav:
        if "How-to" in section:
            section["How-to"] += [name for name in further_pages() if f"'{name}'" not in stated]
    for section in nav:
        if "Reference" in section:
            pages = [{f"dsia_gen.{package}": f"{API}/{package}.md"} for package in api_packages()]
            section["Reference"].append({"Python API": [f"{API}/index.md", *pages]})
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    nav.insert(-1, {"Decisions": ["decisions/README.md", *(f"decisions/{name}" for name in decisions)]})
    return config


def further_pages() -> list[str]:
    """Pages and tutorials in docs/, of which mkdocs.yml may name all; the others come last among the how-to pages."""
    docs = ROOT / "docs"
    return sorted(
        [
            *(path.name for path in docs.glob("*.md")),
            *(f"tutorials/{p.stem}.md" for p in docs.glob("tutorials/*.ipynb")),
        ]
    )


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages; a notebook becomes a page, and stays beside it to be downloaded."""
    pages = {page: (ROOT / name).read_text() for name, page in ROOT_PAGES.items()}
    pages["reference/commands.md"] = commands_page()
    pages |= api_pages()
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        pages[notebook.src_uri.removesuffix(".ipynb") + ".md"] = notebook_page(Path(str(notebook.abs_src_path)))
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links of a page at pages of the site, and those to other files of the repository at the repository."""
    source = next((name for name, uri in ROOT_PAGES.items() if uri == page.file.src_uri), f"docs/{page.file.src_uri}")
    parts = CODE.split(markdown)
    # The pattern has two groups: of each three parts the first is text, the second code, the third its fence.
    for index in range(0, len(parts), 3):
        parts[index] = LINK.sub(
            lambda found: found[1] + link_of_site(found[2], source, page.file.src_uri), parts[index]
        )
        if index + 2 < len(parts):
            parts[index + 2] = ""
    return "".join(part for part in parts if part)


def link_of_site(link: str, source: str, uri: str) -> str:
    """A link in the file `source` of the repository as page `uri` of the site has it; a broken one stays."""
    if SCHEME.match(link):
        return link
    path, hash_sign, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if target in ROOT_PAGES:
        target = ROOT_PAGES[target]
    elif target.startswith("docs/"):
        target = re.sub(r"(?<=^docs/tutorials/)(.*)\.ipynb$", r"\1.md", target).removeprefix("docs/")
    elif (ROOT / target).exists() and not target.startswith(".."):
        return f"{REPOSITORY}/{target}{hash_sign}{anchor}"
    else:
        return link
    return posixpath.relpath(target, posixpath.dirname(uri) or ".") + hash_sign + anchor


def notebook_page(path: Path) -> str:
    """A notebook as Markdown; commands have the values of its parameters, as a shell takes them."""
    import jupytext

    notebook = jupytext.read(path)
    values: dict[str, object] = {}
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            exec(cell.source, values)  # assignments of our own
        cell.metadata = {}  # tags behind the fence would keep it from being one
        lines = cell.source.splitlines()
        if cell.cell_type == "code" and lines and all(line.startswith("!") or not line for line in lines):
            cell.cell_type = "markdown"
            typed = (re.sub(r"\{([A-Z]+)\}", lambda name: str(values[name[1]]), line) for line in lines)
            cell.source = "\n".join(["```", *(line.removeprefix("!") for line in typed), "```"])
    notebook.metadata = {}
    text = str(jupytext.writes(notebook, "md"))
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return f"{text}\n\n[This page as a notebook](./{path.name}){{ download }}\n"


def commands_page() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    import typer
    from typer.cli import get_docs_for_click

    from dsia_gen.cli.main import app

    command = typer.main.get_command(app)
    groups: list[Any] = [command]
    while groups:  # lists of commands show sentences whole
        for below in getattr(groups.pop(), "commands", {}).values():
            below.short_help = " ".join((below.help or "").partition("\n\n")[0].split())
            groups.append(below)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="dsia-gen", title="Commands")
    return text.replace("<", "&lt;")


def public_modules() -> list[str]:
    from tests.public_modules import PUBLIC_MODULES

    return list(PUBLIC_MODULES)


def api_packages() -> list[str]:
    """Packages that have public modules, in the order of the alphabet."""
    return sorted({name.split(".")[1] for name in public_modules()})


def api_pages() -> dict[str, str]:
    """A page for each package, with the modules whose docstrings tests hold complete, and a list of them."""
    pages, listed = {}, ["# Python API", "", "Modules for use from Python, by package.", ""]
    for package in api_packages():
        modules = [name for name in public_modules() if name.split(".")[1] == package]
        links = ", ".join(f"[`{name}`]({package}.md#{name})" for name in modules)
        listed += [f"- [dsia_gen.{package}]({package}.md): {links}"]
        rank = ["---", "search: {boost: 0.3}", "---", ""]  # below the pages that explain
        body = [f"# dsia_gen.{package}", "", *(f"::: {name}\n" for name in modules)]
        pages[f"{API}/{package}.md"] = "\n".join(rank + body)
    pages[f"{API}/index.md"] = "\n".join(listed) + "\n"
    return pages
