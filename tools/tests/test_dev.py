"""dev.py: the packages that it installs, and its retries, with a script as apt-get."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no apt-get")


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with its delay between attempts set to 0."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return module


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], list[str]]]:
    """Return a function that puts an apt-get on PATH: ``apt(100, 0)`` fails once, and then always succeeds.

    It returns a function that returns the recorded calls.
    """

    def apt(*statuses: int) -> Callable[[], list[str]]:
        log, left = tmp_path / "log", tmp_path / "left"
        log.touch()
        left.write_text("".join(f"{status}\n" for status in statuses))
        script = tmp_path / "apt-get"
        script.write_text(
            f"#!/bin/sh\n"
            f'for word; do case $word in update|install) echo "$word" >> {log} ;; esac; done\n'
            f"read -r status < {left} || exit 0\n"
            f"sed -i 1d {left}\n"
            f"exit $status\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return lambda: log.read_text().split()

    return apt


def test_packages_are_installed(dev: ModuleType, apt: Callable[..., Callable[[], list[str]]]) -> None:
    asked = apt()
    assert dev._apt_install(["gcc"])
    assert asked() == ["update", "install"]


def test_an_index_that_cannot_be_had_does_no_harm_if_the_packages_can(
    dev: ModuleType, apt: Callable[..., Callable[[], list[str]]]
) -> None:
    asked = apt(100, 0)
    assert dev._apt_install(["gcc"])
    assert asked() == ["update", "install"]


def test_another_apt_that_is_at_work_is_waited_for(
    dev: ModuleType, apt: Callable[..., Callable[[], list[str]]]
) -> None:
    asked = apt(100, 100, 0, 100, 0, 0)
    assert dev._apt_install(["gcc"])
    assert asked() == 3 * ["update", "install"]


def test_what_fails_again_and_again_is_given_up(dev: ModuleType, apt: Callable[..., Callable[[], list[str]]]) -> None:
    asked = apt(*100 * [100])
    assert not dev._apt_install(["gcc"])
    assert len(asked()) == 2 * (len(dev.APT_WAITS_S) + 1)


@pytest.mark.parametrize(
    ("variables", "lacking"),
    [({}, True), ({"ZMQ_BUNDLE": "0"}, True), ({"ZMQ_BUNDLE": "1"}, False), ({"ZMQ_PREFIX": "/opt/zmq"}, False)],
)
def test_libzmq_is_missing_unless_the_build_is_told_where_to_get_one(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], lacking: bool
) -> None:
    for name in ("ZMQ_BUNDLE", "ZMQ_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert any("libzmq" in need.what for need in dev.missing("build")) == lacking
