"""How sockets wait in an asyncio loop: try; if libzmq refuses, wait until the socket may be ready; try again.

Theory of operation.

1. An operation is tried at once, unless others of its direction wait already: neither sends nor receives overtake.  If
   it succeeds its future is done before anyone sees it.
2. Else the future queues in the socket's Engine, which has the loop watch the socket while there are any.  Each run of
   the queues begins and ends with ``Watch.events()``.
3. Only the run, in the loop's thread, takes messages for futures that wait, and it resolves the future at once.  So a
   future that is cancelled while it waits has taken nothing.
4. A future that has its message but is not asked for it gives it back: when the task that awaits it is cancelled before
   it gets to run, and when it is dropped.  What was given back is what the socket receives next.  The future is
   cancelled then, so that the message cannot be taken twice.
5. Every so often an operation that could be done at once goes through the loop, so that a busy socket does not starve
   other tasks.  A receive waits for that like any other.  A send is made, and only its future waits: programs may not
   look at it, and it cannot be cancelled any more.
6. A message that was delivered to a future of the queue is only taken when the task that awaits it goes on.  Until then
   other receives wait for the next iteration of the loop: tasks that receive in turn go on in the order of their
   messages.
7. Closing the socket cancels the futures that wait, as in pyzmq: at once in the loop's thread.  An iteration ends.  All
   other errors of the socket end them as exceptions.
8. A program may end a future itself, as asyncio lets it: the future leaves its queue, and its operation is not done.
9. The loop keeps the futures that somebody awaits, and with them the socket; it keeps nothing else alive.
"""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import Any
from weakref import ref

import zmq
from zmq.eventloop._done import Done, Received, failed
from zmq.eventloop._operations import DONTWAIT, EVENTS, IN, RCVTIMEO, SNDTIMEO, Attempt, get, has_to_wait, recv
from zmq.eventloop._queues import NOWHERE, Queues
from zmq.eventloop._waiting import Polling, Receiving, Sending, Sent, Waiting, expire
from zmq.eventloop._watching import Loop

__all__ = ["Engine"]

TURN = 128
"""Every so many immediate operations of one kind on a socket, one goes through the loop."""

_running_loop: Callable[[], Any] = _get_running_loop


class Engine(Queues):
    """The operations of one Python socket.  For the thread of the loop, as its queues."""

    __slots__ = ("_polled", "_receive_turn", "_send_turn", "_sent")

    def __init__(self, socket: zmq.Socket[Any], default: Callable[[], Loop]) -> None:
        super().__init__(socket, default)
        self._sent = self._polled = 0  # count sends, polls
        self._receive_turn = self._send_turn = TURN  # the number of the next that goes through the loop

    # ---- receives

    def receive(
        self, socket: zmq.Socket[Any], attempt: Attempt, flags: int, copy: bool, track: bool
    ) -> asyncio.Future[Any]:
        """Receive: at once, else in turn.

        Args:
            socket: The socket.
            attempt: ``recv`` or ``recv_multipart``.
            flags, copy, track: Its arguments.

        Raises:
            ZMQError: The socket is closed, or its context terminated, and DONTWAIT was not among the flags.
        """
        number = self.received + 1
        if (loop := _running_loop()) is self.receives_in and number < self._receive_turn:
            try:
                message = attempt(socket, flags | DONTWAIT if flags else DONTWAIT, copy, track)
            except Exception as error:
                if has_to_wait(error):
                    return self.receive_in_turn(socket, attempt, flags, copy, track, refusal=error)
                if not flags & DONTWAIT:
                    get(socket, RCVTIMEO)  # raises, as there, if the socket cannot be used at all
                return failed(loop, error)
            future = self.spare_received
            if future is None:
                future = Received.of(loop, message)
            else:
                self.spare_received = None
                future.value = message
            future.more = attempt is recv and socket._more
            future.number = self.received = number
            future.engine = self
            return future
        return self.receive_in_turn(socket, attempt, flags, copy, track)

    def receive_in_turn(
        self, socket: zmq.Socket[Any], attempt: Attempt, flags: int, *arguments: Any, refusal: Exception | None = None
    ) -> asyncio.Future[Any]:
        """Receive after those who wait.

        Args:
            socket: The socket.
            attempt: The operation.
            flags: Flags for it; with DONTWAIT the future is not left waiting.
            arguments: Its other arguments.
            refusal: What it has just raised.

        Raises:
            ZMQError: As receive().
        """
        future = Receiving(self.enter(), self.receivers, attempt, (flags | DONTWAIT, *arguments))
        future.engine = future.load = None
        future.awaiting = 0
        future.given_back = future.iterates = False
        others_first = bool(self.receivers or self.delivered)
        if self.received + 1 >= self._receive_turn:
            self._receive_turn = self.received + 1 + TURN
            others_first = True
        timeout_ms = 0 if flags & DONTWAIT else get(socket, RCVTIMEO)
        try:
            if timeout_ms == 0:
                if self.receivers:
                    self.run()  # those who wait come first, and may not know yet that there is something
                others_first = bool(self.receivers)  # else they have theirs, and this one cannot wait for its turn
            if not (others_first or refusal):
                message, number, more = self.take(socket, attempt, future.arguments)
                self.changed()
                future.deliver(self, message, number, more)
                return future
        except Exception as error:
            if timeout_ms == 0 or not has_to_wait(error):
                future.set_exception(error)
                return future
        if timeout_ms == 0:
            future.set_exception(refusal or zmq.Again())
        else:
            self.receives_in = NOWHERE
            self._wait(socket, future, timeout_ms, now=not others_first)
        return future

    # ---- sends

    def send(
        self,
        socket: zmq.Socket[Any],
        attempt: Attempt,
        data: Any,
        flags: int,
        copy: bool,
        track: bool,
        routing_id: int | None,
        group: str | bytes | None,
    ) -> asyncio.Future[Any]:
        """Send: at once, else in turn.

        Args:
            socket: The socket.
            attempt: ``send`` or ``send_multipart``.
            data, flags, copy, track, routing_id, group: Its arguments; with DONTWAIT among the flags the future is not
                left waiting.
        """
        if (loop := _running_loop()) is self.sends_in:
            try:
                result = attempt(socket, data, flags | DONTWAIT if flags else DONTWAIT, copy, track, routing_id, group)
            except zmq.Again:
                pass
            except Exception as error:
                return failed(loop, error)
            else:
                self._sent = sent = self._sent + 1
                if sent >= self._send_turn:
                    return self._sent_in_turn(result)
                future = self.spare_done
                if future is None:
                    future = Done.of(loop, result)
                else:
                    self.spare_done = None
                    future.value = result
                future.engine = self
                return future
        return self._send_in_turn(socket, attempt, data, flags, copy, track, routing_id, group)

    def _sent_in_turn(self, result: Any) -> asyncio.Future[Any]:
        self._send_turn = self._sent + TURN
        future = Sent(loop=self.sends_in)
        self.sends_in.call_soon(future.finish, result)
        return future

    def _send_in_turn(
        self, socket: zmq.Socket[Any], attempt: Attempt, data: Any, flags: int, *arguments: Any
    ) -> asyncio.Future[Any]:
        future = Sending(self.enter(), self.senders, attempt, (data, flags | DONTWAIT, *arguments))
        timeout_ms = 0
        try:
            if not flags & DONTWAIT:
                timeout_ms = get(socket, SNDTIMEO)
            if self.senders and timeout_ms == 0:
                self.run()
            if not self.senders:
                # A send that does not wait looks for news only now and then; reading the events makes it.
                get(socket, EVENTS)
                future.set_result(attempt(socket, *future.arguments))
                return future
        except zmq.Again:
            pass
        except Exception as error:
            future.set_exception(error)
            return future
        if timeout_ms == 0:
            future.set_exception(zmq.Again())
        else:
            self.sends_in = NOWHERE
            self._wait(socket, future, timeout_ms)
        return future

    # ---- polls

    def poll(self, socket: zmq.Socket[Any], timeout_ms: float | None, events: int) -> asyncio.Future[int]:
        """Wait for any of *events*.

        Raises:
            ZMQError: The socket is closed (ENOTSUP), or its context terminated.
        """
        if socket.closed:
            raise zmq.ZMQError(zmq.ENOTSUP, f"cannot poll {socket!r}: it is closed")
        future = Polling(self.enter(), self.pollers, events)
        found = get(socket, EVENTS) & events
        if self.returned.messages:
            found |= events & IN
        self._polled += 1
        turn_is_over = self._polled % TURN == 0
        if not turn_is_over and (found or timeout_ms == 0):
            future.set_result(found)
        else:
            self._wait(socket, future, timeout_ms, now=not turn_is_over)
        return future

    # ---- waiting

    def _wait(self, socket: zmq.Socket[Any], future: Waiting, timeout_ms: float | None, *, now: bool = True) -> None:
        """Queue *future*.

        Args:
            socket: The socket.
            future: What waits.
            timeout_ms: For how many milliseconds; None or -1 for ever.
            now: Whether to try at once, or else in the next iteration of the loop.
        """
        assert self.loop is not None
        future.waits_for = self
        future.socket = socket
        future.queue.append(future)
        if now:
            self.run()
        else:
            self.schedule()
        if timeout_ms is not None and timeout_ms >= 0 and not future.done():
            # after what is scheduled, so that no time at all is enough for what is there
            future.timer = self.loop.call_later(timeout_ms / 1000, expire, ref(future))
