"""The operations that wait for one socket in an event loop: try; if libzmq refuses, wait; try again.

Theory of operation.

1. An operation is tried at once, unless operations of its direction wait already: neither sends nor receives overtake.
2. Else it queues in the socket's Engine, which has the loop watch the socket while any operation waits.
3. Only a run of the queues, in the loop's thread, takes messages for operations that wait, and ends them at once.  So
   an operation that is cancelled while it waits has taken nothing.
4. A message that was delivered and that the program does not take is given back: it is what the socket receives next.
5. Until a delivered message is taken, other receives wait for the next iteration of the loop: tasks that receive in
   turn go on in the order of their messages.
6. A receive that libzmq has refused with EAGAIN has processed all commands of the socket, and has armed its
   descriptor.  Reading the events as well would be one system call more.  It takes that where the engine watches the
   socket alone, and what waits waits for messages only; see ``Handle.pause()`` for all other cases.
7. Closing the socket ends all that waits, at once in the loop's thread.

An adapter says what only it can: which loop runs, how a *hub* watches a descriptor for it, and how an operation ends.
Its hub has ``watch(fd, reference)``, which calls ``ready()`` of what the weak reference refers to whenever the
descriptor is readable, and returns what ``stop()`` takes; a set ``awaited`` of what the loop keeps; and asyncio's
``call_soon``, ``call_soon_threadsafe``, ``call_later``, ``is_closed`` and ``is_running``.
"""
import copy as _copy
from collections import deque
from functools import partial
from weakref import ref

cimport cython

from zmq.backend cimport libzmq
from zmq.backend.instances cimport core_guard_methods
from zmq.backend.returned cimport Place, Returned
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport RECV_MULTIPART, has_to_wait, receive_now, send_now
from zmq.backend.watch cimport Link, Watch

from zmq.error import Again, ZMQError

# Stands for a loop that never runs.
cdef object NOWHERE = object()

# Every so many immediate operations of one kind on a socket, one goes through the loop.
TURN = 256


cdef object call_load(object load, object message):
    """Return the result that *message* makes."""
    try:
        return load(message)
    except StopIteration as error:  # await would take it for its result
        raise RuntimeError(f"{load!r} raised StopIteration") from error


cdef class Delivery:
    """A message that the program has not taken yet, and what makes the result of it, for ``recv_json`` and the like."""

    cdef object loaded(self, object message):
        """Return the result that *message* makes."""
        if self.error is not None:
            raise self.error
        if self.load is None:
            return message
        try:
            value = call_load(self.load, message)
        except BaseException as error:
            self.take()  # though it was no good
            self.error = error
            raise
        self.load = lambda _: value
        return value

    cdef object load_error(self, object message):
        """Return the error with which making the result of *message* ends; None if it does not."""
        try:
            self.loaded(message)
        except BaseException as error:
            return error
        return None

    cdef int take(self) except -1:
        """Note that the message was taken: it will not be given back."""
        receiver, self.receiver = self.receiver, None
        if receiver is not None and self.waited:
            _taken(<Engine>receiver)
        return 0

    cdef int give_back(self) except -1:
        """Give the message back, unless it was taken."""
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            (<Engine>receiver).take_back(&self.place, self.value, self.waited)
        return 0


@cython.auto_pickle(False)
cdef class Operation(Delivery):
    """One call that waits, with its arguments.  Adapters say how it ends."""

    cdef int join(self, Engine engine, Socket socket, object queue) except -1:
        """Wait in a queue of *engine*."""
        self.engine = engine
        self.socket = socket
        self.queue = queue
        self.waited = True
        if self.is_next:
            queue.appendleft(self)
        else:
            queue.append(self)
        with cython.critical_section(engine):
            if queue is engine.receivers:
                engine.receives_in = NOWHERE
            elif queue is engine.senders:
                engine.sends_in = NOWHERE
        return 0

    cdef int leave(self) except -1:
        """Wait no more: it is done, or never will be."""
        if self.engine is None:
            return 0
        self.engine = None
        self.socket = None
        timer, self.timer = self.timer, None
        if timer is not None:
            timer.cancel()
        queue = self.queue
        if queue and queue[0] is self:
            queue.popleft()
        elif self in queue:
            queue.remove(self)
        return 0

    cdef int give_up(self) except -1:
        """Leave, because of the caller."""
        cdef Engine engine = self.engine
        queue = self.queue
        was_first = engine is not None and queue[0] is self
        self.leave()
        if engine is not None:
            engine.changed()
            if was_first and queue and not engine.running and engine.link.takes_calls():
                engine.schedule()  # libzmq may accept the next, which was not tried yet
        return 0

    cdef int succeed(self, object result) except -1:
        """End with *result*, of a send or a poll, and leave."""
        raise NotImplementedError

    cdef int deliver(self, Engine engine, object message) except -1:
        """End with a message, which ``engine.take_back()`` takes if the program does not, and leave."""
        raise NotImplementedError

    cdef int fail(self, object error) except -1:
        """End with *error*, or as the closing of the socket demands, and leave."""
        raise NotImplementedError


def _leave_alone(engine, _):
    """Stop watching a socket that was dropped: what watches it keeps it open, and the engine may live longer."""
    target = engine()
    if target is not None:
        target.park()


@cython.auto_pickle(False)
cdef class Engine:
    """What waits for one Python socket, and the loop that it waits in.

    All methods are for the thread of the loop, but ``take_back()``, ``_woken()`` and ``park()``, which are for any.
    What these change or read is in the critical section of this object.

    Args:
        socket: The socket, which is not kept.
        running_loop: Returns the loop that runs in this thread; None if none does.
        default_loop: Returns the loop to use where none is running.
        hub_of: Returns the hub of a loop.

    Attributes:
        receivers, senders, pollers: The operations that wait.
        delivered: How many messages were delivered to operations which waited, and are neither taken nor given back.
        returned: What was given back.
        received: How many receives there were.
    """

    def __cinit__(self, *args, **kwargs):
        self.timeouts = self.awaits_state = True

    def __init__(self, Socket socket not None, running_loop, default_loop, hub_of):
        self.me = ref(self)
        self._socket = ref(socket, partial(_leave_alone, self.me))
        self.link = Link(self.me, running_loop, default_loop, hub_of)
        self.receivers = deque()
        self.senders = deque()
        self.pollers = deque()
        self.returned = Returned()
        self.received = 0
        self.turn = self.receive_turn = self.send_turn = TURN
        self.ended = []
        self.receives_in = self.sends_in = NOWHERE

    def __del__(self):
        if self.link is not None and (self.link.watch is not None or self.link.reading is not None):
            self.link.park()

    # ---- the loop

    cpdef object _enter(self):
        """Return the loop to wait in: the running one.

        Raises:
            RuntimeError: Operations of the socket wait in another one; or there is none.
        """
        loop = self.link.choose()
        if loop is not self.link.loop:
            self._move(loop)
        return loop

    cpdef object _move(self, object loop):
        """Wait in *loop* from now on."""
        cdef Operation operation
        if self.link.loop is not None:
            waiting = _all_waiting(self)
            if waiting and not self.link.hub.is_closed():
                raise RuntimeError(
                    f"cannot use {self._socket()!r} in {loop!r}: it is in use in {self.link.loop!r}, where"
                    f" {len(waiting)} of its operations wait"
                )
            for operation in waiting:  # of a closed loop: they will never be done
                operation.leave()
            self.link.park()
        self.link.join(loop)
        self.awaited = self.link.hub.awaited
        self.changed()

    cdef int schedule(self) except -1:
        """Run in the next iteration of the loop."""
        return self.link.schedule(self._run_scheduled)  # which keeps this object until then

    def _run_scheduled(self):
        """Run, in the turn of operations that have waited only for that: most need no Watch."""
        cdef Socket socket = self._socket()
        cdef bint refused = False
        if not self.link.is_here():
            return  # it waits in another loop by now
        self.link.scheduled = self.half_sent = False
        try:
            if socket is not None and self.link.watch is None:
                _send(self, socket)
                _receive(self, socket, &refused)
        finally:
            self.run()

    # ---- messages

    cdef int changed(self) except -1:
        """Fewer operations may wait, or less was given back: find out which need not consider that any more."""
        with cython.critical_section(self, self.link):
            loop = NOWHERE if self.link.loop is None else self.link.loop
            self.sends_in = NOWHERE if self.senders else loop
            # in this order: another thread may give something back meanwhile
            self.receives_in = loop
            if self.receivers or self.delivered or self.returned.messages or self.returned.more is not None:
                self.receives_in = NOWHERE
            if self.link.watch is not None and not _is_waited_for(self):
                self.link.watch.interest = 0
        return 0

    cdef int take_back(self, Place *place, object message, bint delivered) except -1:
        """Keep a message for the next receive.  Any thread: what has it may be collected in any.

        Args:
            delivered: Whether it was delivered to an operation that waited.
        """
        with cython.critical_section(self):
            self.delivered -= delivered
            if not self.delivered:
                self.halfway = False
        if self._socket() is None:
            return 0  # nothing can receive it any more
        self.returned.add(place, message)
        with cython.critical_section(self):
            self.receives_in = NOWHERE
        if self.receivers or self.pollers:
            self._woken()
        return 0

    cdef object take(self, Socket socket, Operation operation):
        """Receive for *operation*: first what was given back; None where there is nothing.

        ``changed()`` or ``taken()`` must follow.
        """
        cdef object message
        if self.returned.messages:
            return self.returned.take(
                socket, operation.kind, operation.copy, operation.track, operation.data, &operation.place
            )
        message = receive_now(
            socket, operation.kind, operation.flags, operation.copy, operation.track, operation.data
        )
        if message is None:
            return None
        self.received += 1
        self.returned.more = None
        operation.place.number = self.received
        operation.place.part = 0
        operation.place.more = operation.kind != RECV_MULTIPART and socket._more
        return message

    cdef bint waits_after(self, object error) except -1:
        """Return whether a receive that failed with *error* is to wait."""
        return isinstance(error, Again) or (self.awaits_state and has_to_wait(error))

    cpdef bint _holds_message(self) except -1:
        """Return whether a message was given back, which the socket receives next."""
        return bool(self.returned.messages)

    @property
    def _returned_more(self) -> bool | None:
        """RCVMORE where libzmq's is not that of the last frame received; else None."""
        return self.returned.more

    # ---- waiting

    cdef int run(self, bint refused=False) except -1:
        """Do what can be done for what waits, and have the rest watched; stop watching when nothing waits.

        Args:
            refused: Whether libzmq has just had nothing to receive.
        """
        _work(self, refused)
        # From here on nothing keeps the socket: its callers may drop it, and wait until it is closed.
        if self.ended:
            self.wake_all()
        if self.half_sent:
            self.schedule()  # after the caller that has sent a frame, and may go on with its message
        return 0

    cdef int wake_all(self) except -1:
        """Wake the callers of operations that have ended: not before, since they may use the socket."""
        return 0

    # ---- news

    def park(self) -> None:
        """Stop watching the socket, until an operation waits again.  Any thread."""
        self.link.park()

    def ready(self) -> None:
        """The descriptor is readable; called by the hub."""
        # else it has moved to another one meanwhile; or a finalizer uses a socket in the middle of a run
        if self.link.is_here() and not self.running:
            self.run()

    def _look_again(self):
        """It is time to look at the socket though there is no news."""
        self.link.late = None
        self.ready()

    def _woken(self):
        """Something has made the socket ready, or unusable; called in any thread."""
        cdef Link link = self.link
        with cython.critical_section(link):
            loop = link.loop
        if loop is None:
            return
        here = link.running_loop() is loop
        if here and self.running:  # the run looks again
            return
        if not _is_waited_for(self) and link.in_thread():
            link.park()  # the socket is closed, or what waited was cancelled
        elif here and link.watch is not None and link.watch.lost:
            self.run()  # at once: after close() programs look at what waited
        elif here:
            self.schedule()
        else:
            link.call_in_thread((self.ready,))


cdef bint _is_waited_for(Engine engine) except -1:
    return bool(engine.receivers) or bool(engine.senders) or bool(engine.pollers)


cdef list _all_waiting(Engine engine):
    return [*engine.receivers, *engine.senders, *engine.pollers]


cdef int _taken(Engine engine) except -1:
    """A message that was delivered has been taken."""
    cdef bint all_taken
    with cython.critical_section(engine):
        engine.delivered -= 1
        all_taken = not engine.delivered
    if all_taken:
        engine.changed()
        if engine.halfway:
            _go_on(engine)
    return 0


cdef int _go_on(Engine engine) except -1:
    """Let the others receive, soon: the caller that has got a frame may ask for the rest of the message first."""
    engine.halfway = False
    if engine.receivers and engine.link.takes_calls():
        engine.schedule()
    return 0


cdef int _work(Engine engine, bint refused) except -1:
    cdef Operation operation
    cdef Socket socket
    cdef Watch watch = engine.link.watch
    if (
        refused and engine.link.reading is not None and watch is not None and not engine.returned.messages
        and _interest(engine) == libzmq.ZMQ_POLLIN and watch.sleep_refused()
    ):
        return 0  # the usual case, and all that follows would do
    socket = engine._socket()
    if socket is None or not _is_waited_for(engine):
        engine.link.park()  # there was news, which nothing waits for: the socket may be closed
        return 0
    engine.running = True
    try:
        _run(engine, socket, refused)
    except ZMQError as error:
        engine.link.park()
        for operation in _all_waiting(engine):
            operation.fail(_copy.copy(error))
    except BaseException:  # of a signal handler, or of code of the program that a send runs
        engine.running = False
        engine.link.keep_watching(True)
        if engine.ended:
            engine.schedule()
        raise
    finally:
        engine.running = False
    # Since the last look the garbage collector may have run, and with it code that uses the socket.
    if (engine.link.watch is not None and engine.link.watch.told and _is_waited_for(engine)) or (
        engine.returned.messages and _interest(engine) & libzmq.ZMQ_POLLIN
    ):
        engine.schedule()
    return 0


cdef int _run(Engine engine, Socket socket, bint refused) except -1:
    cdef Watch watch = engine.link.watched(socket)
    cdef bint served = True, look_again = True
    cdef int interest, ready
    while True:
        watch.interest = interest = _interest(engine)
        if not interest:
            break
        if interest == libzmq.ZMQ_POLLIN and not engine.pollers and watch.alone():
            watch.refused_events = 0
            if not (refused and watch.handle.refused and not engine.returned.messages):
                watch.told = watch.looked_ready = False
                watch.begin_try()
                try:
                    _receive(engine, socket, &refused)
                finally:
                    watch.end_try()
            if refused:
                look_again = False
                break
            if not engine.receivers:
                continue
        if served:
            ready = watch.events()  # after each operation: it may have eaten an edge
            if engine.returned.messages:
                ready |= libzmq.ZMQ_POLLIN
            if not ready & interest:
                look_again = False
                break
            served = _serve(engine, socket, ready)
            if engine.pollers and _answer_polls(engine, watch.events() if served else ready):
                served = True
        else:
            # It says ready and refuses: a mandatory ROUTER does, or an XPUB that is full and must not drop.
            pause_s = watch.pause()
            if pause_s != 0:
                look_again = pause_s is not None
                break
            watch.begin_try()
            try:
                served = _serve(engine, socket, interest)
            finally:
                watch.end_try()
    engine.running = False  # from here on news need another run
    if interest:
        engine.link.keep_watching(look_again)
    elif engine.link.reading is None or watch.lost:
        engine.link.park()
    # else the loop watches until there is news: an operation may come back
    return 0


cdef bint _serve(Engine engine, Socket socket, int events) except -1:
    """Do what *events* promise; return whether anything was done."""
    cdef bint refused
    cdef bint served = _send(engine, socket) if events & libzmq.ZMQ_POLLOUT else False
    if (events & libzmq.ZMQ_POLLIN or engine.returned.messages) and _receive(engine, socket, &refused):
        served = True
    return served


cdef int _interest(Engine engine) except -1:
    """Return the events that are waited for."""
    cdef Operation operation
    cdef int interest = libzmq.ZMQ_POLLIN if engine.receivers and not engine.halfway else 0
    if engine.senders and not engine.half_sent:
        interest |= libzmq.ZMQ_POLLOUT
    for operation in engine.pollers:
        interest |= operation.events
    return interest


cdef bint _send(Engine engine, Socket socket) except -1:
    """Send what waits for that; return whether anything was done."""
    cdef Operation operation
    cdef bint served = False
    while engine.senders and not engine.half_sent:
        if not _send_one(engine, socket, engine.senders[0]):
            break
        served = True
        engine.half_sent = engine.whole and socket.shared_handle.sending_more
    if engine.addressed and len(engine.senders) > 1 and not engine.half_sent:
        for operation in tuple(engine.senders)[1:]:  # another peer may have room
            if operation.engine is not None and not engine.half_sent and _send_one(engine, socket, operation):
                served = True
                engine.half_sent = engine.whole and socket.shared_handle.sending_more
    return served


cdef bint _send_one(Engine engine, Socket socket, Operation operation) except -1:
    """Return whether that was done, in one way or the other."""
    try:
        result = send_now(
            socket, operation.kind, operation.data, operation.flags, operation.copy, operation.track, operation.to
        )
    except Again:
        return False
    except Exception as error:
        operation.fail(error)
    else:
        operation.succeed(result)
    return True


cdef bint _receive(Engine engine, Socket socket, bint *refused) except -1:
    """Receive for what waits for that.

    Args:
        refused: Set when libzmq has nothing, and has processed all commands of the socket.

    Returns:
        Whether anything was done.
    """
    cdef Operation operation
    cdef bint served = False
    refused[0] = False
    while engine.receivers and not engine.halfway:
        operation = engine.receivers[0]
        try:
            message = engine.take(socket, operation)
        except Exception as error:
            # while a request was delivered and not taken, its reply may end that state
            if engine.waits_after(error) or (engine.delivered and has_to_wait(error)):
                break
            operation.fail(error)
        else:
            if message is None:
                refused[0] = True
                break
            with cython.critical_section(engine):
                engine.delivered += 1
            engine.halfway = engine.whole and operation.place.more
            operation.deliver(engine, message)
        served = True
    return served


cdef bint _answer_polls(Engine engine, int events) except -1:
    cdef Operation operation
    cdef bint answered = False
    if engine.returned.messages:
        events |= libzmq.ZMQ_POLLIN
    for operation in tuple(engine.pollers):
        found = events & operation.events
        if found:
            operation.succeed(found)
            answered = True
    return answered


core_guard_methods(Engine)
