"""Fixtures: devices that are stopped after the test, and the start methods of processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmq
from zmq.devices import ProcessDevice, ThreadDevice

JOIN_S = 30.0
"""Seconds until a device that has not ended counts as hanging."""


@pytest.fixture
def start(context: zmq.Context) -> Iterator[Callable[..., Any]]:
    """Return a function that starts a device; stopped after the test.

    The sockets of devices in threads are in the test's context.
    """
    started: list[ThreadDevice | ProcessDevice] = []

    def start(device: Any) -> Any:
        if isinstance(device, ThreadDevice):
            device.context_factory = lambda: context
        started.append(device)
        device.start()
        return device

    yield start
    for device in started:
        if device.launcher is not None:
            device.stop()
            device.join(JOIN_S)
            assert device.done


@pytest.fixture(params=multiprocessing.get_all_start_methods())
def start_method(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each start method of ``multiprocessing``, one after the other."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


@pytest.fixture
def connect(sockets: Callable[[int], zmq.Socket]) -> Callable[..., zmq.Socket]:
    """Return a function that creates a socket, and connects it to the endpoints of a SocketSpec, or to an endpoint."""

    def connect(socket_type: int, to: Any, **options: object) -> zmq.Socket:
        socket = sockets(socket_type)
        for name, value in options.items():
            setattr(socket, name, value)
        socket.connect(to if isinstance(to, str) else to.endpoints[0])
        return socket

    return connect
