"""``zmq.asyncio.Poller``: waits for any of several sockets and descriptors."""

from __future__ import annotations

import asyncio
from asyncio import Future
from typing import Any, cast
from weakref import ref

import zmq
from zmq.asyncio._socket import Socket
from zmq.eventloop._done import failed
from zmq.eventloop._engine import TURN, Engine
from zmq.eventloop._hub import Descriptor, Listener, hub_of

__all__ = ["Poller"]

_READ = int(zmq.POLLIN | zmq.POLLPRI | zmq.POLLERR)


class Poller(zmq.Poller):
    """A ``zmq.Poller`` whose ``poll`` returns a future.  Sockets may be asynchronous or not."""

    _polled = 0  # counts polls: every so often one goes through the loop, though it could be done at once

    def poll(self, timeout: float | None = -1) -> Future[list[tuple[Any, int]]]:  # type: ignore[override]  # later
        """Wait until at least one registered socket or descriptor is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 does not wait, None or -1 waits for ever.

        Returns:
            A future of the ready sockets and descriptors, each with its event mask; of an empty list after a timeout.
            It fails with ZMQError if one of the sockets is closed, and with ContextTerminated.
        """
        loop = self._loop()
        try:
            ready = self._ready()
            self._polled += 1
            if self._polled % TURN and (ready or timeout == 0):
                future: Future[list[tuple[Any, int]]] = Future(loop=loop)
                future.set_result(ready)
                return future
            poll = _Poll(self, loop)
        except Exception as error:
            return failed(loop, error)
        if timeout is not None and timeout >= 0:
            timer = loop.call_later(timeout / 1000, poll.expire)
            poll.future.add_done_callback(lambda _: timer.cancel())
        return poll.future

    @staticmethod
    def _loop() -> asyncio.AbstractEventLoop:
        """Return the loop to wait in."""
        return asyncio.get_event_loop()

    def _ready(self) -> list[tuple[Any, int]]:
        """Return what is ready, with what futures have given back."""
        ready = super().poll(0)
        given_back = [
            (socket, int(zmq.POLLIN))
            for socket, events in self.sockets
            if isinstance(socket, Socket) and socket._engine.returned.messages and events & zmq.POLLIN
        ]
        if not given_back:
            return ready
        masks = dict(ready)
        for socket, events in given_back:
            masks[socket] = masks.get(socket, 0) | events
        return list(masks.items())


class _Poll:
    """One poll that waits."""

    def __init__(self, poller: Poller, loop: asyncio.AbstractEventLoop) -> None:
        self._poller = poller
        self._hub = hub_of(loop)
        self._me: ref[Listener] = ref(self)
        self._engines: list[Engine] = []
        self._polls: list[Future[int]] = []
        self._descriptors: list[Descriptor] = []
        self.future: Future[list[tuple[Any, int]]] = Future(loop=loop)
        self.future.add_done_callback(self._stop)
        try:
            for pollable, events in poller.sockets:
                if isinstance(pollable, zmq.Socket):
                    socket: zmq.Socket[Any] = cast("Any", pollable)
                    engine = socket._engine if isinstance(socket, Socket) else Engine(socket, lambda: loop)
                    self._engines.append(engine)
                    self._watch(engine, socket, int(events))
                    continue
                fd = pollable if isinstance(pollable, int) else pollable.fileno()
                if events & _READ:
                    self._descriptors.append(self._hub.watch(fd, self._me))
                if events & zmq.POLLOUT:
                    self._descriptors.append(self._hub.watch(fd, self._me, to_write=True))
        except BaseException:
            self.future.cancel()  # and with it what has begun to wait
            raise

    def _watch(self, engine: Engine, socket: zmq.Socket[Any], events: int) -> None:
        poll = engine.poll(socket, None, events)
        poll.add_done_callback(lambda done: self._look(done, engine, socket, events))
        self._polls.append(poll)

    def _look(self, done: Future[int], engine: Engine, socket: zmq.Socket[Any], events: int) -> None:
        if done.cancelled():
            return
        if done.exception() is None:
            self._polls.remove(done)
        self.ready()  # which finds the error, too
        if not self.future.done():
            self._watch(engine, socket, events)

    def ready(self) -> None:
        """Something may be ready."""
        if self.future.done():
            return
        try:
            ready = self._poller._ready()
        except Exception as error:
            self.future.set_exception(error)
        else:
            if ready:
                self.future.set_result(ready)

    def expire(self) -> None:
        """The time is up."""
        if not self.future.done():
            self.future.set_result([])

    def _stop(self, _: object) -> None:
        for poll in self._polls:
            poll.cancel()
        for descriptor in self._descriptors:
            self._hub.stop(descriptor)
