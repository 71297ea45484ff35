"""Build hook: scikit-build-core's CMake build, with a short final error message and editable installs in place.

The docstring of zmq-core's hatch_build.py explains why the stock hook is not used.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if sys.version_info < (3, 10):  # noqa: UP036 (the requirements of the build cannot be had there)
    raise SystemExit(
        "\nzmq-devices cannot be built: it needs Python 3.10 or later, and this is " + sys.version.split()[0]
    )

from scikit_build_core.errors import FailedLiveProcessError
from scikit_build_core.hatch.plugin import ScikitBuildHook


class InplaceHook(ScikitBuildHook):
    """The CMake build of the compiled module."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; for an editable install copy the compiled module into ``src``, else the docstrings into the stubs."""
        editable = version == "editable"
        with tempfile.TemporaryDirectory() as folder:
            problem = Path(folder, "problem")
            os.environ["ZMQ_BUILD_PROBLEM"] = str(problem)  # CMakeLists.txt writes it
            build = Path(self.root, "build")
            if not os.access(build if build.exists() else self.root, os.W_OK):  # the sources are read-only
                os.environ["SKBUILD_BUILD_DIR"] = str(Path(folder, "build"))
            try:
                super().initialize("standard" if editable else version, build_data)
            except FailedLiveProcessError as failure:
                said = f"zmq-devices cannot be built: {failure.msg or failure}, for the reason above"
                if problem.exists():
                    said = problem.read_text().rstrip()
                raise SystemExit(f"\n{said}") from None
        for built, name in build_data["force_include"].items():
            source = Path(self.root, "src", name)
            if editable:
                shutil.copytree(built, source, dirs_exist_ok=True)
            else:
                _write_stubs(source / "devices", Path(built, "devices"))
        if editable:
            build_data["force_include"] = {}


def _write_stubs(source: Path, target: Path) -> None:
    """Do what zmq-core's build does, by its code, which is found and not imported: zmq-core need not run here."""
    zmq = find_spec("zmq")
    folders = (zmq and zmq.submodule_search_locations) or ()
    code = next(file for folder in folders if (file := Path(folder, "_stub_docs.py")).exists())
    runpy.run_path(str(code))["write_stubs"](source, target)


def get_build_hook() -> type[InplaceHook]:
    """Return the class of the build hook: hatchling calls this."""
    return InplaceHook
