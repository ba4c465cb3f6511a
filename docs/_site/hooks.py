"""What MkDocs does beside its own work: pages from files that are kept elsewhere, and a search that needs no server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
FROM_ELSEWHERE = {"results.md": "benchmarks/RESULTS.md", "changelog.md": "CHANGELOG.md"}
LESS = {"results.md": 0.2, "changelog.md": 0.05, "messages.md": 0.3}
LIGHT = re.compile(r"!\[[^\]]*\]\([^)]*_light\.webp\)")
LINKS = {"../benchmarks/RESULTS.md": "results.md", "../CHANGELOG.md": "changelog.md", "../README.md": "index.md"}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the pages whose files are not in docs/."""
    for page, file in FROM_ELSEWHERE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / file)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Makes links that work in the repository lead to the site's own pages, and questions first in a search."""
    question = page.file.src_uri.startswith("questions/")
    page.meta.setdefault("search", {"boost": 4 if question else LESS.get(page.file.src_uri, 1)})
    up = "../" * page.file.src_uri.count("/")
    for there, here in LINKS.items():
        markdown = markdown.replace(f"]({up}{there}", f"]({up}{here}")
    return re.sub(LIGHT, in_both_themes, markdown)


def in_both_themes(picture: re.Match[str]) -> str:
    """The light picture and, beside it, the dark one; the site shows the one that fits."""
    light, dark = picture[0].rstrip(")"), picture[0].rstrip(")").replace("_light.webp", "_dark.webp")
    return f"{light}#only-light) {dark}#only-dark)"


def on_post_build(*, config: MkDocsConfig) -> None:
    """Writes the search index as a script, too: a page that is opened from the disk may not read other files."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    index.with_suffix(".js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")
