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
   socket alone and only receives wait; see ``Handle.pause()`` for all other cases.
7. Closing the socket ends all that waits, at once in the loop's thread.

An adapter says what only it can: which loop runs, how a *hub* watches a descriptor for it, and how an operation ends.
Its hub has ``watch(fd, reference)``, which calls ``ready()`` of what the weak reference refers to whenever the
descriptor is readable, and returns what ``stop()`` takes; and a set ``awaited`` of what the loop keeps.  Its loop has
asyncio's ``call_soon``, ``call_soon_threadsafe``, ``call_later``, ``is_closed`` and ``is_running``.
"""
import copy as _copy
from bisect import insort
from collections import deque
from functools import partial
from weakref import ref

from zmq.backend cimport libzmq
from zmq.backend.frame cimport Frame
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport recv_parts, send_parts
from zmq.backend.watch cimport Watch

from zmq.backend.watch import LOOK_AGAIN_S
from zmq.constants import Errno
from zmq.error import Again, ZMQError

cdef object EAGAIN = int(Errno.EAGAIN)
cdef object EFSM = int(Errno.EFSM)

# Stands for a loop that never runs.
cdef object NOWHERE = object()

# The ids of those Returned that have messages.  Pollers look at each of their sockets only where there are any.
holding = set()
# The polls of several sockets that wait, of all loops; each has ``woken()``, to be called in any thread.
polls = set()


cdef bint has_to_wait(object error) except -1:
    """Return whether a receive that failed with *error* may succeed later: there is nothing yet, or REP sends first.

    As in pyzmq, a server may begin to receive while another task still prepares its reply.
    """
    return isinstance(error, ZMQError) and (error.errno == EAGAIN or error.errno == EFSM)


cdef object receive_now(Socket socket, Kind kind, int flags, bint copy, bint track, object into):
    """Receive a frame, or a message, if there is one; else return None.

    Raises:
        Again: There is none, and a signal came.
        ZMQError: What else is wrong.
    """
    cdef object frame
    if kind == RECV_MULTIPART:
        socket.c_socket()
        return recv_parts(socket.shared_handle, flags | libzmq.ZMQ_DONTWAIT, copy, track, False)
    if kind == RECV:
        return socket.try_recv(flags | libzmq.ZMQ_DONTWAIT, copy, track)
    frame = socket.try_recv(flags | libzmq.ZMQ_DONTWAIT, False, False)
    if frame is not None:
        fill(into, frame)
    return frame


cdef object send_now(Socket socket, Kind kind, object data, int flags, bint copy, bint track, object routing_id,
                     object group):
    """Send a frame, or a message, or raise Again."""
    if kind == SEND:
        return socket.send_frame(data, flags | libzmq.ZMQ_DONTWAIT, copy, track, routing_id, group)
    socket.c_socket()
    return send_parts(
        socket.shared_handle, data, flags | libzmq.ZMQ_DONTWAIT, copy, track, socket.copy_threshold, routing_id, group
    )


cdef int fill(object view, object frame) except -1:
    """Copy what fits of *frame* into *view*."""
    size = min(len(frame), len(view))
    view[:size] = frame.buffer[:size]
    return 0


cdef object as_wanted(object frame, bint copied):
    """Return *frame* as bytes or as a Frame."""
    if isinstance(frame, Frame):
        return frame.bytes if copied else frame
    return frame if copied else Frame(frame)


cdef class Returned:
    """The messages that were given back, in the order in which they came: of each, its place, its frames, and whether
    the message goes on after them.

    A place is the number of a message in the order in which they came, with that of a frame in it.
    """

    def __cinit__(self):
        self.messages = []
        self.more = None  # RCVMORE, where libzmq's is not that of the last frame received

    def __del__(self):
        holding.discard(id(self))

    cdef int add(self, long long number, int part, object message, bint more) except -1:
        """Take a message back.  Any thread: futures may be collected in any."""
        insort(self.messages, ((number, part), message if isinstance(message, list) else [message], more))
        holding.add(id(self))
        for poll in tuple(polls):
            poll.woken()
        return 0

    cdef object take(self, Socket socket, Operation operation):
        """Receive the first one, for *operation*."""
        try:
            return self._take(socket, operation)
        finally:
            holding.discard(id(self))
            if self.messages:  # last: another thread may give something back meanwhile
                holding.add(id(self))

    cdef object _take(self, Socket socket, Operation operation):
        cdef bint more
        (operation.number, operation.part), frames, more = self.messages.pop(0)
        if operation.kind == RECV_MULTIPART:
            message = [as_wanted(frame, operation.copy) for frame in self._join(socket, frames, more, operation)]
            self.more = operation.more = False
            return message
        frame, *rest = frames
        if rest:
            insort(self.messages, ((operation.number, operation.part + 1), rest, more))
            more = True
        self.more = operation.more = more
        if operation.kind == RECV_INTO:
            frame = as_wanted(frame, False)
            fill(operation.data, frame)
            return frame
        return as_wanted(frame, operation.copy)

    cdef list _join(self, Socket socket, list message, bint more, Operation operation):
        """Return a message of which the first frames were given back."""
        while more:
            if not self.messages:
                try:
                    rest = receive_now(socket, RECV_MULTIPART, 0, operation.copy, operation.track, None)
                except ZMQError:
                    rest = None
                # None where another object has received the rest
                return message if rest is None else message + rest
            _, frames, more = self.messages.pop(0)
            message = message + frames
        return message


cdef class Operation:
    """One call that waits, with its arguments.  Adapters say how it ends."""

    cdef int join(self, Engine engine, Socket socket, object queue) except -1:
        """Wait in a queue of *engine*."""
        self.engine = engine
        self.socket = socket
        self.queue = queue
        queue.append(self)
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

    cdef int succeed(self, object result) except -1:
        """End with *result*, of a send or a poll, and leave."""
        raise NotImplementedError

    cdef int deliver(self, Engine engine, object message) except -1:
        """End with a message, which ``engine.take_back()`` takes if the program does not, and leave."""
        raise NotImplementedError

    cdef int fail(self, object error) except -1:
        """End with *error*, or as the closing of the socket demands, and leave."""
        raise NotImplementedError

    cdef int expire(self) except -1:
        """End: the time is up."""
        raise NotImplementedError


def expire(operation):
    """End what a weak reference refers to, if it still waits: its time is up."""
    cdef Operation waiting = operation()
    if waiting is not None and waiting.engine is not None:
        waiting.expire()


def _wake(engine):
    """What the Watch keeps: nothing that keeps a socket."""
    target = engine()
    if target is not None:
        target.woken()


cdef class Engine:
    """What waits for one Python socket, and the loop that it waits in.

    All methods are for the thread of the loop, but ``take_back()`` and ``woken()``, which are for any.

    Args:
        socket: The socket, which is not kept.
        running_loop: Returns the loop that runs in this thread; None if none does.
        default_loop: Returns the loop to use where none is running.
        hub_of: Returns the hub of a loop.

    Attributes:
        loop, hub: The loop that it was used in last, and its hub; None before the first time.
        receivers, senders, pollers: The operations that wait.
        delivered: How many messages were delivered to operations which waited, and are neither taken nor given back.
        returned: What was given back.
        received: How many receives there were.
    """

    def __init__(self, Socket socket not None, running_loop, default_loop, hub_of):
        self.socket = ref(socket)
        self.running_loop = running_loop
        self.default_loop = default_loop
        self.hub_of = hub_of
        self.me = ref(self)
        self.receivers = deque()
        self.senders = deque()
        self.pollers = deque()
        self.returned = Returned()
        self.received = 0
        self.receives_in = self.sends_in = NOWHERE

    def __del__(self):
        if self.loop is not None and (self.watch is not None or self.reading is not None):
            self._park()

    cdef bint is_waited_for(self) except -1:
        return bool(self.receivers) or bool(self.senders) or bool(self.pollers)

    cdef list waiting(self):
        return [*self.receivers, *self.senders, *self.pollers]

    # ---- the loop

    cpdef object enter(self):
        """Return the loop to wait in: the running one.

        Raises:
            RuntimeError: Operations of the socket wait in another one; or there is none.
        """
        loop = self.running_loop()
        if loop is None:
            loop = self.default_loop()
        if loop is not self.loop:
            self.move(loop)
        return loop

    cpdef object move(self, object loop):
        """Wait in *loop* from now on."""
        cdef Operation operation
        if self.loop is not None:
            waiting = self.waiting()
            if waiting and not self.loop.is_closed():
                raise RuntimeError(
                    f"cannot use {self.socket()!r} in {loop!r}: it is in use in {self.loop!r}, where"
                    f" {len(waiting)} of its operations wait"
                )
            for operation in waiting:  # of a closed loop: they will never be done
                operation.leave()
            self._park()
        self.hub = self.hub_of(loop)  # which may fail
        self.loop = loop
        self.awaited = self.hub.awaited
        self.scheduled = False
        self.changed()

    cdef bint _in_thread(self) except -1:
        """Return whether this thread may call the loop: it runs in this thread, or is not running."""
        return self.running_loop() is self.loop or not self.loop.is_running()

    cdef int schedule(self) except -1:
        """Run in the next iteration of the loop."""
        if not self.scheduled:
            self.loop.call_soon(self._run_scheduled)  # and keep this object until then
            self.scheduled = True
        return 0

    def _run_scheduled(self):
        """Run, in the turn of operations that have waited only for that: most need no Watch."""
        cdef Socket socket = self.socket()
        cdef bint refused = False
        if self.running_loop() is not self.loop:
            return  # it waits in another loop by now
        self.scheduled = False
        try:
            if socket is not None and self.watch is None:
                self._send(socket)
                self._receive(socket, &refused)
        finally:
            self.run()

    def _look_again(self):
        self.late = None
        self.ready()

    # ---- messages

    cdef int changed(self) except -1:
        """Fewer operations may wait, or less was given back: find out which need not consider that any more."""
        loop = NOWHERE if self.loop is None else self.loop
        self.sends_in = NOWHERE if self.senders else loop
        # in this order: another thread may give something back meanwhile
        self.receives_in = loop
        if self.receivers or self.delivered or self.returned.messages or self.returned.more is not None:
            self.receives_in = NOWHERE
        if self.watch is not None and not self.is_waited_for():
            self.watch.interest = 0
        return 0

    cdef int taken(self) except -1:
        """A message that was delivered has been taken."""
        self.delivered -= 1
        if not self.delivered:
            self.changed()
        return 0

    cdef int take_back(self, long long number, int part, object message, bint more, bint delivered) except -1:
        """Keep a message for the next receive.  Any thread: futures may be collected in any.

        Args:
            delivered: Whether it was delivered to an operation that waited.
        """
        self.delivered -= delivered
        if self.socket() is None:
            return 0  # nothing can receive it any more
        self.returned.add(number, part, message, more)
        self.receives_in = NOWHERE
        if self.receivers or self.pollers:
            self.woken()
        return 0

    cdef object take(self, Socket socket, Operation operation):
        """Receive for *operation*: first what was given back; None where there is nothing."""
        cdef object message
        if self.returned.messages:
            message = self.returned.take(socket, operation)
            self.changed()
            return message
        message = receive_now(
            socket, operation.kind, operation.flags, operation.copy, operation.track, operation.data
        )
        if message is None:
            return None
        self.received += 1
        if self.returned.more is not None:
            self.returned.more = None
            self.changed()
        operation.number = self.received
        operation.part = 0
        operation.more = operation.kind != RECV_MULTIPART and socket._more
        return message

    # ---- waiting

    cdef int add(self, Socket socket, Operation operation, object queue, object timeout_ms, bint now,
                 bint refused=False) except -1:
        """Have *operation* wait.

        Args:
            timeout_ms: For how many milliseconds; None or a negative number for ever.
            now: Whether to try at once, or else in the next iteration of the loop.
            refused: Whether libzmq has just had nothing to receive.
        """
        operation.join(self, socket, queue)
        if queue is self.receivers:
            self.receives_in = NOWHERE
        elif queue is self.senders:
            self.sends_in = NOWHERE
        if now:
            self.run(refused)
        else:
            self.schedule()
        if timeout_ms is not None and timeout_ms >= 0 and operation.engine is not None:
            # after what is scheduled, so that no time at all is enough for what is there
            operation.timer = self.loop.call_later(timeout_ms / 1000, expire, ref(operation))
        return 0

    cdef int run(self, bint refused=False) except -1:
        """Do what can be done for what waits, and have the rest watched; stop watching when nothing waits.

        Args:
            refused: Whether libzmq has just had nothing to receive.
        """
        cdef Operation operation
        cdef Socket socket
        cdef Watch watch = self.watch
        if (
            refused and self.reading is not None and watch is not None and watch.handle.refused and watch.alone()
            and not self.pollers and not self.returned.messages and self._interest() == libzmq.ZMQ_POLLIN
        ):
            watch.interest = libzmq.ZMQ_POLLIN
            watch.told = watch.looked_ready = False
            watch.refused_events = 0
            return 0  # the usual case, and all that _run() would do
        socket = self.socket()
        if socket is None or not self.is_waited_for():
            self._park()  # there was news, which nothing waits for: the socket may be closed
            return 0
        self.running = True
        try:
            self._run(socket, refused)
        except ZMQError as error:
            self._park()
            for operation in self.waiting():
                operation.fail(_copy.copy(error))
        except BaseException:  # of a signal handler, or of code of the program that a send runs
            self.running = False
            if self.watch is not None:
                self._keep_watching(True)
            raise
        finally:
            self.running = False
        # Since the last look the garbage collector may have run, and with it code that uses the socket.
        if (self.watch is not None and self.watch.told and self.is_waited_for()) or (
            self.returned.messages and self._interest() & libzmq.ZMQ_POLLIN
        ):
            self.schedule()
        return 0

    cdef int _run(self, Socket socket, bint refused) except -1:
        cdef Watch watch = self._watched(socket)
        cdef bint served = True, look_again = True
        cdef int interest, ready
        while True:
            watch.interest = interest = self._interest()
            if not interest:
                break
            if interest == libzmq.ZMQ_POLLIN and not self.pollers and watch.alone():
                watch.refused_events = 0
                if not (refused and watch.handle.refused and not self.returned.messages):
                    watch.told = watch.looked_ready = False
                    watch.begin_try()
                    try:
                        self._receive(socket, &refused)
                    finally:
                        watch.end_try()
                if refused:
                    look_again = False
                    break
                if not self.receivers:
                    continue
            if served:
                ready = watch.read()  # after each operation: it may have eaten an edge
                if self.returned.messages:
                    ready |= libzmq.ZMQ_POLLIN
                if not ready & interest:
                    look_again = False
                    break
                served = self._serve(socket, ready)
                if self.pollers and self._answer_polls(watch.read()):
                    served = True
            else:
                # It says ready and refuses: a mandatory ROUTER does, or an XPUB that is full and must not drop.
                pause_s = watch.pause()
                if pause_s != 0:
                    look_again = pause_s is not None
                    break
                watch.begin_try()
                try:
                    served = self._serve(socket, interest)
                finally:
                    watch.end_try()
        self.running = False  # from here on news need another run
        if interest:
            self._keep_watching(look_again)
        elif self.reading is None:
            self._park()
        # else the loop watches until there is news: an operation may come back
        return 0

    cdef int _interest(self) except -1:
        """Return the events that are waited for."""
        cdef Operation operation
        cdef int interest = libzmq.ZMQ_POLLIN if self.receivers else 0
        if self.senders:
            interest |= libzmq.ZMQ_POLLOUT
        for operation in self.pollers:
            interest |= operation.events
        return interest

    cdef bint _serve(self, Socket socket, int events) except -1:
        """Do what *events* promise; return whether anything was done."""
        cdef bint refused
        cdef bint served = self._send(socket) if events & libzmq.ZMQ_POLLOUT else False
        if (events & libzmq.ZMQ_POLLIN or self.returned.messages) and self._receive(socket, &refused):
            served = True
        return served

    cdef bint _send(self, Socket socket) except -1:
        """Send what waits for that; return whether anything was done."""
        cdef Operation operation
        cdef bint served = False
        while self.senders:
            operation = self.senders[0]
            try:
                result = send_now(
                    socket, operation.kind, operation.data, operation.flags, operation.copy, operation.track,
                    operation.routing_id, operation.group,
                )
            except Again:
                break
            except Exception as error:
                operation.fail(error)
            else:
                operation.succeed(result)
            served = True
        return served

    cdef bint _receive(self, Socket socket, bint *refused) except -1:
        """Receive for what waits for that.

        Args:
            refused: Set when libzmq has nothing, and has processed all commands of the socket.

        Returns:
            Whether anything was done.
        """
        cdef Operation operation
        cdef bint served = False
        refused[0] = False
        while self.receivers:
            operation = self.receivers[0]
            try:
                message = self.take(socket, operation)
            except Exception as error:
                if has_to_wait(error):
                    break
                operation.fail(error)
            else:
                if message is None:
                    refused[0] = True
                    break
                self.delivered += 1
                operation.deliver(self, message)
            served = True
            # One that is out of the program's reach gives its message back here, for the next.
            del operation
        return served

    cdef bint _answer_polls(self, int events) except -1:
        cdef Operation operation
        cdef bint answered = False
        if self.returned.messages:
            events |= libzmq.ZMQ_POLLIN
        for operation in tuple(self.pollers):
            found = events & operation.events
            if found:
                operation.succeed(found)
                answered = True
        return answered

    # ---- watching

    cdef Watch _watched(self, Socket socket):
        if self.watch is None:
            self.watch = Watch(socket, partial(_wake, self.me))
        return self.watch

    cdef int _keep_watching(self, bint look_again) except -1:
        """Have the loop watch the socket.

        Args:
            look_again: Whether to look at the socket a little later though there is no news.
        """
        if self.reading is None and self.watch.handle.fd >= 0:
            # No news is missed: the descriptor is readable until its commands are processed.
            try:
                self.reading = self.hub.watch(self.watch.handle.fd, self.me)
            except OSError:
                pass  # no descriptor is left for it
        if self.late is None and (look_again or self.reading is None or self.watch.handle.foreign):
            self.late = self.loop.call_later(LOOK_AGAIN_S, self._look_again)
        return 0

    cdef int _park(self) except -1:
        """Stop watching the socket.  Any thread."""
        watch, self.watch = self.watch, None
        if watch is not None:
            (<Watch>watch).stop()
        late, self.late = self.late, None
        if late is not None:
            late.cancel()
        reading, self.reading = self.reading, None
        if reading is None or self.loop is None:
            return 0
        if not self._in_thread():
            try:
                self.loop.call_soon_threadsafe(self.hub.stop, reading)
                return 0
            except RuntimeError:
                pass  # the loop was closed meanwhile
        self.hub.stop(reading)
        return 0

    def park(self):
        """Stop watching the socket, until an operation waits again.  Any thread."""
        self._park()

    # ---- news

    def ready(self):
        """The descriptor is readable; called by the hub."""
        if self.running_loop() is self.loop:  # else it has moved to another one meanwhile
            self.run()

    def woken(self):
        """Something has made the socket ready, or unusable; called in any thread."""
        loop = self.loop
        if loop is None:
            return
        here = self.running_loop() is loop
        if here and self.running:  # the run looks again
            return
        if not self.is_waited_for() and self._in_thread():
            self._park()  # the socket is closed, or what waited was cancelled
        elif here and self.watch is not None and self.watch.lost:
            self.run()  # at once: after close() programs look at what waited
        elif here:
            self.schedule()
        else:
            try:
                loop.call_soon_threadsafe(self.ready)
            except RuntimeError:
                pass  # the loop is closed
