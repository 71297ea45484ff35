"""What a wheel says about the libraries that are inside it."""

from __future__ import annotations

import json
from importlib.metadata import PackagePath, distribution, metadata
from typing import Any

import pytest

import zmq
from zmq.backend import _build

FILES = distribution("zmq-core").files or []
BUNDLED = ("libzmq", "libsodium")

installed_in_place = pytest.mark.skipif(
    any(file.suffix == ".pth" for file in FILES), reason="it is installed in place, not from a wheel"
)
bundled = pytest.mark.skipif(_build.LINK != "bundled", reason="libzmq is not inside the wheel")


def below(folder: str) -> list[PackagePath]:
    """Return the files in a folder of the metadata."""
    return [file for file in FILES if file.parts[0].endswith(".dist-info") and file.parts[1] == folder]


@pytest.mark.skipif(_build.LINK == "bundled", reason="libzmq is inside the wheel")
def test_a_wheel_without_libraries_lists_none() -> None:
    assert "zmq-core.cdx.json" not in {file.name for file in below("sboms")}  # auditwheel may add one of its own
    assert metadata("zmq-core")["License-Expression"] == "BSD-3-Clause"


@installed_in_place
@bundled
def test_a_wheel_lists_the_versions_of_its_libraries() -> None:
    (sbom,) = below("sboms")
    assert sbom.name.endswith(".cdx.json")
    listed: dict[str, Any] = json.loads(sbom.read_text())
    assert listed["bomFormat"] == "CycloneDX"
    versions = {part["name"]: part["version"] for part in listed["components"]}
    assert tuple(versions) == BUNDLED
    assert versions["libzmq"] == zmq.zmq_version()
    assert _build.LIBZMQ.endswith(f"libsodium {versions['libsodium']}")


@installed_in_place
@bundled
@pytest.mark.parametrize("name", BUNDLED)
def test_a_wheel_brings_the_licences_of_its_libraries(name: str) -> None:
    said = metadata("zmq-core").get_all("License-File") or []
    files = [file for file in below("licenses") if f"bundled/{name}/" in file.as_posix()]
    assert files
    assert {"/".join(file.parts[2:]) for file in files} <= set(said)


@installed_in_place
@bundled
def test_the_licence_expression_covers_the_libraries() -> None:
    (sbom,) = below("sboms")
    parts = json.loads(sbom.read_text())["components"]
    licensed = [part["licenses"][0]["expression"] for part in parts]
    assert metadata("zmq-core")["License-Expression"].split(" AND ") == ["BSD-3-Clause", *licensed]
