"""Types: mypy --strict and pyright on the sources; both, and stubtest, on the installed wheels."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import tempfile
from pathlib import Path

import nox

from sessions.environment import PACKAGES, ROOT, in_packages, python_of, temporary


def check_sources(session: nox.Session) -> None:
    """Check our code."""
    sources = in_packages("src")
    core = ROOT / "packages" / "zmq-core" / "src" / "zmq"
    runpy.run_path(str(core / "_stub_docs.py"))["write_computed"](core)  # as the build in place does
    scripts = ["noxfile.py", "dev.py", "packages/conftest.py"]
    tests = [[path] for path in in_packages("tests")]
    hooks = [[path] for path in in_packages("hatch_build.py")]  # all with one module name
    for paths in (sources, scripts, *tests, *hooks):
        session.run("mypy", *paths, env={"MYPYPATH": os.pathsep.join([*sources, "tools"])})
    # scripts that import modules of their folder
    for bases in (["examples", "examples/demo"], ["benchmarks"], ["tools", "tools/jobs"]):
        session.run("mypy", bases[0], env={"MYPYPATH": os.pathsep.join([*sources, *bases])})
    # One merged tree: pyright looks for all of zmq in the folder of zmq/__init__.py.
    tree = temporary(session, "sources")
    shutil.rmtree(tree, ignore_errors=True)
    for path in sources:
        shutil.copytree(path, tree, dirs_exist_ok=True)
    base = os.path.relpath(ROOT / "pyproject.toml", tree)
    # pyright's default excludes folders that begin with a dot, such as .nox.
    (tree / "pyrightconfig.json").write_text(json.dumps({"extends": base, "include": ["."], "exclude": []}))
    session.run("pyright", "--project", str(tree / "pyrightconfig.json"), "--pythonpath", python_of(session))
    shutil.rmtree(tree)


def check_wheels(session: nox.Session) -> None:
    """Check what users see: the installed wheels only, without our configuration."""
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        for package in PACKAGES:
            compiled = [
                ".".join(path.relative_to(ROOT / "packages" / package / "src").with_suffix("").parts)
                for path in sorted(ROOT.glob(f"packages/{package}/src/**/*.pyx"))
            ]
            if compiled:
                allowed = ["--allowlist", str(ROOT / "tools" / "stubtest.allowlist"), "--ignore-unused-allowlist"]
                session.run("stubtest", "--ignore-disjoint-bases", *allowed, *compiled)
            usage = ROOT / "packages" / package / "tests" / "typing_usage.py"
            if usage.exists():
                shutil.copy(usage, ".")
                # The file has ignore comments for each checker; each reports its superfluous ones.
                strict = {"enableTypeIgnoreComments": False, "reportUnnecessaryTypeIgnoreComment": True}
                Path("pyrightconfig.json").write_text(json.dumps(strict))
                session.run("mypy", "--strict", usage.name)
                session.run("pyright", "--pythonpath", python_of(session), usage.name)
