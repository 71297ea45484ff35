"""The wheels that are published: what cibuildwheel builds on each machine of the workflow."""

from __future__ import annotations

import re

import nox

from sessions.environment import ROOT, settings_of

COMPILED = ["zmq-core", "zmq-devices"]  # the second is built with the wheels of the first
WORKFLOW = ROOT / ".github" / "workflows" / "wheels.yml"
PLATFORMS = {"ubuntu": "linux", "macos": "macos", "windows": "windows"}
"""cibuildwheel's names of the systems of the machines."""
FREE_THREADED = ["cp314t"]


def build(session: nox.Session) -> None:
    """Build those of one machine into dist; the arguments go to cibuildwheel."""
    for package in COMPILED:
        session.run("cibuildwheel", "--output-dir", "dist", *session.posargs, f"packages/{package}")


def list_all(session: nox.Session) -> None:
    """List those of all machines, and check that each has every Python that the package is for."""
    machines = re.findall(r"os: ([a-z]+)\S*, arch: (\w+)", WORKFLOW.read_text("utf-8"))
    for package in COMPILED:
        classifiers = " ".join(settings_of(package)["project"]["classifiers"])
        pythons = [f"cp3{minor}" for minor in re.findall(r"Python :: 3\.(\d+)", classifiers)] + FREE_THREADED
        total = 0
        for system, processor in machines:
            options = ["--platform", PLATFORMS[system], "--archs", processor, "--print-build-identifiers"]
            builds = str(session.run("cibuildwheel", *options, f"packages/{package}", silent=True)).split()
            session.log(f"{package}, {system}, {processor}: {' '.join(builds)}")
            total += len(builds)
            lacking = [python for python in pythons if not any(build.startswith(f"{python}-") for build in builds)]
            if lacking:
                session.error(f"no wheel of {package} for {' '.join(lacking)} on {system}, {processor}")
        session.log(f"{package}: {total} wheels on {len(machines)} machines")
