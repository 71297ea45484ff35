"""Versions of zmq-core and libzmq, and the capabilities of libzmq."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.sugar import version


def test_the_version_of_libzmq_is_three_numbers() -> None:
    info = zmq.zmq_version_info()
    assert [type(number) for number in info] == [int, int, int]
    assert info >= (4, 2, 0)
    assert zmq.zmq_version() == ".".join(str(number) for number in info)


def test_our_version_continues_that_of_pyzmq() -> None:
    assert zmq.pyzmq_version() == zmq.__version__
    assert zmq.pyzmq_version_info()[:3] >= (28, 0, 0)


@pytest.mark.parametrize(
    ("text", "info"),
    [
        ("28.0.0", (28, 0, 0)),
        ("28.1.12", (28, 1, 12)),
        ("28.1.0.dev1", (28, 1, 0, float("inf"))),
        ("28.1.0b1", (28, 1, 0, float("inf"))),
    ],
)
def test_a_development_version_ends_in_infinity(text: str, info: tuple[float, ...]) -> None:
    assert version._info(text) == info
    assert zmq.pyzmq_version_info() == version._info(zmq.__version__)


def test_the_parts_of_the_version_have_names() -> None:
    parts = (version.VERSION_MAJOR, version.VERSION_MINOR, version.VERSION_PATCH)
    assert parts == zmq.pyzmq_version_info()[:3] == version.version_info[:3]
    assert zmq.__version__ == "{}.{}.{}".format(*parts) + version.VERSION_EXTRA


def test_the_distribution_has_the_same_version() -> None:
    try:
        installed = importlib.metadata.version("zmq-core")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("zmq-core is not installed, only built")
    assert installed == zmq.__version__


def test_has_knows_inproc_is_no_capability_but_ipc_is() -> None:
    assert zmq.has("ipc") is (os.name == "posix")
    assert zmq.has("teleport") is False


@pytest.mark.skipif(zmq.zmq_version_info() < (4, 3, 3), reason="it lacks some of the drafts we call")
def test_drafts_are_there_where_libzmq_has_them() -> None:
    assert zmq.DRAFT_API is zmq.has("draft")


def test_has_knows_websockets_by_the_name_of_their_transport(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull:
        try:
            pull.bind("ws://127.0.0.1:*")
        except zmq.ZMQError as error:
            supported = error.errno != zmq.EPROTONOSUPPORT
        else:
            supported = True
    assert zmq.has("ws") is supported


@pytest.mark.parametrize("name", [None, 3, ["ipc"]])
def test_has_takes_a_name(name: Any) -> None:
    with pytest.raises(TypeError):
        zmq.has(name)


def test_strerror_is_libzmq_s_text() -> None:
    assert zmq.strerror(int(zmq.ETERM)) == "Context was terminated"
    assert zmq.strerror(zmq.EAGAIN) == os.strerror(zmq.EAGAIN)


def test_zmq_errno_is_the_number_of_the_last_failure(context: zmq.Context) -> None:
    with context.socket(zmq.PULL) as pull:
        with pytest.raises(zmq.ZMQError):
            pull.bind("nonsense")
        assert zmq.zmq_errno() == zmq.EINVAL


def test_includes_hold_what_extensions_need() -> None:
    parent, utils, headers = map(Path, zmq.get_includes())
    assert (parent / "zmq" / "__init__.pxd").is_file()
    assert utils == parent / "zmq" / "utils"
    assert (headers / "zmq.h").is_file()
    assert zmq.get_library_dirs() == [str(parent / "zmq")]
