"""The workflows run sessions of noxfile.py, on every Python that it lists, and hold no logic of their own."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
NOXFILE = (ROOT / "noxfile.py").read_text("utf-8")
SESSIONS = set(re.findall(r"@nox\.session.*\n(?:@.*\n)*def (\w+)", NOXFILE))


def test_every_session_that_a_workflow_runs_exists() -> None:
    named = {name for text in WORKFLOWS.values() for name in re.findall(r"dev\.py (\w+)", text)}
    listed = re.search(r"session: \[(.+)\]", WORKFLOWS["tests.yml"])
    assert listed is not None
    assert named | set(listed[1].split(", ")) <= SESSIONS
    assert {"tests", "docs", "cibuildwheel", "release"} <= named


def test_the_tests_run_on_every_python() -> None:
    pythons = re.findall(r'^    "([\d.]+)",$', NOXFILE, re.MULTILINE)
    matrix = re.search(r"python: \[(.+)\]", WORKFLOWS["tests.yml"])
    assert pythons
    assert matrix is not None
    assert re.findall(r'"([\d.]+)"', matrix[1]) == pythons


def test_every_step_is_one_command() -> None:
    for name, text in WORKFLOWS.items():
        assert "run: |" not in text, name
