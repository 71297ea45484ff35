"""The link between the engine of a socket and an event loop: which loop it is, and how that watches the socket."""
from functools import partial

cimport cython

from zmq.backend.socket cimport Socket
from zmq.backend.watch cimport Watch

from zmq.backend.watch import LOOK_AGAIN_S


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

    cdef int call_in_thread(self, object function) except -1:
        """Call *function* in the thread of the loop, unless that is closed.  Any thread."""
        with cython.critical_section(self):
            hub = self.hub
        try:
            hub.call_soon_threadsafe(function)
        except RuntimeError:
            pass
        return 0

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
        if reading is None or self.loop is None:
            return 0
        if not self.in_thread():
            try:
                self.hub.call_soon_threadsafe(self.hub.stop, reading)
                return 0
            except RuntimeError:
                pass  # the loop was closed meanwhile
        self.hub.stop(reading)
        return 0
