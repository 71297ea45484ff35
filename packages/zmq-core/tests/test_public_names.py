"""Names: every public one is there, and the same object under all of its addresses."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

import zmq
import zmq.backend
import zmq.sugar


@pytest.mark.parametrize("module", ["zmq", "zmq.sugar", "zmq.backend", "zmq.constants", "zmq.error"])
def test_all_names_of_all_are_there_once(module: str) -> None:
    loaded = importlib.import_module(module)
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []
    assert len(loaded.__all__) == len(set(loaded.__all__))


def test_a_star_import_brings_all_names() -> None:
    namespace: dict[str, object] = {}
    exec("from zmq import *", namespace)
    assert set(vars(zmq)["__all__"]) <= set(namespace)


@pytest.mark.parametrize("name", sorted(zmq.sugar.__all__))
def test_sugar_has_the_objects_of_zmq(name: str) -> None:
    assert getattr(zmq.sugar, name) is getattr(zmq, name)


# zmq's own classes are built on these.
BASES = {"Context", "Socket"}


@pytest.mark.parametrize("name", sorted(zmq.backend.__all__))
def test_backend_has_the_objects_of_zmq_or_their_bases(name: str) -> None:
    if name in BASES:
        assert issubclass(getattr(zmq, name), getattr(zmq.backend, name))
    else:
        assert getattr(zmq.backend, name) is getattr(zmq, name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("zmq.sugar.context", "Context"),
        ("zmq.sugar.socket", "Socket"),
        ("zmq.sugar.frame", "Frame"),
        ("zmq.sugar.frame", "Message"),
        ("zmq.sugar.poll", "Poller"),
        ("zmq.sugar.poll", "select"),
        ("zmq.sugar.stopwatch", "Stopwatch"),
        ("zmq.sugar.tracker", "MessageTracker"),
        ("zmq.sugar.version", "zmq_version"),
        ("zmq.sugar.version", "pyzmq_version_info"),
        ("zmq.error", "ZMQError"),
        ("zmq.constants", "PUB"),
    ],
)
def test_older_addresses_have_the_same_objects(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is getattr(zmq, name)


def test_message_is_frame() -> None:
    assert zmq.Message is zmq.Frame


def test_sync_classes_are_the_plain_ones() -> None:
    assert zmq.SyncContext.__origin__ is zmq.Context  # type: ignore[attr-defined]  # an alias
    assert zmq.SyncSocket.__origin__ is zmq.Socket  # type: ignore[attr-defined]  # an alias


def test_the_finished_tracker_is_done() -> None:
    assert zmq._FINISHED_TRACKER.done


def test_the_path_of_modules_may_hold_anything(run_script: Callable[..., str]) -> None:
    assert run_script("import pathlib, sys; sys.path += [b'bytes', pathlib.Path('here')]; import zmq") == ""
