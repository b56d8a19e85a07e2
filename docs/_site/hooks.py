"""Hooks of mkdocs: reference pages made from the code, and links to files that lie outside docs/.

On the forge a link such as `../models/huner6/README.md` leads to the file itself. The site has a page for each of these
files, below `repository/`, and the link leads there.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

import reference  # the file beside this one

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OUTSIDE = "repository"
"""The folder of the site that has the pages of files outside docs/."""

LINK = re.compile(r"(!?\]\()([^)#\s]+)((?:#[^)\s]*)?\))")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LANGUAGES = {".py": "python", ".toml": "toml", ".service": "ini", ".timer": "ini"}
PICTURES = (".png", ".svg")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and a page or a copy of each file outside docs/ that pages link to."""
    for name, text in reference.pages().items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    waiting = [*DOCS.rglob("*.md"), ROOT / "CHANGELOG.md"]
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in done:
            continue
        done.add(path)
        if not path.is_relative_to(DOCS):
            files.append(_outside(path, config))
        if path.suffix == ".md":
            waiting.extend(_targets(path))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Return the text of a page with links that lead to the pages of the site."""
    if page.file.src_uri.startswith("reference/"):
        return markdown
    source = _source(page.file.src_uri)
    return LINK.sub(lambda link: _on_site(link, source, page.file.src_uri), markdown)


def _source(uri: str) -> Path:
    """Return the file in the repository that a page of the site is made from."""
    if not uri.startswith(f"{OUTSIDE}/"):
        return DOCS / uri
    path = ROOT / uri.removeprefix(f"{OUTSIDE}/")
    return path if path.exists() else path.with_suffix("")  # `cron.example.md` shows cron.example


def _uri(path: Path) -> str:
    """Return the page of the site, or the picture, that shows a file of the repository."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    name = f"{OUTSIDE}/{path.relative_to(ROOT).as_posix()}"
    return name if path.suffix in (".md", *PICTURES) else f"{name}.md"


def _resolved(target: str, source: Path) -> Path | None:
    """Return the file that a link leads to, or None where it leads out of the repository."""
    if re.match(r"[a-z]+:", target):
        return None
    path = Path(os.path.normpath(source.parent / target))
    path = path / "README.md" if path.is_dir() else path
    return path if path.is_file() and path.is_relative_to(ROOT) else None


def _targets(source: Path) -> list[Path]:
    text = FENCED.sub("", source.read_text(encoding="utf-8"))
    paths = [_resolved(target, source) for _, target, _ in LINK.findall(text)]
    return [path for path in paths if path is not None]


def _on_site(link: re.Match[str], source: Path, uri: str) -> str:
    opening, target, rest = link.groups()
    path = _resolved(target, source)
    if path is None:
        return link[0]
    return f"{opening}{os.path.relpath(_uri(path), Path(uri).parent)}{rest}"


def _outside(path: Path, config: MkDocsConfig) -> File:
    uri = _uri(path)
    if path.suffix in (".md", *PICTURES):
        return File.generated(config, uri, abs_src_path=str(path))
    code = path.read_text(encoding="utf-8").rstrip()
    language = LANGUAGES.get(path.suffix, "text")
    title = path.relative_to(ROOT).as_posix()
    return File.generated(config, uri, content=f"# {title}\n\n````{language}\n{code}\n````\n")
