"""``import zmq.green as zmq``: every name of zmq exists, and blocking ones are gevent's."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import subprocess
import sys
from collections.abc import Callable

import pytest

import zmq as plain
import zmq.green as zmq


def test_every_name_of_zmq_exists() -> None:
    for name in vars(plain)["__all__"]:
        assert hasattr(zmq, name), name
    assert zmq.utils is plain.utils


def test_blocking_names_are_not_those_of_zmq() -> None:
    ours = ["Context", "Poller", "Socket", "device", "proxy", "proxy_steerable", "select", "zmq_poll"]
    assert [name for name in sorted(vars(plain)["__all__"]) if getattr(zmq, name) is not getattr(plain, name)] == ours
    assert issubclass(zmq.Socket, plain.Socket)
    assert issubclass(zmq.Context, plain.Context)
    assert issubclass(zmq.Poller, plain.Poller)


@pytest.mark.parametrize("name", ["recv", "recv_into", "recv_multipart", "send", "send_multipart", "poll"])
def test_operations_have_the_signatures_of_zmq_and_docstrings(name: str) -> None:
    ours, theirs = getattr(zmq.Socket, name), getattr(plain.Socket, name)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert ours.__doc__ == theirs.__doc__
    assert inspect.isfunction(ours)  # as in pyzmq: mocks with autospec=True get the socket


def test_modules_have_pyzmqs_names() -> None:
    core, poll = importlib.import_module("zmq.green.core"), importlib.import_module("zmq.green.poll")
    device = importlib.import_module("zmq.green.device")
    assert (core.Socket, core.Context, poll.Poller) == (zmq.Socket, zmq.Context, zmq.Poller)
    assert (device.device, core.TIMEOS) == (zmq.device, (zmq.RCVTIMEO, zmq.SNDTIMEO))


def test_importing_zmq_does_not_import_gevent() -> None:
    code = "import sys, zmq; assert 'gevent' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.filterwarnings("ignore:zmq.eventloop.ioloop is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", ["ioloop", "zmqstream"])
def test_eventloop_is_zmq_eventloop_or_the_error_says_how_to_install_it(name: str) -> None:
    try:
        theirs = importlib.import_module(f"zmq.eventloop.{name}")
    except ImportError:
        with pytest.raises(ImportError, match=r"pip install --find-links dist 'zmq-eventloop\[tornado\]'"):
            importlib.import_module(f"zmq.green.eventloop.{name}")
    else:
        ours = importlib.import_module(f"zmq.green.eventloop.{name}")
        public = {key for key in vars(theirs) if not key.startswith("_")}
        assert public
        assert all(getattr(ours, key) is getattr(theirs, key) for key in public)
        assert getattr(importlib.import_module("zmq.green.eventloop"), name) is ours


def test_only_the_use_of_ioloop_warns_of_its_deprecation(run_script: Callable[..., str]) -> None:
    run_script("""
        import importlib
        import importlib.util
        import zmq.green.eventloop

        assert not hasattr(zmq.green.eventloop, "nothing")
        try:
            importlib.import_module("zmq.eventloop.zmqstream")
        except ImportError:  # not installed
            pass
        else:
            from zmq.green.eventloop import zmqstream
            from zmq.green.eventloop.zmqstream import ZMQStream
    """)


def test_dir_of_eventloop_lists_its_modules() -> None:
    eventloop = importlib.import_module("zmq.green.eventloop")
    assert {"IOLoop", "ioloop", "zmqstream"} <= set(dir(eventloop))
    tornado = pytest.importorskip("tornado.ioloop")
    assert eventloop.IOLoop is tornado.IOLoop


def test_representations_name_the_public_classes() -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        assert repr(context).startswith("<zmq.green.Context(1 socket)")
        assert repr(socket).startswith("<zmq.green.Socket(zmq.PUSH)")
