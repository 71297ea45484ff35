"""Sockets and contexts for gevent: what would block the thread blocks the greenlet."""

# ruff: noqa: D102  # operations have the docstrings of those they are like
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import gevent
from gevent.hub import Hub, get_hub

import zmq
from zmq.green._threads import call_in_thread
from zmq.green._trackers import ours
from zmq.green._turns import turn
from zmq.green._waiters import POLLIN, POLLOUT, Waiters

__all__ = ["TIMEOS", "Context", "Socket"]

TIMEOS = (zmq.RCVTIMEO, zmq.SNDTIMEO)
"""The options that limit how long an operation waits; they hold here, too."""

DONTWAIT = int(zmq.DONTWAIT)

# Their sends wait for one peer, named by the message, while another one may have room.
_ADDRESSED = {zmq.ROUTER, zmq.STREAM, zmq.SERVER, zmq.PEER}

_F = TypeVar("_F", bound=Callable[..., Any])

_send, _send_multipart = zmq.Socket.send, zmq.Socket.send_multipart
_recv, _recv_multipart, _recv_into = zmq.Socket.recv, zmq.Socket.recv_multipart, zmq.Socket.recv_into
_poll = zmq.Socket.poll


def _like(operation: _F) -> Callable[[Callable[..., Any]], _F]:
    """Give a method the types and the docstring of the operation that it makes wait in another way."""

    def adopt(method: Any) -> Any:
        method.__doc__ = operation.__doc__
        return method

    return adopt


class Socket(zmq.Socket[bytes]):
    """A socket whose operations block the greenlet, not the thread.

    Greenlets may share a socket, also those of several threads.  Those of one thread that wait for the same are served
    in the order they came, and messages of several frames stay together.  An operation that is killed, or ended by
    ``gevent.Timeout``, while it waits has neither sent nor received anything.
    """

    __slots__ = ("_idle", "_waiters")

    _waiters: dict[Hub, Waiters]  # empty while no greenlet waits
    _idle: Waiters | None  # to be used again

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiters = {}
        self._idle = None

    @_like(_send)
    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> Any:
        if not flags and not track and not self._waiters and turn.left > 0:  # the usual case, without detours
            turn.left -= 1
            try:
                return _send(self, data, DONTWAIT, copy, track, routing_id, group)
            except zmq.Again:
                pass
        flags_now = int(flags) | DONTWAIT
        sent = self._perform(POLLOUT, flags, _send, data, flags_now, copy, track, routing_id, group)
        return sent if sent is None else ours(sent)

    @_like(_send_multipart)
    def send_multipart(
        self,
        msg_parts: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
    ) -> Any:
        # it may take several tries
        parts: Any = cast("Any", msg_parts) if isinstance(msg_parts, list) else tuple(msg_parts)
        if not flags and not track and not self._waiters and turn.left > 0:  # the usual case, without detours
            turn.left -= 1
            try:
                return _send_multipart(self, parts, DONTWAIT, copy, track, routing_id, group)
            except zmq.Again:
                pass
        flags_now = int(flags) | DONTWAIT
        sent = self._perform(POLLOUT, flags, _send_multipart, parts, flags_now, copy, track, routing_id, group)
        return sent if sent is None else ours(sent)

    @_like(_recv)
    def recv(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
        if not flags and not self._waiters and turn.left > 0:  # the usual case, without detours
            turn.left -= 1
            try:
                return _recv(self, DONTWAIT, copy, track)
            except zmq.Again:
                return self._wait(POLLIN, partial(_recv, self, DONTWAIT, copy, track))
        return self._perform(POLLIN, flags, _recv, int(flags) | DONTWAIT, copy, track)

    @_like(_recv_multipart)
    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
        if not flags and not self._waiters and turn.left > 0:  # the usual case, without detours
            turn.left -= 1
            try:
                return _recv_multipart(self, DONTWAIT, copy, track)
            except zmq.Again:
                return self._wait(POLLIN, partial(_recv_multipart, self, DONTWAIT, copy, track))
        return self._perform(POLLIN, flags, _recv_multipart, int(flags) | DONTWAIT, copy, track)

    @_like(_recv_into)
    def recv_into(self, buffer: Any, *, nbytes: int = 0, flags: int = 0) -> Any:
        into = partial(_recv_into, nbytes=nbytes, flags=int(flags) | DONTWAIT)
        return self._perform(POLLIN, flags, into, buffer)

    @_like(_poll)
    def poll(self, timeout: float | None = None, flags: int = POLLIN) -> Any:
        turn.left -= 1
        if turn.left < 0 and timeout != 0:
            turn.give_way()
        events = _poll(self, 0, flags)
        if events or timeout == 0:
            return events

        def attempt() -> int:
            events = _poll(self, 0, flags)
            if not events:
                raise zmq.Again
            return events

        try:
            return self._wait_for(int(flags), attempt, timeout, in_line=False)
        except zmq.Again:
            return 0
        finally:
            turn.renew()

    def get(self, opt: int) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  # the name is given
        """Return the value of a socket option, as ``zmq.Socket.get`` does; only the parameter's name differs."""
        return super().get(opt)

    def set(self, opt: int, val: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
        """Set a socket option, as ``zmq.Socket.set`` does; only the parameters' names differ."""
        super().set(opt, val)

    def _inside_message(self, interest: int) -> bool:
        """Return whether the socket is inside a multipart message."""
        return self._sending_more if interest == POLLOUT else bool(super().get(zmq.RCVMORE))

    def _perform(self, interest: int, flags: int, operation: Callable[..., Any], *args: Any) -> Any:
        """Try *operation*, which does not wait by itself; unless *flags* forbid it wait, and try again."""
        if flags and int(flags) & DONTWAIT:
            return operation(self, *args)
        if self._is_turn(interest):
            try:
                return operation(self, *args)
            except zmq.Again:
                pass
        return self._wait(interest, partial(operation, self, *args))

    def _is_turn(self, interest: int) -> bool:
        """Return whether an operation may be tried at once; lets other greenlets run first when it is time to."""
        turn.left -= 1
        if turn.left < 0 and not self._inside_message(interest):
            turn.give_way()
        if not self._waiters:
            return True
        waiters = self._waiters.get(get_hub())
        return waiters is None or not waiters.has_line(interest) or not self._stands_in_line(interest)

    def _stands_in_line(self, interest: int) -> bool:
        if interest == POLLOUT and self.type in _ADDRESSED:
            return False
        return not self._inside_message(interest)

    def _wait(self, interest: int, attempt: Callable[[], Any]) -> Any:
        timeout_ms = self.rcvtimeo if interest == POLLIN else self.sndtimeo
        if timeout_ms == 0:
            return attempt()
        try:
            return self._wait_for(interest, attempt, timeout_ms, in_line=self._stands_in_line(interest))
        finally:
            turn.renew()

    def _wait_for(self, interest: int, attempt: Callable[[], Any], timeout_ms: float | None, *, in_line: bool) -> Any:
        """See ``Waiters.wait``."""
        hub = get_hub()
        waiters = self._waiters.get(hub)
        if waiters is None:
            waiters, self._idle = self._idle, None
            if waiters is None or waiters.hub is not hub:
                waiters = Waiters(self, hub)
            self._waiters[hub] = waiters
            waiters.begin()
        try:
            return waiters.wait(interest, attempt, timeout_ms, in_line=in_line)
        finally:
            if not waiters:
                del self._waiters[hub]
                if waiters.rest():
                    self._idle = waiters


class Context(zmq.Context[Socket]):
    """A context whose sockets are for gevent."""

    __slots__ = ()

    _socket_class = Socket
    _instance = None

    def term(self) -> None:
        """Terminate the context; blocks the greenlet until its sockets are closed and their messages sent.

        Waits in a thread of its own, so that other greenlets can close their sockets; they get ContextTerminated.  When
        it is killed or timed out the termination goes on in the background.

        libzmq: zmq_ctx_term(3)
        """
        if self.closed or gevent.getcurrent() is get_hub():
            super().term()
        else:
            call_in_thread(super().term)
