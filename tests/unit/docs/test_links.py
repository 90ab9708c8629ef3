"""Links of the documentation lead to files, anchors to headings, and every path named is there."""

import re
from pathlib import Path

import pytest

from deploy.devtools.paths import REPOSITORY

TOP = [REPOSITORY / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")]
PAGES = [*TOP, *sorted((REPOSITORY / "docs").rglob("*.md"))]

FENCED = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)\)")
PATH = re.compile(r"`((?:service|training|deploy|tests|docs)/[^`\s<>:]*)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, by GitHub's rules; a repeated heading is numbered from 1."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCED.sub("", page)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found[slug] = found.get(slug, 0) + 1
    return {slug if number == 0 else f"{slug}-{number}" for slug, count in found.items() for number in range(count)}


def broken(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    links = [link for link in LINK.findall(FENCED.sub("", page.read_text())) if "://" not in link]
    return [link for link in links if not _leads_somewhere(page, *link.partition("#")[::2])]


def _leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_path_named_is_there(page: Path) -> None:
    assert [path for path in PATH.findall(page.read_text()) if not (REPOSITORY / path).exists()] == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# Here & now\n## `int8`, twice\n## `int8`, twice\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    good = "[a](there.md) [b](there.md#here--now) [c](there.md#int8-twice-1) [d](https://example.org/x#y) [e](#own)"
    page.write_text(f"# Own\n{good}\n[f](gone.md) [g](there.md#gone) [h](there.md#no-heading) [i](#gone)\n")
    assert broken(page) == ["gone.md", "there.md#gone", "there.md#no-heading", "#gone"]
