"""How sockets wait in an asyncio loop: try; if libzmq refuses, wait until the socket may be ready; try again.

Theory of operation.

1. An operation is tried at once, unless others of its direction wait already: neither sends nor receives overtake.  If
   it succeeds its future is done before anyone sees it.
2. Else the future queues in the socket's Engine, which has the loop watch the socket while there are any.  The
   descriptor is edge-triggered, and any operation on the socket, by whomever, may eat the edge; the core's Watch tells
   when that has happened.  Each run of the queues begins and ends with ``Watch.events()``, which arms both again.
3. Only the run, in the loop's thread, takes messages for futures that wait, and it resolves the future at once.  So a
   future that is cancelled while it waits has taken nothing.
4. A future that has its message but is not asked for it gives it back: when the task that awaits it is cancelled before
   it gets to run, and when it is dropped.  What was given back is what the socket receives next.  The future is
   cancelled then, so that the message cannot be taken twice.
5. Every so often an operation that could be done at once goes through the loop, so that a busy socket does not starve
   other tasks.  A receive waits for that like any other.  A send is made, and only its future waits: programs may not
   look at it, and it cannot be cancelled any more.
6. The loop keeps the futures that somebody awaits, and with them the socket; it keeps nothing else alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
from asyncio.events import _get_running_loop
from bisect import insort
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

import zmq
from zmq.backend.watch import Watch
from zmq.eventloop._hub import Hub, Listener, hub_of, in_thread_of

__all__ = ["Done", "Engine", "Received", "Receiving", "Sending", "failed"]

Loop: TypeAlias = asyncio.AbstractEventLoop
Attempt: TypeAlias = Callable[..., Any]

# plain ints: operations on zmq.Flag take longer than a receive
DONTWAIT = int(zmq.DONTWAIT)
IN, OUT = int(zmq.POLLIN), int(zmq.POLLOUT)
RCVMORE, EVENTS, RCVTIMEO, SNDTIMEO = int(zmq.RCVMORE), int(zmq.EVENTS), int(zmq.RCVTIMEO), int(zmq.SNDTIMEO)

TURN = 64
"""Every so many immediate operations of one kind on a socket, one goes through the loop.  A power of two."""

LOOK_AGAIN_S = 0.005
"""How often to look at a socket whose descriptor does not tell everything."""

get: Callable[..., Any] = zmq.Socket.get
send: Attempt = zmq.Socket.send
send_multipart: Attempt = zmq.Socket.send_multipart
recv: Attempt = zmq.Socket.recv
recv_multipart: Attempt = zmq.Socket.recv_multipart

_result = asyncio.Future.result
_exception = asyncio.Future.exception
_del = asyncio.Future.__del__


def recv_into(socket: zmq.Socket[Any], flags: int, view: memoryview) -> zmq.Frame:
    """Receive a frame, and copy what fits of it into *view*."""
    frame: zmq.Frame = recv(socket, flags, False)
    fill(view, frame)
    return frame


def fill(view: memoryview, frame: zmq.Frame) -> None:
    """Copy what fits of *frame* into *view*."""
    size = min(len(frame), len(view))
    view[:size] = frame.buffer[:size]


def failed(loop: Loop, error: BaseException) -> asyncio.Future[Any]:
    """Return a future that has failed."""
    future: asyncio.Future[Any] = asyncio.Future(loop=loop)
    future.set_exception(error)
    return future


class Done(asyncio.Future[Any]):
    """A future that was done, with a result, when it was made.

    Most are awaited at once, and never asked for anything else.  To make and resolve an ``asyncio.Future`` costs more
    than to send a message; so this one becomes a real one only when somebody looks at it as one.
    """

    __slots__ = ("lazy_loop", "value")

    lazy_loop: Loop | None  # None when it is a real one
    value: Any

    def __await__(self) -> Generator[Any, None, Any]:
        return self.value
        yield  # type: ignore[unreachable]  # it makes this a generator

    __iter__ = __await__

    def become_real(self) -> None:
        """Initialize the ``asyncio.Future``."""
        loop, self.lazy_loop = self.lazy_loop, None
        if loop is not None:
            super().__init__(loop=loop)
            super().set_result(self.value)

    def done(self) -> bool:
        """Return True."""
        return True

    def cancelled(self) -> bool:
        """Return False."""
        return False

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature is given)
        """Return False: it is done."""
        return False

    def result(self) -> Any:
        """Return the result."""
        return self.value

    def exception(self) -> BaseException | None:
        """Return None."""
        return None

    def get_loop(self) -> Loop:
        """Return the loop it belongs to."""
        return self.lazy_loop or super().get_loop()

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Any = None) -> None:
        """Call *fn* in the next iteration of the loop."""
        self.become_real()
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """Return 0: what was added is called already, or about to be."""
        self.become_real()
        return super().remove_done_callback(fn)

    def set_result(self, result: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        super().set_result(result)

    def set_exception(self, exception: Any, /) -> None:
        """Raise InvalidStateError."""
        self.become_real()
        super().set_exception(exception)

    def __repr__(self) -> str:
        self.become_real()
        return super().__repr__()


def _of_real(name: str) -> Any:
    read = getattr(asyncio.Future, name).__get__

    def get_real(self: Done) -> Any:
        self.become_real()
        return read(self)

    return property(get_real)


for _name in ("_loop", "_state", "_result", "_exception", "_callbacks", "_source_traceback"):
    setattr(Done, _name, _of_real(_name))


class Loads:
    """What makes the result of a message: for ``recv_json`` and the like."""

    __slots__ = ()  # its subclasses have them: of several bases only one may

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine | None:
            """Where to give the message back; None when there is nothing to give back."""

        @engine.setter
        def engine(self, engine: Engine | None) -> None: ...

        @property
        def load(self) -> Callable[[Any], Any] | None:
            """What makes the result of the message."""

        @load.setter
        def load(self, load: Callable[[Any], Any] | None) -> None: ...

    def loaded(self, message: Any) -> Any:
        """Return what ``load`` makes of *message*; it is called once."""
        assert self.load is not None
        try:
            value = self.load(message)
        except BaseException as load_error:
            self.engine = None  # it was taken, and was no good
            error = load_error

            def fail(_: Any) -> Any:
                raise error

            self.load = fail
            raise
        self.load = lambda _: value
        return value

    def load_error(self, message: Any) -> BaseException | None:
        """Return the error that ``load`` makes of *message*, if it does."""
        if self.load is None:
            return None
        try:
            self.loaded(message)
        except BaseException as error:
            return error
        return None


class Received(Loads, Done):
    """A future that was done, with a message, when it was made."""

    __slots__ = ("engine", "load", "more", "number")

    engine: Engine | None
    load: Callable[[Any], Any] | None
    number: Any  # the place of the message in the order in which they came
    more: bool  # whether the message goes on after this frame

    def __await__(self) -> Generator[Any, None, Any]:
        self.engine = None
        return self.value if self.load is None else self.loaded(self.value)
        yield  # type: ignore[unreachable]  # it makes this a generator

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        self.engine = None
        return self.value if self.load is None else self.loaded(self.value)

    def exception(self) -> BaseException | None:
        """Return the error with which making its result of the message has ended."""
        return self.load_error(self.value)

    def __del__(self) -> None:
        engine = self.engine
        if engine is not None:
            self.engine = None
            engine.take_back(self.number, self.value, self.more)


_WAITING = ("arguments", "attempt", "queue", "socket", "timer", "waits_for")


class Waiting(asyncio.Future[Any]):
    """A future that waits in a queue of an Engine."""

    __slots__ = ()  # its subclasses have the slots: of two bases of one class only one may

    waits_for: Engine | None  # None when it is done
    socket: zmq.Socket[Any] | None  # kept by those who keep the future, as long as it waits
    queue: deque[Any]
    attempt: Attempt
    arguments: tuple[Any, ...]
    timer: asyncio.TimerHandle | None

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Any = None) -> None:
        """Call *fn* when the future is done.  From then on its loop keeps it, until it is done."""
        if self.waits_for is not None:
            self.waits_for.hub.awaited.add(self)
        super().add_done_callback(fn, context=context)

    def cancel(self, msg: Any = None) -> bool:
        """Leave the queue.  What was not done will not be done."""
        cancelled = super().cancel(msg)
        if cancelled:
            self.leave()
        return cancelled

    def leave(self) -> None:
        """It is done: forget what it waited for."""
        engine = self.waits_for
        if engine is None:
            return
        self.waits_for = self.socket = None
        self.arguments = ()
        engine.hub.awaited.discard(self)
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self in self.queue:
            self.queue.remove(self)
        engine.left()

    def fail(self, error: BaseException) -> None:
        """End with *error*."""
        if not self.done():
            self.set_exception(error)
        self.leave()


class Sending(Waiting):
    """A send that waits for room; cancelled, nothing was sent."""

    __slots__ = _WAITING


class Polling(Waiting):
    """A poll that waits for events."""

    __slots__ = (*_WAITING, "events")

    events: int


class Sent(asyncio.Future[Any]):
    """A send that was made: its future only waits for its turn in the loop."""

    __slots__ = ()

    def cancel(self, msg: Any = None) -> bool:  # noqa: ARG002 (the signature is given)
        """Return False: what was sent cannot be called back."""
        return False

    def finish(self, result: Any) -> None:
        """Be done."""
        self.set_result(result)


class Receiving(Loads, Waiting):
    """A receive that waits for its message."""

    __slots__ = (*_WAITING, "awaiting", "engine", "load", "more", "number")

    engine: Engine | None
    load: Callable[[Any], Any] | None
    number: Any
    more: bool
    awaiting: int  # how many tasks have it awaited while it waited, and have not gone on

    def __await__(self) -> Generator[Any, None, Any]:
        if not self.done():
            self.awaiting += 1
            self._asyncio_future_blocking = True
            try:
                yield self
            except BaseException:
                # The task was cancelled, or ended, and may have been so after the message had come.
                self.awaiting -= 1
                if self.awaiting == 0 and self.engine is not None:
                    self._give_back(self.engine)
                raise
            self.awaiting -= 1
        return self.result()

    __iter__ = __await__

    def result(self) -> Any:
        """Return the message; it is taken then, and will not be given back."""
        message = _result(self)
        if self.awaiting == 0:  # else it may be asyncio that asks, before it finds that the task was cancelled
            self.engine = None
        return message if self.load is None else self.loaded(message)

    def exception(self) -> BaseException | None:
        """Return the error with which the receive has ended, or making its result of the message."""
        return _exception(self) or self.load_error(_result(self))

    def __del__(self) -> None:
        engine = self.engine
        if engine is None:
            _del(self)
        else:
            self.engine = None
            engine.take_back(self.number, _result(self), self.more)

    def deliver(self, engine: Engine, message: Any, number: Any, more: bool) -> None:
        """Be done, with a message."""
        self.engine = engine
        self.number = number
        self.more = more
        self.set_result(message)
        self.leave()

    def _give_back(self, engine: Engine) -> None:
        message = _result(self)
        self.engine = None
        # There is no way back from done to cancelled but this; who looks at the future must not see the message.
        super().__init__(loop=self.get_loop())
        asyncio.Future.cancel(self)
        engine.take_back(self.number, message, self.more)


class Engine:
    """The queues of one Python socket.

    All methods but ``take_back`` are for the thread of the loop.
    """

    __slots__ = (
        "__weakref__",
        "_late",
        "_looking_again",
        "_reading",
        "_running",
        "_scheduled",
        "_watch",
        "default",
        "detour",
        "hub",
        "loop",
        "me",
        "more",
        "number",
        "polled",
        "pollers",
        "receivers",
        "returned",
        "senders",
        "sent",
        "socket",
    )

    def __init__(self, socket: zmq.Socket[Any], default: Callable[[], Loop]) -> None:
        self.socket = ref(socket)
        self.default = default  # returns the loop to use where none is running
        self.loop: Loop | None = None
        self.hub: Hub
        self.me: ref[Listener] = ref(self)
        self.number = 0  # counts receives
        self.sent = 0  # counts sends
        self.polled = 0  # counts polls
        self.receivers: deque[Receiving] = deque()
        self.senders: deque[Sending] = deque()
        self.pollers: deque[Polling] = deque()
        # What was given back: (place in the order, frames, whether the message goes on after them), in order.
        self.returned: list[tuple[tuple[int, int], list[Any], bool]] = []
        self.more: bool | None = None  # RCVMORE, where libzmq's is not that of the last frame received
        self.detour = False  # whether receives have to care for any of that
        self._watch: Watch | None = None
        self._reading: int | None = None  # the descriptor that the loop watches
        self._running = False
        self._scheduled = False
        self._late: asyncio.TimerHandle | None = None

    def __del__(self) -> None:
        if self.loop is not None and (self._watch is not None or self._reading is not None):
            self.park()

    # ---- the loop

    def enter(self) -> Loop:
        """Return the loop to wait in: the running one.

        Raises:
            RuntimeError: Futures of the socket wait in another one; or there is none.
        """
        loop = _get_running_loop() or self.default()
        if loop is not self.loop:
            self._move(loop)
        return loop

    def _move(self, loop: Loop) -> None:
        if self.loop is not None:
            if self.waiting() and not self.loop.is_closed():
                raise RuntimeError(
                    f"cannot use {self.socket()!r} in {loop!r}: it is in use in {self.loop!r}, where"
                    f" {len(self.receivers) + len(self.senders) + len(self.pollers)} of its operations wait"
                )
            for future in self.waiting():  # of a closed loop: they will never be done
                future.leave()
            self.park()
        self.loop = loop
        self.hub = hub_of(loop)
        self._scheduled = False

    def waiting(self) -> list[Waiting]:
        """Return all futures that wait."""
        return [*self.receivers, *self.senders, *self.pollers]

    def left(self) -> None:
        """A future has left its queue, or has never entered it."""
        # in this order: another thread may give something back meanwhile
        self.detour = False
        if self.receivers or self.returned or self.more is not None:
            self.detour = True

    def closing(self) -> None:
        """The socket is about to be closed through its own Python object.  Any thread."""
        if self._watch is not None and not self.interest():
            self.park()

    def _forget_lost(self) -> None:
        """If the socket is being closed, stop watching its descriptor before its number belongs to somebody else."""
        if self._watch is not None and self._watch.lost and self._reading is not None:
            self.hub.remove(self._reading, self.me)
            self._reading = None

    def park(self) -> None:
        """Stop watching the socket.  Any thread."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        if self._late is not None:
            self._late.cancel()
            self._late = None
        fd, self._reading = self._reading, None
        if fd is None or self.loop is None or self.loop.is_closed():
            return
        if in_thread_of(self.loop):
            self.hub.remove(fd, self.me)
        else:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self.loop.call_soon_threadsafe(self.hub.remove, fd, self.me)

    def interest(self) -> int:
        """Return the events that somebody waits for."""
        interest = IN if self.receivers else 0
        if self.senders:
            interest |= OUT
        for poller in self.pollers:
            interest |= poller.events
        return interest

    def readable(self) -> None:
        """The descriptor is readable; called by the Hub."""
        if self.receivers or self.senders or self.pollers:
            self.run()
        else:
            self.park()  # nobody waits any more

    def woken(self) -> None:
        """Something has made the socket ready, or unusable; called in any thread."""
        loop = self.loop
        if loop is None:
            return
        if in_thread_of(loop):
            self._forget_lost()
        if _get_running_loop() is loop:
            if not self._running:
                self.schedule()
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self.run)

    def schedule(self) -> None:
        """Run in the next iteration of the loop."""
        if not self._scheduled:
            assert self.loop is not None
            self.loop.call_soon(self._run_scheduled)  # and keep the Engine until then
            self._scheduled = True

    def _run_scheduled(self) -> None:
        self._scheduled = False
        self.run()

    def _run_again(self) -> None:
        self._late = None
        self.run()

    # ---- the queues

    def run(self) -> None:
        """Do what can be done for those who wait, and have the rest watched."""
        socket = self.socket()
        if socket is None or not (self.receivers or self.senders or self.pollers):
            return
        self._running = True  # the Watch tells what happens here, too
        try:
            watch = self._watch
            if watch is None:
                watch = self._watch = Watch(socket, partial(_wake, ref(self)))
            served, refused = True, False
            while True:
                watch.interest = interest = self.interest()
                if not interest:
                    break
                # After each operation: it may have eaten an edge.
                ready = watch.events()
                if self.returned:
                    ready |= IN
                if not ready & interest:
                    break
                if not served:
                    # It says ready and refuses: a mandatory ROUTER does, or an XPUB that is full and must not drop.
                    refused = True
                    break
                served = self._serve(socket, ready)
                if self.pollers and self._answer_polls(watch.events()):
                    served = True
            if interest:
                self._keep_watching(watch, refused=refused)
            elif self._reading is None:
                self.park()
        except zmq.ZMQError as error:
            self.fail(error)
        finally:
            self._running = False

    def _keep_watching(self, watch: Watch, *, refused: bool) -> None:
        assert self.loop is not None
        fd = watch.fd
        if self._reading is None and fd is not None:
            self.hub.add(fd, self.me)  # no news is missed: the descriptor is readable until the events are read
            self._reading = fd
        if self._late is None and (refused or fd is None or watch.foreign):
            self._late = self.loop.call_later(LOOK_AGAIN_S, self._run_again)

    def _serve(self, socket: zmq.Socket[Any], events: int) -> bool:
        served = False
        senders, receivers = self.senders, self.receivers
        while senders and events & OUT:
            sending = senders[0]
            try:
                result = sending.attempt(socket, *sending.arguments)
            except zmq.Again:
                break
            except Exception as error:
                sending.fail(error)
            else:
                if not sending.done():
                    sending.set_result(result)
                sending.leave()
            served = True
        while receivers and (events & IN or self.returned):
            receiving = receivers[0]
            try:
                message, number, more = self.take(socket, receiving.attempt, receiving.arguments)
            except zmq.Again:
                break
            except Exception as error:
                receiving.fail(error)
            else:
                receiving.deliver(self, message, number, more)
            served = True
            # One that nobody holds any more gives its message back here, for the next.
            del receiving
        return served

    def _answer_polls(self, events: int) -> bool:
        answered = False
        if self.returned:
            events |= IN
        for poller in tuple(self.pollers):
            found = events & poller.events
            if found:
                if not poller.done():
                    poller.set_result(found)
                poller.leave()
                answered = True
        return answered

    def fail(self, error: BaseException) -> None:
        """End all that waits with *error*."""
        self.park()
        for future in self.waiting():
            future.fail(copy.copy(error))

    def expire(self, future: Waiting) -> None:
        """The time of a future is up."""
        if future.done():
            return
        if isinstance(future, Polling):
            future.set_result(0)
            future.leave()
        else:
            future.fail(zmq.Again())

    # ---- what was given back

    def take_back(self, number: Any, message: Any, more: bool) -> None:
        """Keep a message for the next receive.  Any thread: futures may be collected in any."""
        place = number if isinstance(number, tuple) else (number, 0)
        frames = message if isinstance(message, list) else [message]
        insort(self.returned, (place, frames, more))
        self.detour = True
        if self.receivers or self.pollers:
            self.woken()

    def take(self, socket: zmq.Socket[Any], attempt: Attempt, arguments: tuple[Any, ...]) -> tuple[Any, Any, bool]:
        """Receive: what was given back, else from the C socket.

        Returns:
            The message, its place in the order, and whether it goes on.
        """
        if not self.returned:
            message = attempt(socket, *arguments)
            self.number = number = self.number + 1
            self.more = None
            return message, number, attempt is not recv_multipart and _more_follows(socket, message)
        place, frames, more = self.returned.pop(0)
        if attempt is recv_multipart:
            message = frames
            while more:
                # The rest of a message of which a single frame was given back.
                if self.returned:
                    _, frames, more = self.returned.pop(0)
                    message = message + frames
                    continue
                more = False
                with contextlib.suppress(zmq.ZMQError):  # somebody else took the rest
                    message = message + recv_multipart(socket, DONTWAIT, *arguments[1:])
            copied = arguments[1]
            self.more = False
            return [_as(frame, copied) for frame in message], place, False
        frame, *rest = frames
        if rest:
            insort(self.returned, ((place[0], place[1] + 1), rest, more))
            more = True
        self.more = more
        if attempt is recv_into:
            frame = _as(frame, False)
            fill(arguments[1], frame)
            return frame, place, more
        return _as(frame, arguments[1]), place, more

    # ---- operations that were not done at once

    def receive(
        self,
        socket: zmq.Socket[Any],
        attempt: Attempt,
        flags: int,
        *arguments: Any,
        refusal: zmq.Again | None = None,
    ) -> asyncio.Future[Any]:
        """Receive in turn.

        Args:
            socket: The socket.
            attempt: Called with the socket, the flags and *arguments*; raises Again.
            flags: Flags for that; with DONTWAIT the future is not left waiting.
            arguments: The other arguments of *attempt*.
            refusal: What it has just raised.
        """
        loop = self.enter()
        future = Receiving(loop=loop)
        future.engine = future.load = None
        future.awaiting = 0
        future.attempt = attempt
        future.arguments = (flags | DONTWAIT, *arguments)
        future.queue = self.receivers
        future.waits_for = future.socket = future.timer = None
        try:
            timeout_ms = 0 if flags & DONTWAIT else get(socket, RCVTIMEO)
            if self.receivers and timeout_ms == 0:
                self.run()  # those who wait come first, and may not know yet that there is something
            turn_is_over = (self.number + 1) % TURN == 0 and timeout_ms != 0
            if turn_is_over:
                self.number += 1  # no message has this number
            elif not self.receivers:
                if refusal is None:
                    message, number, more = self.take(socket, attempt, future.arguments)
                    self.left()
                    future.deliver(self, message, number, more)
                    return future
                if timeout_ms == 0:
                    raise refusal
            elif timeout_ms == 0:
                raise zmq.Again
        except zmq.Again as error:
            if timeout_ms == 0:
                future.set_exception(error)
                return future
        except Exception as error:
            future.set_exception(error)
            return future
        self.detour = True
        self._wait(socket, future, timeout_ms, now=not turn_is_over)
        return future

    def send(
        self, socket: zmq.Socket[Any], attempt: Attempt, data: Any, flags: int, *arguments: Any
    ) -> asyncio.Future[Any]:
        """Send in turn.

        Args:
            socket: The socket.
            attempt: Called with the socket, *data*, the flags and *arguments*; raises Again.
            data: What to send.
            flags: Flags for that; with DONTWAIT the future is not left waiting.
            arguments: The other arguments of *attempt*.
        """
        loop = self.enter()
        future = Sending(loop=loop)
        future.attempt = attempt
        future.arguments = (data, flags | DONTWAIT, *arguments)
        future.queue = self.senders
        future.waits_for = future.socket = future.timer = None
        try:
            timeout_ms = 0 if flags & DONTWAIT else get(socket, SNDTIMEO)
            if self.senders and timeout_ms == 0:
                self.run()
            if not self.senders:
                # A send that does not wait looks for news only now and then; reading the events makes it.
                get(socket, EVENTS)
                future.set_result(attempt(socket, *future.arguments))
                return future
            if timeout_ms == 0:
                raise zmq.Again
        except zmq.Again as error:
            if timeout_ms == 0:
                future.set_exception(error)
                return future
        except Exception as error:
            future.set_exception(error)
            return future
        self._wait(socket, future, timeout_ms)
        return future

    def sent_in_turn(self, result: Any) -> asyncio.Future[Any]:
        """Return the future of a send that was made, which is done in the loop's next iteration."""
        assert self.loop is not None
        future = Sent(loop=self.loop)
        self.loop.call_soon(future.finish, result)
        return future

    def poll(self, socket: zmq.Socket[Any], timeout_ms: float | None, events: int) -> asyncio.Future[int]:
        """Wait for any of *events*."""
        loop = self.enter()
        future = Polling(loop=loop)
        future.events = events
        future.queue = self.pollers
        future.waits_for = future.socket = future.timer = None
        try:
            found = get(socket, EVENTS) & events
            if self.returned:
                found |= events & IN
        except Exception as error:
            future.set_exception(error)
            return future
        self.polled += 1
        turn_is_over = self.polled % TURN == 0
        if not turn_is_over and (found or timeout_ms == 0):
            future.set_result(found)
        else:
            self._wait(socket, future, timeout_ms, now=not turn_is_over)
        return future

    def _wait(self, socket: zmq.Socket[Any], future: Waiting, timeout_ms: float | None, *, now: bool = True) -> None:
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
            future.timer = self.loop.call_later(timeout_ms / 1000, _expire, ref(future))


# What the loop and the core keep: nothing that keeps a socket.


def _wake(engine: ref[Engine]) -> None:
    target = engine()
    if target is not None:
        target.woken()


def _expire(future: ref[Waiting]) -> None:
    waiting = future()
    if waiting is not None and waiting.waits_for is not None:
        waiting.waits_for.expire(waiting)


def _more_follows(socket: zmq.Socket[Any], message: Any) -> bool:
    """Whether the message goes on after the frame that was just received."""
    return message.more if isinstance(message, zmq.Frame) else get(socket, RCVMORE) != 0


def _as(frame: Any, copied: bool) -> Any:
    """Return *frame* as bytes or as a Frame, as the one who receives it wants it."""
    if isinstance(frame, zmq.Frame):
        return frame.bytes if copied else frame
    return frame if copied else zmq.Frame(frame)
