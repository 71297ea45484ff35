"""Every snippet of the manual and of the README files runs, but for those that say why not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "snippets.py"
ROOT = TOOL.parents[1]

sys.path.insert(0, str(TOOL.parent))
pytest.importorskip("sybil")
import snippets  # noqa: E402


@pytest.mark.parametrize("page", snippets.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_snippets_of_a_page_run(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(TOOL), str(page)],
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
    """Bring back the main module, which a page that runs replaces."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def test_a_snippet_that_fails_is_reported_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError):
        snippets.run(page)
    assert f"{page}:7: this block fails" in capsys.readouterr().err


def test_a_snippet_that_is_left_out_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('<!--- skip: next "needs a printer" -->\n\n```python\n1 / 0\n```\n\n```python\nx = 1\n```\n')
    count, reasons = snippets.run(page)
    assert count == 1
    assert [reason for reason in reasons if "needs a printer" in reason]
