"""What moves the messages of a ZMQStream between its socket and its callbacks.

Theory of operation.

1. The engine of the core waits, for each direction, until the socket is ready; the pump then moves messages itself.  So
   a message stays in the socket until its callback is called, and can be counted, limited and discarded.
2. Messages are sent when the socket says that it can.  So a REQ socket's next request waits for the reply to the last.
   The first of those that wait is left to the engine when the socket says so and refuses it.
3. A run moves a bounded number of messages for a bounded time, then goes on in the loop's next iteration.
4. Callbacks are called by the loop, or by ``flush()``, and may do anything: close the stream, flush it, replace each
   other.  So every step looks anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from asyncio.events import _get_running_loop
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

import zmq
from zmq._loops.hub import hub_of, in_thread_of
from zmq.adapter import Call, CallEngine
from zmq.eventloop._tornado import close_with, gen_log

if TYPE_CHECKING:
    from zmq.eventloop.zmqstream import ZMQStream

__all__ = ["IN", "OUT", "Pump"]

# plain ints: operations on zmq.Flag take longer than a receive
IN, OUT, EVENTS, DONTWAIT = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.EVENTS), int(zmq.DONTWAIT)
CLOSED = int(zmq.POLLERR)
"""Sockets of libzmq never report it, so a poll for it ends when the socket is closed or its context terminated."""

MOST_MESSAGES = 64
MOST_S = 0.005
"""A run ends after that many messages, or when that time has passed: other callbacks of the loop wait meanwhile."""


class _Wait(Call):
    """Something that a pump waits for.

    Attributes:
        pump: The pump.  Not an argument: most operations are done at once, and wait for nothing.
    """

    __slots__ = ("pump",)

    pump: Pump

    def wake(self) -> None:
        """Have the pump go on."""
        self.pump.woken(self)


class Pump:
    """The queues and the callbacks of one stream.

    Args:
        stream: The stream, which holds the socket.
        loop: The asyncio loop under the stream's.

    Attributes:
        on_received: Called with each message; None stops receiving.
        copy: Whether received frames are bytes.
        on_sent: Called with each message that was sent, and the result.
        on_closed: Called when the stream closes.
    """

    def __init__(self, stream: ZMQStream, loop: asyncio.AbstractEventLoop) -> None:
        self.on_received: Callable[[Any], object] | None = None
        self.copy = True
        self.on_sent: Callable[[Any, Any], object] | None = None
        self.on_closed: Callable[[], object] | None = None
        self._stream = stream
        self._loop = loop
        close_with(stream.io_loop, stream)
        self._unsent: deque[tuple[list[Any], int, dict[str, Any]]] = deque()
        self._unreported: deque[tuple[list[Any], Any]] = deque()
        self._started: set[asyncio.Future[Any]] = set()  # by callbacks; asyncio itself keeps no task alive
        self._engine = CallEngine(stream.socket, _get_running_loop, _Wait, hub_of, turn=0, timeouts=False)
        self._polling: Call | None = None
        self._polled = 0  # the events that this waits for
        self._sending: Call | None = None  # the first message that was not sent, if the socket has refused it
        self._scheduled = False
        self._running = False

    # ---- what the stream asks

    def sending(self) -> bool:
        """Whether messages were not sent, or not reported."""
        return bool(self._unsent or self._unreported)

    def send(self, frames: list[Any], flags: int, options: dict[str, Any]) -> None:
        """Send now or queue.

        Args:
            frames: The message.
            flags, options: The arguments of ``send_multipart``.
        """
        self._unsent.append((frames, flags, options))
        if len(self._unsent) == 1:
            with contextlib.suppress(zmq.ZMQError):  # the run finds out, too, and ends the stream
                self._send_first(waits=False)
        self.wanted()

    def flush(self, flag: int, limit: int | None) -> int:
        """Move what can be moved now; see ``ZMQStream.flush``."""
        count = 0
        if self._sending is not None and not self._sending.done:
            self._stop_sending()
        try:
            while (not limit or count < limit) and self._stream.socket is not None:
                if not self._step(flag, flushing=True):
                    break
                count += 1
        except zmq.ZMQError as error:
            self._failed(error)
        self.wanted()
        return count

    def wanted(self) -> None:
        """What the stream waits for may have changed.  Any thread."""
        if not in_thread_of(self._loop):
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self.wanted)
        elif not self._running:  # else the run looks at its end
            self._schedule()

    def stop(self) -> None:
        """Forget the callbacks and what was not sent or reported, and wait for nothing."""
        self.on_received = self.on_sent = self.on_closed = None
        self._unsent.clear()
        self._unreported.clear()
        self._stop_waiting()

    def call(self, callback: Callable[..., object], *args: Any) -> None:
        """Call *callback*, start what it returns if that is a coroutine, and log errors of either."""
        try:
            result = callback(*args)
            if result is not None and inspect.isawaitable(result):
                started = asyncio.ensure_future(result, loop=self._loop)
                self._started.add(started)
                started.add_done_callback(self._ended)
        except Exception:
            gen_log.exception("Uncaught exception in ZMQStream callback %r", callback)

    def _ended(self, started: asyncio.Future[Any]) -> None:
        self._started.discard(started)
        if not started.cancelled() and (error := started.exception()) is not None:
            gen_log.error("Uncaught exception in ZMQStream callback", exc_info=error)

    # ---- waiting

    def woken(self, call: Call) -> None:
        """Something that the pump waits for has come; called by the engine."""
        if call is self._polling:
            self._polling, self._polled = None, 0
        if self._scheduled:
            return  # it runs in this iteration of the loop anyway
        if self._running or self._stream.socket.closed:
            self._schedule()  # this is in the middle of a run, or of a close()
        else:
            self._run()

    def _schedule(self) -> None:
        if not self._scheduled and not self._loop.is_closed():
            self._loop.call_soon(self._run)
            self._scheduled = True

    def _wait(self) -> bool:
        """Have the engine wait for what cannot be done now; return whether some of it can be done after all."""
        if self._stream.socket is None:
            return False
        events = 0 if self.on_received is None else IN
        if self._unsent and self._sending is None:
            events |= OUT
        if not (events or self._sending) and self.on_closed is not None:
            events = CLOSED
        if events != self._polled:
            self._stop_polling()
            if events:
                outcome = self._engine.poll(None, events)
                if not isinstance(outcome, _Wait):
                    return True
                outcome.pump = self
                self._polling, self._polled = outcome, events
        if not (events or self._sending):
            self._engine.park()
        return False

    def _stop_polling(self) -> None:
        polling, self._polling, self._polled = self._polling, None, 0
        if polling is not None:
            polling.abandon()

    def _stop_sending(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.abandon()

    def _stop_waiting(self) -> None:
        self._stop_polling()
        self._stop_sending()
        self._engine.park()

    # ---- messages

    def _run(self) -> None:
        """Move messages, for a while; then wait for more.  In the loop's thread."""
        self._scheduled = False
        if self._running or self._stream.socket is None:
            return
        self._running = again = True
        try:
            again = self._move() or self._wait()
        except zmq.ZMQError as error:
            again = False
            self._failed(error)
        finally:
            self._running = False
            if again:
                self._schedule()

    def _move(self) -> bool:
        """Return whether there may be more to move."""
        end = monotonic() + MOST_S
        for _ in range(MOST_MESSAGES):
            if not self._step(IN | OUT, flushing=False) or self._stream.socket is None:
                return False
            if monotonic() >= end:
                break
        return True

    def _step(self, flag: int, *, flushing: bool) -> bool:
        """Move a message.

        Args:
            flag: Which directions to look at.  If both have something to do, the one that sends is first.
            flushing: Whether to receive without a callback, too, and what the engine has not told of yet.

        Returns:
            Whether there was one.
        """
        if flag & OUT and (self._unreported or (self._unsent and self._send_first(waits=not flushing))):
            message, status = self._unreported.popleft()
            if self.on_sent is not None:
                self.call(self.on_sent, message, status)
            return True
        if not flag & IN:
            return False
        if not flushing and (self.on_received is None or self._polled & IN):
            return False
        try:
            received = self._engine.try_recv_multipart(self.copy, not self.copy)
        except zmq.ZMQError as error:
            if error.errno != zmq.ENOTSUP:  # a socket that cannot receive never will
                raise
            return False
        if received is None:
            return False
        if self.on_received is not None:
            self.call(self.on_received, received)
        return True

    def _send_first(self, *, waits: bool) -> bool:
        """Send the first message that waits.

        Args:
            waits: Whether the engine waits until it can be sent, if the socket says that it can and refuses.

        Returns:
            Whether it waits no more.
        """
        frames, flags, options = self._unsent[0]
        socket, sending = self._stream.socket, self._sending
        if sending is not None and not sending.done:
            return False
        self._sending = None
        try:
            if sending is not None:
                status = sending.result()
            elif not socket.get(EVENTS) & OUT:
                return False
            elif waits:
                status = self._engine.send_multipart(frames, flags & ~DONTWAIT, **options)
                if isinstance(status, _Wait):
                    status.pump = self
                    self._sending = status
                    return False
            else:
                status = socket.send_multipart(frames, flags | DONTWAIT, **options)
        except zmq.Again:
            return False
        except Exception as error:
            if socket.closed or isinstance(error, zmq.ContextTerminated):
                raise
            # Never raised from send(): programs rely on it, for a message that has to wait could not do so either.
            gen_log.error("ZMQStream cannot send: %s", error, exc_info=not isinstance(error, zmq.ZMQError))
            status = error
        self._unsent.popleft()
        self._unreported.append((frames, status))
        return True

    def _failed(self, error: zmq.ZMQError) -> None:
        """The socket cannot be used any more."""
        socket = self._stream.socket
        if socket is None:
            return
        if socket.closed:
            self._stream.close_after_socket()
            return
        if isinstance(error, zmq.ContextTerminated):
            self._stream.close()
            return
        # It is inside a loop in C, for example, and will be usable again, but not at a known time.
        gen_log.error("ZMQStream stops watching %r: %s", socket, error)
        self.on_received = None
        self._unsent.clear()
        self._stop_waiting()
