"""A set of descriptors in the kernel (epoll, kqueue) that an event loop watches by the one descriptor of the set.

A loop is not asked about each descriptor itself.  asyncio keeps one callback for a descriptor, so two sockets on one C
socket would displace each other.  And when another thread closes a socket, libzmq closes its descriptor before the loop
can know of that: uvloop then aborts the process, and other loops take the next file of that number for the old one.
The kernel's set forgets descriptors that are closed by itself, so what is watched may be closed at any time.
"""
from zmq.backend cimport libzmq

from zmq.backend import kernel

cdef extern from "zmq/backend/nested.h":
    enum:
        AT_ONCE "CORE_AT_ONCE"  # the set is watched level-triggered: what is left comes next
    int core_ask_kernel(int kernel, int *ready) noexcept


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
        self._register(fd, [*self.watched.get(fd, ()), descriptor])

    def remove(self, Descriptor descriptor not None) -> None:
        """Stop watching."""
        fd = descriptor.fileno()
        try:
            self._register(fd, [other for other in self.watched.get(fd, ()) if other is not descriptor])
        except OSError:
            pass  # it is closed

    cdef int _register(self, object fd, list sharing) except -1:
        if self.watched.pop(fd, None):
            try:
                self.kernel.unregister(fd)  # and begin anew: by now it may be another file's number
            except OSError:
                pass  # it was closed, and the set has forgotten it
        if sharing:
            self.kernel.register(fd, libzmq.ZMQ_POLLIN)  # epoll's bit has the same value
            self.watched[fd] = sharing
        return 0

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
                if self._notify(ready[i], cls):
                    found = True
        else:
            for fd, _ in self.kernel.poll(0, AT_ONCE):
                if self._notify(fd, cls):
                    found = True
        return found

    cdef bint _notify(self, object fd, object cls) except -1:
        cdef Descriptor descriptor
        cdef bint found = False
        cdef list watched = self.watched.get(fd)
        if watched is not None:  # else what was notified before has stopped it
            for descriptor in watched:
                if cls is None or isinstance(descriptor.listener(), cls):
                    found = True
                    descriptor.ready()
        return found
