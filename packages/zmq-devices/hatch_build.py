"""Build hook: scikit-build-core's CMake build, with clear last words and editable installs in place.

zmq-core's hatch_build.py tells why the stock hook will not do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from scikit_build_core.errors import FailedLiveProcessError
from scikit_build_core.hatch.plugin import ScikitBuildHook


class InplaceHook(ScikitBuildHook):
    """The CMake build of the compiled module."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; for an editable install put the results into ``src``."""
        editable = version == "editable"
        with tempfile.TemporaryDirectory() as folder:
            problem = Path(folder, "problem")
            os.environ["ZMQ_BUILD_PROBLEM"] = str(problem)  # CMakeLists.txt writes it
            build = Path(self.root, "build")
            if not os.access(build if build.exists() else self.root, os.W_OK):  # sources that are not ours to write to
                os.environ["SKBUILD_BUILD_DIR"] = str(Path(folder, "build"))
            try:
                super().initialize("standard" if editable else version, build_data)
            except FailedLiveProcessError as failure:
                said = f"zmq-devices cannot be built: {failure.msg or failure}, for the reason above"
                if problem.exists():
                    said = problem.read_text().rstrip()
                raise SystemExit(f"\n{said}") from None
        if editable:
            for built, name in build_data["force_include"].items():
                shutil.copytree(built, Path(self.root, "src", name), dirs_exist_ok=True)
            build_data["force_include"] = {}


def get_build_hook() -> type[InplaceHook]:
    """Hatchling's entry point."""
    return InplaceHook
