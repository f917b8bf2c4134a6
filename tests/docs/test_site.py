"""The site: it builds without a warning, every page is in its navigation, links lead somewhere, nothing is fetched."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import yaml

from tests.docs.browse import chromium, faults

pytest.importorskip("mkdocs")
pytest.importorskip("material")
pytest.importorskip("mkdocstrings")
pytest.importorskip("jupytext")

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
"""Elements that make a browser load something."""


class Links(HTMLParser):
    """What a page loads, leads to, and can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in LOADS and LOADS[tag] in values and values.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(values[LOADS[tag]])
        if tag == "a" and "href" in values:
            self.leads.append(values["href"])
        self.names |= {values[key] for key in ("id", "name") if key in values}


@pytest.fixture(scope="module")
def site(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A warning of MkDocs is an error: a broken link, a page that is not in the navigation."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder], cwd=checkout,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(checkout)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Links]:
    return {str(path.relative_to(site)): Links(path.read_text()) for path in sorted(site.rglob("*.html"))}


@pytest.mark.slow
def test_nothing_is_loaded_from_other_hosts(site: Path, pages: dict[str, Links]) -> None:
    far = {(name, link) for name, page in pages.items() for link in page.loads if urlsplit(link).netloc}
    assert not far
    styles = [path for path in site.rglob("*.css") if re.search(r"url\([\"']?(https?:)?//", path.read_text())]
    assert not styles


@pytest.mark.slow
def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path, pages: dict[str, Links]) -> None:
    wrong = set()
    for name, page in pages.items():
        for link in (*page.leads, *page.loads):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                if not re.fullmatch(r"[\w.-]+\.[a-z]{2,}(:\d+)?", parts.netloc) or " " in link:
                    wrong.add((name, link))
                continue
            if parts.scheme:
                wrong |= {(name, link)} if parts.scheme not in ("mailto", "data") else set()
                continue
            target = os.path.normpath(f"{Path(name).parent}/{parts.path}") if parts.path else name
            missing = not (site / target).exists() and name != "404.html"  # whose links are from the top
            if missing or (parts.fragment and target in pages and parts.fragment not in pages[target].names):
                wrong.add((name, link))
    assert not wrong, sorted(wrong)[:20]


@pytest.mark.slow
def test_the_pages_that_are_promised_are_there(pages: dict[str, Links]) -> None:
    """Those of each section, and one for each decision, tutorial and package of the API."""
    wanted = {"index", "first_hour", "concepts", "configuration", "outputs", "figures", "glossary", "faq", "gallery"}
    wanted |= {f"tutorials/{name}" for name in ("first_data_set", "own_assets", "train_raft", "farm", "aligner")}
    wanted |= {"reference/commands", "reference/api/dataset", "contributing", "changelog", "security", "sample"}
    assert {f"{name}.html" for name in wanted} <= set(pages)
    assert "dsia_gen.dataset.reader.Sample.flow" in pages["reference/api/dataset.html"].names


@pytest.mark.slow
def test_every_fence_of_code_is_one(site: Path, pages: dict[str, Links]) -> None:
    """A fence that is not understood turns code and prose about from there to the end of its page."""
    assert not [name for name in pages if "```" in (site / name).read_text()]


KINDS = ("index", "configuration", "reference/api/dataset", "tutorials/first_data_set", "decisions/index", "gallery")
"""A page of each kind; `python -m tests.docs.browse SITE` visits all."""


@pytest.mark.slow
@pytest.mark.browser
def test_pages_of_each_kind_in_a_browser(site: Path) -> None:
    pytest.importorskip("selenium")
    if shutil.which("chromedriver") is None:
        pytest.skip("chromedriver is not installed")
    browser = chromium()
    try:
        wrong = [
            f"{name}, {size}, {scheme}: {fault}"
            for name in KINDS
            for size, scheme in (("desktop", "light"), ("phone", "dark"))
            for fault in faults(browser, site / f"{name}.html", size, scheme)
        ]
    finally:
        browser.quit()
    assert not wrong, "\n".join(wrong)


def links_of(text: str) -> Iterator[str]:
    """Targets of the links of a page of Markdown, outside of code."""
    outside = re.sub(r"^ *(```+|~~~+).*?^ *\1 *$|`[^`\n]+`", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"\]\(([^)\s]+)", outside)


def test_links_of_the_files_themselves_lead_somewhere(checkout: Path) -> None:
    """As a host of repositories shows them, and without the site's packages: files relative to the page."""
    wrong = []
    for path in [*checkout.glob("*.md"), *checkout.glob("docs/**/*.md"), *checkout.glob(".github/**/*.md")]:
        for link in links_of(path.read_text()):
            parts = urlsplit(link)
            if not parts.scheme and parts.path and not (path.parent / parts.path).exists():
                wrong.append(f"{path.relative_to(checkout)}: {link}")
    assert not wrong


def test_a_page_that_the_navigation_leaves_out_is_added(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(checkout)
    hooks = importlib.import_module("mkdocs_hooks")
    nav = yaml.safe_load((checkout / "mkdocs.yml").read_text())["nav"]
    (how_to,) = [section["How-to"] for section in nav if "How-to" in section]
    left_out = how_to.pop(0)
    hooks.on_config(SimpleNamespace(nav=nav))
    assert [*left_out.values()] == [page for page in how_to if isinstance(page, str)]
    (decisions,) = [section["Decisions"] for section in nav if "Decisions" in section]
    assert len(decisions) == 1 + len([*(checkout / "docs" / "decisions").glob("[0-9]*.md")])


def test_the_readme_is_short_and_its_picture_small(checkout: Path) -> None:
    lines = (checkout / "README.md").read_text().splitlines()
    assert len(lines) <= 130
    (moving,) = [link for link in links_of("\n".join(lines)) if link.endswith(".gif")]
    assert (checkout / moving).stat().st_size < 1_500_000


DIALECT = re.compile(
    r"\b(by heart|files of strangers|is at it|somebody|nobody|anew|for ever|in vain)\b"
    r"|(?<!there )\b(is|are|was|were) no (?!longer|more\b|better|other|further|ground truth)\w+",
    re.IGNORECASE,
)
"""Phrases that sound like English and are not what a reader in a hurry understands."""


def test_words_are_those_of_plain_english(checkout: Path) -> None:
    """Pages, and every text of the package: messages, help, docstrings."""
    wrong = []
    for path in [*checkout.glob("*.md"), *checkout.glob("docs/*.md"), *checkout.glob("docs/tutorials/*.ipynb")]:
        if path.name != "CHANGELOG.md":
            wrong += [f"{path.name}: {found[0]}" for found in DIALECT.finditer(path.read_text())]
    for path in sorted((checkout / "dsia_gen").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                wrong += [f"{path.relative_to(checkout)}:{node.lineno}: {m[0]}" for m in DIALECT.finditer(node.value)]
    assert not wrong, "\n".join(wrong)
