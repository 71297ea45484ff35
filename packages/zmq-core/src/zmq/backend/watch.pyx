"""How event loops watch a socket: what tells one of them of news, the link of a socket's engine to its loop, and the
one descriptor that a loop watches for all sockets: that of a set of descriptors in the kernel (epoll, kqueue).

A loop is not asked about each descriptor itself.  asyncio keeps one callback for a descriptor, so two sockets on one C
socket would displace each other.  And when another thread closes a socket, libzmq closes its descriptor before the loop
can know of that: uvloop then aborts the process, and other loops take the next file of that number for the old one.
The kernel's set forgets descriptors that are closed by itself, so what is watched may be closed at any time.
"""
from functools import partial
from threading import get_ident, main_thread

cimport cython
from cpython.exc cimport PyErr_SetObject
from cpython.pythread cimport PyThread_get_thread_ident
from libc.stdint cimport int64_t

from zmq.backend cimport libzmq
from zmq.backend.handle cimport Handle
from zmq.backend.instances cimport core_guard_methods
from zmq.backend.socket cimport Socket
from zmq.backend.waiting cimport FOREVER, SLICE_NS

from zmq.backend import kernel


cdef extern from "Python.h":
    int Py_AddPendingCall(int (*function)(void *) noexcept, void *argument)

cdef extern from "zmq/backend/watch.h":
    enum:
        AT_ONCE "CORE_AT_ONCE"  # the set is watched level-triggered: what is left comes next
    int core_ask_kernel(int kernel, int *ready) noexcept


# How often to look at a socket whose descriptor does not tell everything, or cannot be watched.
LOOK_AGAIN_S = SLICE_NS / 1e9

cdef list _postponed = []


cdef int _raise(void *argument) noexcept:
    error = _postponed.pop(0)
    PyErr_SetObject(type(error), error)
    return -1


cdef int _postpone(object error) except -1:
    """Raise *error* a little later, between two steps of the program: a signal handler has raised it in a callback.

    Here it would reach a caller whose operation has succeeded, and which would lose what it has received.  In other
    threads no handler runs: there the error is the callback's own, and is raised for ``sys.unraisablehook``.
    """
    if get_ident() != main_thread().ident:
        raise error
    _postponed.append(error)
    if Py_AddPendingCall(_raise, NULL) < 0:
        _postponed.remove(error)
        raise error
    return 0


cdef class Watch(Watcher):
    """Tells an event loop when a socket may have become ready.

    The loop watches ``fd`` for reading and calls back when that is readable; and this object calls *callback* when
    something else has made the socket ready, or unusable: an operation through another object or thread may eat the
    edge that ``fd`` would have shown.  Either way the loop calls ``events()``, which arms ``fd`` and the callback
    again, and tries what it waits to do.

    Args:
        socket: The socket to watch.
        callback: Called without arguments, in the thread that made the difference, at most once until ``events()``.
            It must only schedule work, never use the socket.

    ``close()`` it when no operation waits any more.

    Its state belongs to the critical section of its Handle.
    """

    def __init__(self, Socket socket not None, callback: Callable[[], object]):
        socket.c_socket()
        self.handle = socket.shared_handle
        self.callback = callback
        with cython.critical_section(self.handle):
            self.handle.watch(self)

    cdef int news(self, Handle handle) except -1:
        cdef int wanted
        if self.trying_in and self.trying_in == PyThread_get_thread_ident():
            # An operation of its own.  To read the events now could eat the edge of what ends a refusal.
            if len(handle.watchers) == 1:
                handle.stale = False
            return 0
        # still: reading the events tells the watchers, too, when they have changed
        # What was refused is no news before the loop looks again: two that are refused would wake each other for ever.
        wanted = self.interest & ~self.refused_events
        if wanted and not self.told and handle.current() & wanted and not self.told:
            self.told = True
            self.call()
        return 0

    cdef int gone(self, Handle handle) except -1:
        self.told = True
        self.lost = True
        self.call()
        return 0

    cdef void call(self) noexcept:
        try:
            self.callback()
        except BaseException as error:
            _postpone(error)

    @property
    def fd(self) -> int | None:
        """The descriptor of the socket, edge-triggered; None for the draft types that have none."""
        return self.handle.fd if self.handle.fd >= 0 else None

    cpdef int events(self) except -1:
        """Return the events that are ready, and arm the descriptor and the callback again.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed.
        """
        with cython.critical_section(self.handle):
            self.told = self.looked_ready = False
            self.refused_events = 0
            return self.handle.read_events()

    cpdef int begin_try(self) except -1:
        """An operation of this thread follows that tries what this Watch waits for, and so is no news to it."""
        self.trying_in = PyThread_get_thread_ident()
        return 0

    cpdef int end_try(self) except -1:
        """Operations are news again."""
        self.trying_in = 0
        return 0

    cdef bint alone(self) except -1:
        """Whether its descriptor, and news, tell all: it is the only watcher of a socket of this process."""
        with cython.critical_section(self.handle):
            return _alone(self)

    cdef bint sleep_refused(self) except -1:
        """Begin to wait for POLLIN after a receive was refused; return False where the events have to be read first."""
        with cython.critical_section(self.handle):
            if not self.handle.refused or not _alone(self):
                return False
            self.interest = libzmq.ZMQ_POLLIN
            self.told = self.looked_ready = False
            self.refused_events = 0
        return True

    def pause(self) -> float | None:
        """Return how many seconds to sleep after a try that libzmq has refused.

        A socket may look ready and refuse all the same.  Then it is the descriptor that tells of the end of that, and
        only as long as the events are not read; so call this in place of ``events()`` after a failed try.

        Returns:
            0 for another try at once; None for a sleep until ``fd`` is readable or the callback is called; else the
            longest time to sleep in spite of these.

        Raises:
            ContextTerminated: The context was terminated.
            ZMQError: The socket was closed.
        """
        cdef int64_t slice_ns
        with cython.critical_section(self.handle):
            self.handle.live()
            self.refused_events = 0
            if self.told:
                self.told = False
                self.handle.stale = True
            slice_ns = self.handle.pause(self.interest, &self.looked_ready)
            if slice_ns == FOREVER:
                return None
            if slice_ns:
                self.refused_events = self.handle.events & self.interest
        return slice_ns / 1e9

    cpdef int close(self) except -1:
        """Stop watching."""
        if self.handle is not None:
            with cython.critical_section(self.handle):
                self.handle.unwatch(self)
        self.interest = 0
        return 0


cdef bint _alone(Watch watch) noexcept:
    return len(watch.handle.watchers) == 1 and not watch.handle.foreign and watch.handle.fd >= 0


def _wake(engine):
    """What the Watch keeps: nothing that keeps a socket."""
    target = engine()
    if target is not None:
        target._woken()


def _look_again(engine):
    target = engine()
    if target is not None:
        target._look_again()


cdef class Link:
    """How one engine is called in a loop.  For the thread of the loop, but for what says other things.

    What other threads change or read is in the critical section of this object.

    Args:
        engine: A weak reference to the engine.
        running_loop, default_loop, hub_of: As for the engine.

    Attributes:
        loop, hub: The loop that the engine was used in last, and its hub; None before the first time.
        watch: Tells of what others do with the socket; None while it is not watched.
        reading: What the hub watches for it; None where it cannot, or need not.
        late: The timer of the next look.
    """

    def __init__(self, engine, running_loop, default_loop, hub_of):
        self.engine = engine
        self.running_loop = running_loop
        self.default_loop = default_loop
        self.hub_of = hub_of

    cdef object choose(self):
        """Return the loop that runs in this thread, else the one to use where none does."""
        loop = self.running_loop()
        return self.default_loop() if loop is None else loop

    cdef int join(self, object loop) except -1:
        """Use *loop* from now on."""
        hub = self.hub_of(loop)  # which may fail
        with cython.critical_section(self):
            self.hub = hub
            self.loop = loop
        self.scheduled = False
        return 0

    cdef bint is_here(self) except -1:
        """Return whether the loop runs in this thread."""
        return self.running_loop() is self.loop

    cdef bint in_thread(self) except -1:
        """Return whether this thread may call the loop: it runs in this thread, or is not running.  Any thread."""
        with cython.critical_section(self):
            loop, hub = self.loop, self.hub
        return self.running_loop() is loop or not hub.is_running()

    cdef bint takes_calls(self) except -1:
        """Return whether ``schedule()`` may be called here."""
        return self.in_thread() and not self.hub.is_closed()

    cdef int schedule(self, object function) except -1:
        """Call *function* in the next iteration of the loop, once."""
        if not self.scheduled:
            self.hub.call_soon(function)
            self.scheduled = True
        return 0

    cdef bint call_in_thread(self, tuple call) except -1:
        """Call a function, and its arguments, in the loop's thread; return False if that is closed.  Any thread."""
        with cython.critical_section(self):
            hub = self.hub
        try:
            hub.call_soon_threadsafe(*call)
        except RuntimeError:
            return False
        return True

    cdef Watch watched(self, Socket socket):
        """Return what tells of what others do with *socket*."""
        if self.watch is None:
            self.watch = Watch(socket, partial(_wake, self.engine))
        return self.watch

    cdef int keep_watching(self, bint look_again) except -1:
        """Have the loop watch the socket.

        Args:
            look_again: Whether to look at the socket a little later though there is no news.
        """
        cdef Watch watch = self.watch
        if watch is None:
            return 0  # another thread has closed the socket
        if self.reading is None and watch.handle.fd >= 0:
            # No news is missed: the descriptor is readable until its commands are processed.
            try:
                self.reading = self.hub.watch(watch.handle.fd, self.engine)
            except OSError:
                pass  # no descriptor is left for it
        if self.late is None and (look_again or self.reading is None or watch.handle.foreign):
            self.late = self.hub.call_later(LOOK_AGAIN_S, _look_again, self.engine)
        return 0

    cdef int park(self) except -1:
        """Stop watching the socket.  Any thread."""
        with cython.critical_section(self):
            watch, self.watch = self.watch, None
            late, self.late = self.late, None
            reading, self.reading = self.reading, None
        if watch is not None:
            (<Watch>watch).close()
        if late is not None:
            late.cancel()
        if reading is not None and self.loop is not None:
            if self.in_thread() or not self.call_in_thread((self.hub.stop, reading)):
                self.hub.stop(reading)
        return 0


cdef class Descriptor:
    """A descriptor that is watched for reading.

    Args:
        hub: What watches it; ``hub.stop()`` ends that.
        file: The descriptor, or what has a ``fileno()``.
        listener: A weak reference to what has a ``ready()``.  That is called in the loop, over and over while the
            descriptor is readable, and maybe when it is not.
    """

    def __init__(self, hub, file, listener: Callable[[], Any]):
        self.hub = hub
        self.file = file
        self.listener = listener

    def fileno(self) -> int:
        """Return its number."""
        return self.file if isinstance(self.file, int) else self.file.fileno()

    cpdef object ready(self):
        """Notify the listener; called in the loop."""
        listener = self.listener()
        if listener is None:
            self.hub.stop(self)
        else:
            listener.ready()


cdef class NestedSet:
    """Watches descriptors for a loop.  In the loop's thread.

    Args:
        loop: The loop, which keeps this object until it is closed; it needs ``add_reader``.
        owner: Kept as long as this object.

    Raises:
        NotImplementedError: The loop watches no descriptors, or the kernel has no such sets.
        OSError: No descriptor is left.
    """

    def __init__(self, loop, owner):
        if kernel.new_kernel is None:
            raise NotImplementedError
        self.kernel = kernel.new_kernel()
        self.owner = owner  # lives as long as the loop: another one would bring another set
        self.watched = {}
        self.number = self.kernel.fileno()
        loop.add_reader(self.number, self.report)  # for good: it is never ready while nothing is watched

    def __del__(self):
        if self.kernel is not None:
            self.kernel.close()

    def add(self, Descriptor descriptor not None) -> None:
        """Begin to watch.

        Raises:
            OSError: It cannot be watched.
        """
        fd = descriptor.fileno()
        _register(self, fd, [*self.watched.get(fd, ()), descriptor])

    def remove(self, Descriptor descriptor not None) -> None:
        """Stop watching."""
        fd = descriptor.fileno()
        try:
            _register(self, fd, [other for other in self.watched.get(fd, ()) if other is not descriptor])
        except OSError:
            pass  # it is closed

    def report(self) -> None:
        """Notify what waits for a descriptor that is readable; called by the loop."""
        self.look(None)

    cdef bint look(self, object cls) except -1:
        """Notify listeners whose descriptors are readable.

        Args:
            cls: Only listeners of this class; None for all.

        Returns:
            Whether there were any.
        """
        cdef int ready[AT_ONCE]
        cdef int i, count = core_ask_kernel(self.number, ready)
        cdef bint found = False
        if count >= 0:
            for i in range(count):
                if _notify(self, ready[i], cls):
                    found = True
        else:
            for fd, _ in self.kernel.poll(0, AT_ONCE):
                if _notify(self, fd, cls):
                    found = True
        return found


cdef int _register(NestedSet these, object fd, list sharing) except -1:
    if these.watched.pop(fd, None):
        try:
            these.kernel.unregister(fd)  # and begin anew: by now it may be another file's number
        except OSError:
            pass  # it was closed, and the set has forgotten it
    if sharing:
        these.kernel.register(fd, libzmq.ZMQ_POLLIN)  # epoll's bit has the same value
        these.watched[fd] = sharing
    return 0


cdef bint _notify(NestedSet these, object fd, object cls) except -1:
    cdef Descriptor descriptor
    cdef bint found = False
    cdef list watched = these.watched.get(fd)
    if watched is not None:  # else what was notified before has stopped it
        for descriptor in watched:
            if cls is None or isinstance(descriptor.listener(), cls):
                found = True
                descriptor.ready()
    return found


core_guard_methods(Descriptor)
