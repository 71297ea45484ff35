"""Every snippet of the manual, the README files and the docstrings runs, except skipped ones with a reason."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "snippets.py"
ROOT = TOOL.parents[1]

sys.path.insert(0, str(TOOL.parent))
pytest.importorskip("sybil")
import snippets  # noqa: E402

SOURCE = '''class Thing:
    """A thing.

    Example::

        x = 1

        assert x == 1, zmq.PUSH

    >>> x + 1
    2
    """  # end

    def print(self):
        """Print it.

        .. skip: next "needs a printer"

        Example::

            1 / 0

        Example::

            assert "x" not in globals()  # another docstring
        """
'''


FILES = [*snippets.pages(), *snippets.sources()]

# The start of a line that only code has, or a prompt.
CODE = re.compile(
    r"^ *(import \w|from [\w.]+ import |(async )?(with|def) .*:$|@\w+(\(.*\))?$|>>> |\w+ = \w[\w.]*\()", re.MULTILINE
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_snippets_of_a_file_run(file: Path) -> None:
    if "anyio" in file.parts:
        pytest.importorskip("trio")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(TOOL), str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the main module, which a running page replaces."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.mark.parametrize("suffix", ["py", "pyx"])
def test_code_in_docstrings_is_marked_as_an_example(suffix: str) -> None:
    for path in ROOT.glob(f"packages/*/src/**/*.{suffix}"):
        text = "\n".join(docstring for _, docstring in snippets.docstrings_of(path))
        for document in snippets.documents(path):
            for example in document.examples():
                for line in example.region.parsed.splitlines() if isinstance(example.region.parsed, str) else ():
                    text = text.replace(line, "", 1) if CODE.match(line) else text
        assert [match[0] for match in CODE.finditer(text)] == [], path


def test_examples_of_docstrings_run_and_say_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source.py"
    source.write_text(SOURCE)
    count, reasons = snippets.run(source)
    assert count == 3
    assert [reason for reason in reasons if "needs a printer" in reason]
    source.write_text(SOURCE.replace("x == 1", "x == 2"))
    with pytest.raises(AssertionError):
        snippets.run(source)
    assert f"{source}:4: this block fails" in capsys.readouterr().err


def test_examples_of_compiled_modules_run(tmp_path: Path) -> None:
    source = tmp_path / "source.pyx"
    source.write_text(f"cdef class Thing:\n    cdef int field\n\n    {SOURCE.partition('# end')[0]}")
    assert snippets.run(source)[0] == 2


def test_a_snippet_that_fails_is_reported_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError):
        snippets.run(page)
    assert f"{page}:7: this block fails" in capsys.readouterr().err


def test_a_comparison_that_a_page_prints_must_be_true(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\nprint(x, x == 1, x is None or None)\n```\n")
    assert snippets.run(page)[0] == 1
    page.write_text("text\n\n```python\nx = 1\nprint(x, x == 2)\n```\n")
    with pytest.raises(AssertionError, match="x == 2"):
        snippets.run(page)


def test_a_snippet_that_is_left_out_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('<!--- skip: next "needs a printer" -->\n\n```python\n1 / 0\n```\n\n```python\nx = 1\n```\n')
    count, reasons = snippets.run(page)
    assert count == 1
    assert [reason for reason in reasons if "needs a printer" in reason]
