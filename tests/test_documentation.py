"""The documentation: a page and a picture for every question, code that runs, and a site in which nothing is broken."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from packaging.requirements import Requirement
from PIL import Image

import vizlib
from benchmarks.service.outside_links import outside
from vizlib.ui import navigation

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
DESCRIBED = sorted(path.stem for path in (DOCS / "questions").glob("*.md") if path.stem != "index")
TITLES = dict(re.findall(r'\("(\w+)", "([^"]+)", "\w+"', Path(navigation.__file__).read_text(encoding="utf-8")))
PARTS = ["On the page", "What to look at", "Controls", "In a script", "Papers", "Next"]
LEAST_WORDS, MOST_WORDS = 150, 420
MOST_BYTES = 3_000_000  # of all pictures
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(page: str) -> str:
    return (DOCS / "questions" / f"{page}.md").read_text(encoding="utf-8")


# The pages about the questions


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_dashboard_is_described_under_its_title(page: str) -> None:
    text = text_of(page)
    assert text.startswith(f"# {TITLES[page]}\n\n**")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert LEAST_WORDS <= len(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split()) <= MOST_WORDS


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_dashboard_has_its_picture_in_both_themes(page: str) -> None:
    shown = re.findall(r"!\[.{20,}?\]\(\.\./pictures/(\w+)_light\.webp\)", text_of(page))
    assert shown[:1] == [page]
    for name in shown:
        for theme in ("light", "dark"):
            with Image.open(DOCS / "pictures" / f"{name}_{theme}.webp") as picture:
                assert picture.width > 700
                assert picture.height > 150


def test_the_pictures_are_small_and_each_is_used() -> None:
    files = list((DOCS / "pictures").glob("*.webp"))
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    used = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md"))
    assert not [path.name for path in files if path.name.replace("_dark", "_light") not in used]


def test_the_list_of_questions_has_every_page() -> None:
    listed = re.findall(r"\]\((\w+)\.md\)", (DOCS / "questions" / "index.md").read_text(encoding="utf-8"))
    assert sorted(listed) == DESCRIBED
    assert set(PAGES) <= set(DESCRIBED)


# The code in them


def code(path: Path) -> list[str]:
    return PYTHON.findall(path.read_text(encoding="utf-8"))


def test_the_code_calls_names_that_are_there() -> None:
    for path in [DOCS / "index.md", *DOCS.glob("questions/*.md"), *DOCS.glob("extend/*.md")]:
        for block in code(path):
            called = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Attribute)]
            names = [node.attr for node in called if isinstance(node.value, ast.Name) and node.value.id == "vizlib"]
            assert not [name for name in names if not hasattr(vizlib, name)], path.name


@pytest.mark.slow
@pytest.mark.parametrize("page", ["../index", *DESCRIBED])
def test_the_code_about_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in code(DOCS / "questions" / f"{page}.md"):
        exec(compile(block, page, "exec"), {})


# The site


@dataclass
class Page(HTMLParser):
    """What a page of the site names: the anchors in it, its links, and what the browser fetches for it."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in ("img", "script", "iframe", "source") and "src" in found:
            self.assets.append(found["src"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.assets.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `python3 start.py docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Its pages by their files; not that of a missing page, whose links begin at the root of a server."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":
            found[path] = Page()
            found[path].feed(path.read_text(encoding="utf-8"))
    return found


def target(path: Path, link: str) -> tuple[Path, str] | None:
    """The file and the anchor that a link on a page leads to; None for another site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    return ((path.parent / unquote(parts.path)).resolve() if parts.path else path), unquote(parts.fragment)


def broken(pages: dict[Path, Page]) -> Iterator[str]:
    for path, page in pages.items():
        for link in [*page.links, *page.assets]:
            led = target(path, link)
            if led is None:
                continue
            file, anchor = led
            if not file.is_file() or (anchor and file in pages and anchor not in pages[file].ids):
                yield f"{path.name}: {link}"


@pytest.mark.slow
def test_every_link_and_every_anchor_of_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    assert len(pages) > 40
    assert not list(broken(pages))


@pytest.mark.slow
def test_the_site_fetches_nothing_from_other_servers(site: Path, pages: dict[Path, Page]) -> None:
    assert not [each for page in pages.values() for each in page.assets if target(site, each) is None]
    sheets = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)]*", sheets)


@pytest.mark.slow
def test_every_public_name_has_one_entry_with_its_source(site: Path, pages: dict[Path, Page]) -> None:
    reference = {path: page for path, page in pages.items() if path.parent == site / "reference"}
    for name in vizlib.__all__:
        own = {f"vizlib.{name}", f"vizlib.{name}.{name}"}  # `saliency` and `fooling` are rooms, too
        assert len([path for path, page in reference.items() if own & page.ids]) == 1, name
    text = "".join(path.read_text(encoding="utf-8") for path in reference)
    assert text.count("Source code in") > len(vizlib.__all__)


@pytest.mark.slow
def test_what_docstrings_list_is_a_list_and_what_looks_like_a_tag_is_text(site: Path) -> None:
    text = (site / "reference" / "networks.html").read_text(encoding="utf-8")
    item = text[text.index("<li><code>name</code>: ") :].partition("</li>")[0]
    assert "bundled/&lt;name&gt;" in item


def test_the_menu_of_the_site_names_every_page_once() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    named = re.findall(r"([\w/]+\.md)$", menu, re.MULTILINE)
    own = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    assert sorted(named) == sorted([*own, "results.md", "changelog.md"])


# The tools


def test_the_requirements_of_the_documentation_are_the_extra_docs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    lines = (ROOT / "requirements-docs.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert sorted(map(str, map(Requirement, listed))) == sorted(map(str, map(Requirement, extras["docs"])))


def test_outside_links_are_those_of_other_sites_and_of_papers() -> None:
    text = 'See [uv](https://docs.astral.sh/uv/), http://127.0.0.1:8501, "https://..." and arXiv\n1412.6806.'
    assert outside(text) == {"https://docs.astral.sh/uv/", "https://arxiv.org/abs/1412.6806"}
