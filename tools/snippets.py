"""Run the Python code of pages: ``python tools/snippets.py PAGE...``.

All blocks of a page share one namespace and run in order, in an empty folder.  HTML comments steer what runs:
``<!--- skip: next "reason" -->`` leaves a block out, and ``<!--- invisible-code-block: python ... -->`` holds code that
readers do not see, such as the peer of a snippet.  At the end it prints how many blocks ran, and why others did not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import types
import unittest
from collections.abc import Iterator
from pathlib import Path

from sybil import Document, Example
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).resolve().parent.parent


def pages() -> list[Path]:
    """Return the pages that have code: those of the manual, and the README files."""
    globs = ("docs/**/*.md", "*.md", "*/README.md", "packages/*/README.md")
    found = {page for pattern in globs for page in ROOT.glob(pattern)}
    return sorted(page for page in found if "_build" not in page.parts and "```python" in page.read_text("utf-8"))


def examples(page: Path) -> Iterator[Example]:
    """Yield the blocks of *page*, and its comments that steer them, in order."""
    document = Document.parse(str(page), PythonCodeBlockParser(), SkipParser())
    program = types.ModuleType("__main__")
    sys.modules["__main__"] = program  # so that pickle finds what a page defines
    document.namespace = program.__dict__
    return document.examples()


def run(page: Path) -> tuple[int, list[str]]:
    """Run the blocks of *page*; the first that fails ends it.

    Returns:
        How many blocks ran, and the reasons for which others were left out.
    """
    count, reasons = 0, []
    for example in examples(page):
        try:
            example.evaluate()
        except unittest.SkipTest as skip:
            reasons.append(f"line {example.line}: {skip}")
        except BaseException:
            print(f"{page}:{example.line}: this block fails", file=sys.stderr)
            raise
        else:
            count += isinstance(example.parsed, str)
    return count, reasons


def main() -> None:
    """Run the pages that are named, each in an empty folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="+", type=Path)
    for page in [path.resolve() for path in parser.parse_args().page]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                count, reasons = run(page)
            finally:
                os.chdir(ROOT)
        print(f"{page}: {count} blocks ran", *(f"  left out, {reason}" for reason in reasons), sep="\n")


if __name__ == "__main__":
    main()
