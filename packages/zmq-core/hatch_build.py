"""Build hook: scikit-build-core's CMake build, with a short final error message and editable installs in place.

In editable mode the stock hook installs an import finder for the whole package ``zmq``, so that several distributions
cannot share the package.  Here ``pip install -e`` builds the contents of a wheel and copies the compiled files next to
their sources; hatch's ``dev-mode-dirs``, a plain .pth file, adds the folder to sys.path.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if sys.version_info < (3, 10):  # noqa: UP036 (the requirements of the build cannot be had there)
    raise SystemExit("\nzmq-core cannot be built: it needs Python 3.10 or later, and this is " + sys.version.split()[0])

from scikit_build_core.errors import FailedLiveProcessError
from scikit_build_core.hatch.plugin import ScikitBuildHook


@contextmanager
def _last_words() -> Iterator[str]:
    """Capture the output of CMake and the compilers; if a requirement is missing, print only the text that names it.

    Yields a temporary folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        problem, log = Path(folder, "problem"), Path(folder, "log")
        os.environ["ZMQ_BUILD_PROBLEM"] = str(problem)  # cmake/require.cmake writes it
        sys.stdout.flush()
        stdout, stderr = os.dup(1), os.dup(2)
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        try:
            yield folder
        except FailedLiveProcessError as failure:
            if problem.exists():
                log.write_bytes(b"")
                raise SystemExit("\n" + problem.read_text().rstrip()) from None
            raise SystemExit(f"\nzmq-core cannot be built: {failure.msg or failure}, for the reason above") from None
        finally:
            sys.stdout.flush()
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            os.close(stdout)
            os.close(stderr)
            print(log.read_text(errors="replace"), end="", flush=True)


class InplaceHook(ScikitBuildHook):
    """The CMake build of the compiled modules."""

    PLUGIN_NAME = "custom"
    _bundled: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; for an editable install copy the modules into ``src``, else put the docstrings into the stubs."""
        editable = version == "editable"
        build = Path(self.root, "build")
        with _last_words() as folder:
            if not os.access(build if build.exists() else self.root, os.W_OK):  # the sources are read-only
                os.environ["SKBUILD_BUILD_DIR"] = str(Path(folder, "build"))
            super().initialize("standard" if editable else version, build_data)
        for built, name in build_data["force_include"].items():
            source = Path(self.root, "src", name)
            docs = runpy.run_path(str(source / "_stub_docs.py"))
            docs["write_computed"](Path(built))
            if editable:
                shutil.copytree(built, source, dirs_exist_ok=True)
            else:
                docs["write_stubs"](source / "backend", Path(built, "backend"))
                docs["write_options"](source / "sugar" / "options.py", Path(built, "sugar", "options.py"))
                if Path(built, "licenses").exists() and os.access(self.root, os.W_OK):
                    self._declare_bundled(Path(built, "licenses"), build_data)
        if editable:
            build_data["force_include"] = {}

    def _declare_bundled(self, licenses: Path, build_data: dict[str, Any]) -> None:
        """Put the licences of bundled libraries (PEP 639) and their list (PEP 770) into the metadata.

        Where the sources are read-only they stay in zmq/licenses.
        """
        # hatchling takes licences from the package's folder only, and names them by their paths there
        self._bundled = Path(self.root, "bundled")
        shutil.rmtree(self._bundled, ignore_errors=True)
        shutil.move(licenses, self._bundled)
        sbom = self._bundled / "zmq-core.cdx.json"
        build_data["sbom_files"].append(str(sbom))
        core = self.metadata.core
        core.license_files.extend(
            path.relative_to(self.root).as_posix() for path in sorted(self._bundled.glob("*/*")) if path.is_file()
        )
        licensed = [part["licenses"][0]["expression"] for part in json.loads(sbom.read_text("utf-8"))["components"]]
        # It is computed once, from pyproject.toml, and there is no other way to change it for one wheel.
        core._license_expression = " AND ".join([core.license_expression, *licensed])  # noqa: SLF001

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was only for the wheel."""
        super().finalize(version, build_data, artifact_path)
        if self._bundled:
            shutil.rmtree(self._bundled)


def get_build_hook() -> type[InplaceHook]:
    """Return the class of the build hook: hatchling calls this."""
    return InplaceHook
