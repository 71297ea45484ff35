"""Every public name exists, and is the same object in all its modules."""

from __future__ import annotations

import enum
import errno
import importlib
import inspect
import pickle
from collections.abc import Callable
from typing import TypeAlias

import pytest

import zmq
import zmq.backend
import zmq.sugar
from zmq.backend.select import public_api, select_backend
from zmq.utils import garbage


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


# The base classes of zmq's classes.
BASES = {"Context", "Socket"}


@pytest.mark.parametrize("name", sorted(vars(zmq.backend)["__all__"]))
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
        ("zmq.sugar", "proxy"),
        ("zmq.sugar", "DeviceType"),
        ("zmq.sugar.poll", "zmq_poll"),
        ("zmq.backend.cython", "Frame"),
        ("zmq.backend.cython._zmq", "Frame"),
        ("zmq.error", "ZMQError"),
        ("zmq.constants", "PUB"),
    ],
)
def test_older_module_names_have_the_same_objects(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is getattr(zmq, name)


def test_modules_for_old_programs_are_imported_at_first_use(run_script: Callable[..., str]) -> None:
    script = "import zmq; print(zmq.sugar.attrsettr.AttributeSetter.__name__, zmq.sugar.frame.FrameBase is zmq.Frame)"
    assert run_script(script) == "AttributeSetter True\n"


def test_constants_are_looked_up_as_fast_as_in_a_plain_module(run_script: Callable[..., str]) -> None:
    # CPython takes three times as long for each zmq.NOBLOCK of a program where the module has a __getattr__.
    assert run_script("import zmq; print(type(zmq), hasattr(zmq, '__getattr__'))") == "<class 'module'> False\n"


@pytest.mark.parametrize("module", ["zmq.sugar", "zmq.backend"])
def test_other_names_raise_attribute_error(module: str) -> None:
    assert not hasattr(importlib.import_module(module), "nonsense")


def test_the_bases_of_sockets_and_contexts_have_names() -> None:
    for module, name in (("socket", "Socket"), ("context", "Context")):
        base = getattr(importlib.import_module(f"zmq.sugar.{module}"), f"{name}Base")
        assert base is getattr(zmq.backend, name)


def test_names_of_the_standard_library_are_passed_on() -> None:
    assert (zmq.Enum, zmq.IntEnum, zmq.IntFlag) == (enum.Enum, enum.IntEnum, enum.IntFlag)
    assert zmq.error.EINTR == errno.EINTR
    assert importlib.import_module("zmq._typing").TypeAlias is TypeAlias


# Names with which programs for pyzmq choose a backend


def test_the_one_backend_can_be_selected() -> None:
    for name in ("zmq.backend", "zmq.backend.cython"):
        found = zmq.backend.select_backend(name)
        assert set(found) == set(public_api)
        assert all(found[each] is getattr(zmq.backend, each) for each in public_api)


def test_a_backend_that_is_not_there_cannot_be_selected() -> None:
    with pytest.raises(ImportError):
        select_backend("zmq.backend.cffi")
    with pytest.raises(AttributeError):
        select_backend("zmq.utils")


# pyzmq's garbage collector of buffers


def test_the_collector_has_no_thread() -> None:
    assert garbage.gc.thread is None
    assert not garbage.gc.is_alive()
    garbage.gc.start()
    assert garbage.gc.thread is None


def test_the_collector_has_a_context_of_its_own() -> None:
    collector = garbage.GarbageCollector()
    context = collector.context
    assert context is collector.context
    collector.stop()
    assert context.closed
    with collector.context as another:
        assert another is not context
        assert not another.closed
    collector.stop()
    collector.stop()


def test_message_is_frame() -> None:
    assert zmq.Message is zmq.Frame


def test_sync_classes_are_the_plain_ones() -> None:
    assert zmq.SyncContext.__origin__ is zmq.Context  # type: ignore[attr-defined]  # an alias
    assert zmq.SyncSocket.__origin__ is zmq.Socket  # type: ignore[attr-defined]  # an alias


def test_the_finished_tracker_is_done() -> None:
    assert zmq._FINISHED_TRACKER.done


def test_sys_path_may_contain_any_objects(run_script: Callable[..., str]) -> None:
    assert run_script("import pathlib, sys; sys.path += [b'bytes', pathlib.Path('here')]; import zmq") == ""


# the import of zmq


@pytest.mark.pypy_skip("its module threading imports contextlib and re")
def test_importing_zmq_imports_no_slow_module_of_the_standard_library(run_script: Callable[..., str]) -> None:
    source = """
        import sys
        before = {*sys.modules}
        import zmq
        slow = {"asyncio", "contextlib", "json", "logging", "pickle", "platform", "random", "re", "socket", "typing"}
        print(sorted(slow & ({*sys.modules} - before)))
    """
    assert run_script(source) == "[]\n"


def test_send_pyobj_uses_the_default_protocol_of_pickle() -> None:
    assert inspect.signature(zmq.Socket.send_pyobj).parameters["protocol"].default == pickle.DEFAULT_PROTOCOL
