"""What moves the messages of a ZMQStream between its socket and its callbacks.

Theory of operation.

1. The socket is watched only while the stream waits for it.  Its descriptor is edge-triggered, and any operation on
   the socket, by any object or thread, may eat the edge; the core's Watch tells when that has happened.  Each run
   begins and ends with ``Watch.events()``, which arms both again.  The Hub lets several streams and asyncio sockets
   watch one descriptor.
2. Messages are sent when the socket says that it can.  So a REQ socket's next request waits for the reply to the last.
3. A run moves a bounded number of messages for a bounded time, then goes on in the loop's next iteration.
4. Callbacks may do anything: close the stream, flush it, replace each other.  So every step looks anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from asyncio.events import _get_running_loop
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import zmq
from zmq._loops.hub import hub_of, in_thread_of
from zmq.backend.nested import Descriptor
from zmq.backend.watch import LOOK_AGAIN_S, Watch
from zmq.eventloop._tornado import close_with, gen_log

if TYPE_CHECKING:
    from zmq.eventloop.zmqstream import ZMQStream

__all__ = ["IN", "OUT", "Pump"]

# plain ints: operations on zmq.Flag take longer than a receive
IN, OUT, EVENTS, DONTWAIT = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.EVENTS), int(zmq.DONTWAIT)

MOST_MESSAGES = 64
MOST_S = 0.005
"""A run ends after that many messages, or when that time has passed: other callbacks of the loop wait meanwhile."""


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
        self._hub = hub_of(loop)
        close_with(stream.io_loop, stream)
        self._me: ref[Pump] = ref(self)
        self._unsent: deque[tuple[list[Any], dict[str, Any]]] = deque()
        self._unreported: deque[tuple[list[Any], Any]] = deque()
        self._started: set[asyncio.Future[Any]] = set()  # by callbacks; asyncio itself keeps no task alive
        self._watch: Watch | None = None
        self._reading: Descriptor | None = None  # what the Hub watches for us
        self._late: asyncio.TimerHandle | None = None
        self._scheduled = False
        self._running = False

    # ---- what the stream asks

    def sending(self) -> bool:
        """Whether messages were not sent, or not reported."""
        return bool(self._unsent or self._unreported)

    def send(self, frames: list[Any], options: dict[str, Any]) -> None:
        """Send now or queue.

        Args:
            frames: The message.
            options: The keyword arguments of ``send_multipart``, DONTWAIT among the flags.
        """
        self._unsent.append((frames, options))
        if len(self._unsent) == 1:
            try:
                if self._stream.socket.get(EVENTS) & OUT:
                    self._send_one()
            except zmq.ZMQError:
                pass  # the run finds out, too, and ends the stream
        self.wanted()

    def flush(self, flag: int, limit: int | None) -> int:
        """Move what can be moved now; see ``ZMQStream.flush``."""
        count = 0
        while (not limit or count < limit) and self._stream.socket is not None:
            try:
                moved = self._step(self._stream.socket.get(EVENTS), flag, discard=True)
            except zmq.ZMQError as error:
                self._failed(error)
                break
            if not moved:
                break
            count += 1
        if self._stream.socket is not None:
            self.wanted()
        return count

    def wanted(self) -> None:
        """What the stream waits for may have changed."""
        if not in_thread_of(self._loop):
            self._later(self.update)
        elif not self._running:  # else the run looks at its end
            self.update()

    def stop(self) -> None:
        """Forget the callbacks and what was not sent or reported, and stop watching."""
        self.on_received = self.on_sent = self.on_closed = None
        self._unsent.clear()
        self._unreported.clear()
        self._park()

    def call(self, callback: Callable[..., object], *args: Any) -> None:
        """Call *callback*, start what it returns if that is a coroutine, and log errors of either."""
        try:
            result = callback(*args)
            if inspect.isawaitable(result):
                started = asyncio.ensure_future(result, loop=self._loop)
                self._started.add(started)
                started.add_done_callback(self._ended)
        except Exception:
            gen_log.exception("Uncaught exception in ZMQStream callback %r", callback)

    def _ended(self, started: asyncio.Future[Any]) -> None:
        self._started.discard(started)
        if not started.cancelled() and (error := started.exception()) is not None:
            gen_log.error("Uncaught exception in ZMQStream callback", exc_info=error)

    # ---- watching

    def update(self) -> None:
        """Watch the socket, or not, as what the stream waits for demands."""
        if self._stream.socket is None:
            return
        interest = self._interest()
        if not (interest or self.on_closed):
            self._park()
        elif self._watch is None:
            try:
                self._watch = Watch(self._stream.socket, partial(_wake, self._me))
            except zmq.ZMQError as error:
                self._failed(error)
                return
            self._hub.awaited.add(self._stream)  # from here on the loop keeps it
            if self._reading is None and self._watch.fd is not None:
                with contextlib.suppress(OSError):  # no descriptor is left for it
                    self._reading = self._hub.watch(self._watch.fd, self._me)
        if self._watch is not None:
            self._watch.interest = interest
        if self._watch is not None or self._unreported:
            self._schedule()

    def _interest(self) -> int:
        """Return the events that the stream waits for."""
        return (IN if self.on_received is not None else 0) | (OUT if self._unsent else 0)

    def _park(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        if in_thread_of(self._loop):
            self._unwatch()
        else:
            self._later(self._unwatch)

    def _unwatch(self) -> None:
        if self._watch is not None:
            return  # it began anew meanwhile
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._reading is not None:
            self._hub.stop(self._reading)
            self._reading = None
        self._hub.awaited.discard(self._stream)

    # ---- news

    def ready(self) -> None:
        """The descriptor is readable; called by the Hub."""
        if not self._scheduled:  # else it runs in this iteration of the loop anyway
            self.run()

    def woken(self) -> None:
        """Something has made the socket ready, or unusable; called in any thread."""
        if _get_running_loop() is not self._loop:
            self._later(self.run)
            return
        if not self._running:
            self._schedule()

    def _later(self, function: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)

    def _schedule(self) -> None:
        if not self._scheduled and not self._loop.is_closed():
            self._loop.call_soon(self.run)
            self._scheduled = True

    # ---- messages

    def run(self) -> None:
        """Move messages, for a while.  In the loop's thread."""
        self._scheduled = False
        if self._running or self._stream.socket is None:
            return
        self._running = True
        again, refused, pause_s = False, False, None
        try:
            again, refused = self._move()
            if refused:
                again, pause_s = self._move_refused()
        except zmq.ZMQError as error:
            self._failed(error)
        finally:
            self._running = False
            if self._stream.socket is not None:
                self._rest(again=again, refused=refused, pause_s=pause_s)

    def _look_again(self) -> None:
        self._late = None
        self.run()

    def _move(self) -> tuple[bool, bool]:
        """Return whether there is more to do, and whether the socket says it is ready and refuses."""
        end = self._loop.time() + MOST_S
        for _ in range(MOST_MESSAGES):
            if self._watch is not None:
                events = self._watch.events()
            elif self._unreported:
                events = 0
            else:
                return False, False
            if not self._step(events, IN | OUT, discard=False):
                return False, bool(events & self._interest())
            if self._loop.time() >= end or self._stream.socket is None:
                break
        return True, False

    def _move_refused(self) -> tuple[bool, float | None]:
        """Return whether there is more to do after all; and after how many seconds to look again, if so."""
        watch = self._watch
        if watch is None:
            return False, None
        watch.interest = interest = self._interest()
        while (pause_s := watch.pause()) == 0:
            watch.trying = True
            try:
                if self._step(interest, IN | OUT, discard=False):
                    return True, None
            finally:
                watch.trying = False
        return False, pause_s

    def _rest(self, *, again: bool, refused: bool, pause_s: float | None) -> None:
        """Between two runs: see to it that there will be one when there is something to do.

        Args:
            again: Whether there is something to do.
            refused: Whether the socket refuses though it says that it is ready: its events must not be read again.
            pause_s: After how many seconds to look again; None if the descriptor tells when.
        """
        interest = self._interest()
        if not (interest or self.on_closed):
            self._park()
        elif self._watch is None:
            self.update()
        else:
            self._watch.interest = interest
            if not refused:
                try:
                    # What was done meanwhile may have eaten an edge, and the Watch was not listened to.
                    again = bool(self._watch.events() & interest)
                except zmq.ZMQError:
                    again = True  # it will fail there
            look_again = pause_s is not None or self._watch.foreign or self._reading is None
            if interest and self._late is None and look_again:
                self._late = self._loop.call_later(LOOK_AGAIN_S, self._look_again)
        if again or self._unreported:
            self._schedule()

    def _step(self, events: int, flag: int, *, discard: bool) -> bool:
        """Move a message.

        Args:
            events: What the socket is ready for.
            flag: Which directions to look at.  If both have something to do, the one that sends is first.
            discard: Whether to receive without a callback, too.

        Returns:
            Whether there was one.
        """
        if flag & OUT and (self._unreported or (self._unsent and events & OUT and self._send_one())):
            message, status = self._unreported.popleft()
            if self.on_sent is not None:
                self.call(self.on_sent, message, status)
            return True
        if flag & IN and events & IN and (discard or self.on_received is not None):
            try:
                received = self._stream.socket.recv_multipart(DONTWAIT, self.copy, not self.copy)
            except zmq.Again:
                return False  # another receiver was faster
            if self.on_received is not None:
                self.call(self.on_received, received)
            return True
        return False

    def _send_one(self) -> bool:
        """Send the first message that waits; return whether it waits no more."""
        frames, options = self._unsent[0]
        socket = self._stream.socket
        try:
            status = socket.send_multipart(frames, **options)
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
        self._park()


def _wake(pump: ref[Pump]) -> None:
    """Wake the pump; what the core calls must not keep it."""
    target = pump()
    if target is not None:
        target.woken()
