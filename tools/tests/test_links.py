"""The links of the Markdown pages are valid: they name existing files and headings, or well-formed addresses.

The build of the manual, ``nox -s docs``, checks the links within the manual, because it makes their anchors.  With a
network ``nox -s docs -- linkcheck`` checks that other sites respond.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {"_build", "build", "node_modules", "dist"}
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(ROOT).parts)
)
LINK = re.compile(r"\[[^\]]*\]\(<?([^()\s>]+)>?\)|^\[[^\]]+\]: (\S+)$|<(https?://[^>\s]+)>", re.MULTILINE)
ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}]+")


def text_of(page: Path) -> str:
    """Return the text of a page, without its blocks of code."""
    return re.sub(r"(?ms)^( *)```.*?^\1```$|`[^`\n]*`", "", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"(?ms)^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    slugs = [re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower()).replace(" ", "-") for heading in headings]
    return set(slugs)


def links(page: Path) -> list[str]:
    return ["".join(match) for match in LINK.findall(text_of(page))]


def test_there_are_pages_with_links() -> None:
    assert len(PAGES) > 40
    assert len([link for page in PAGES for link in links(page)]) > 100


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert re.fullmatch(r"https", parts.scheme), link
            assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), link
            assert not re.search(r"[.,;:]$", link), link
        elif ROOT / "docs" not in page.parents:
            check_local(page, link)


def check_local(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    assert target.exists(), link
    if anchor and target.suffix == ".md":
        assert anchor in anchors(target), link


def test_addresses_in_sources_are_well_formed() -> None:
    files = [path for suffix in ("py", "pyx", "pyi", "toml") for path in ROOT.glob(f"packages/*/src/**/*.{suffix}")]
    for path in files:
        for address in ADDRESS.findall(path.read_text(encoding="utf-8")):
            assert urlsplit(address).netloc, f"{path}: {address}"
