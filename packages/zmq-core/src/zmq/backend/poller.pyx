"""Polling many sockets and descriptors at once.

The kernel is asked about all descriptors together, libzmq only about the sockets that changed: those whose descriptor
became readable, and those that were used since.  A poll over a thousand idle sockets costs what a poll over ten does.

Preparing that takes time, and many Pollers are used once.  So the first poll asks libzmq about each socket, and poll(2)
about the descriptors; the rest is set up when that has to wait, or by the next poll.  Without sockets each begins so.

A Poller is used in its critical section, and a Handle inside that in its own.  News of a socket come in the section of
its Handle, in any thread.  They must not wait for the Poller, which may wait for it: they only append to ``dirty``.
"""
from operator import attrgetter
from weakref import ref

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.limits cimport INT_MIN
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq
from zmq.backend.descriptors cimport DescriptorSet, descriptor_of, from_bits, poll_now, to_bits
from zmq.backend.handle cimport Handle, Watcher
from zmq.backend.instances cimport Instance, core_guard_methods, core_show_as_functions
from zmq.backend.socket cimport Socket
from zmq.backend.waiting cimport (
    CORE_NO_FD, SLICE_NS, add_fd, core_get, core_pollfd, core_set, deadline_after, generation, poll_timeout,
    remaining_ns, until_signals,
)

from zmq.constants import PollEvent

cdef extern from "zmq/backend/referent.h":
    object core_referent(object reference)

cdef object _both = PollEvent.POLLIN | PollEvent.POLLOUT

_in_order = attrgetter("order")


cdef class Poller(Instance)


cdef class Registration(Watcher):
    """One registered socket or descriptor."""

    cdef object poller  # a weak reference: a socket that keeps its watchers must not keep a Poller with them
    cdef object pollable
    cdef object flags
    cdef object reported  # what poll() returns: the socket, or the descriptor of a file
    cdef Handle handle  # None for a descriptor, and until it is polled
    cdef object fd  # what the kernel is asked about; None while nothing is
    cdef readonly Py_ssize_t order
    cdef int interest
    cdef int events  # what is ready, as far as is known
    cdef long dirty  # whether it is in the list of that name, or about to be; atomic
    cdef bint dropped  # it was unregistered, but may still be in the list

    cdef int news(self, Handle handle) except -1:
        cdef Poller poller = core_referent(self.poller)
        if poller is None:  # collected, and a subclass has a __del__ of its own
            return handle.unwatch(self)
        self.mark(poller)
        if core_get(&poller.descriptors.asleep) and handle.current() & self.interest:
            poller.descriptors.wake()
        return 0

    cdef int gone(self, Handle handle) except -1:
        cdef Poller poller = core_referent(self.poller)
        if poller is None:
            return 0
        with cython.critical_section(poller):
            poller.forget(self)
            if self.handle is not None:  # that lets other threads run: unregister() may have been called
                self.mark(poller)
        if core_get(&poller.descriptors.asleep):
            poller.descriptors.wake()
        return 0

    cdef int mark(self, Poller poller) except -1:
        if not core_set(&self.dirty, True):
            poller.dirty.append(self)
        return 0


cdef class Poller(Instance):
    """Waits for any of many sockets and descriptors.

    One thread at a time may use a Poller; other threads may use its sockets meanwhile.  It takes no descriptor but
    while it waits; those that are asked often keep one or two, 64 Pollers of a process at most.

    Example::

        with zmq.Context() as context, context.socket(zmq.PULL) as jobs, context.socket(zmq.PULL) as orders:
            jobs.bind("inproc://jobs")
            orders.bind("inproc://orders")
            poller = zmq.Poller()
            poller.register(jobs, zmq.POLLIN)
            poller.register(orders, zmq.POLLIN)
            for socket, events in poller.poll(10):
                print(socket.recv_multipart())

    libzmq: zmq_poll(3)
    """

    cdef dict registered  # pollable: Registration
    cdef Py_ssize_t socket_count  # how many of them are sockets
    cdef bint glanced  # whether there was a poll since it was empty
    # What start_over() makes; None before.
    cdef object me  # the weak reference to this object that its Registrations have
    cdef dict by_fd  # descriptor: the Registrations on it
    cdef list dirty  # Registrations whose sockets changed
    cdef set ready  # Registrations of sockets with something to report
    cdef set unwatchable  # Registrations of sockets whose readiness must be asked for each time
    cdef set files  # Registrations of objects with fileno(), which may return another one each time
    cdef set absent  # Registrations of negative descriptors, which closed files have
    cdef DescriptorSet descriptors
    cdef Py_ssize_t count
    cdef int generation
    cdef object assigned  # what a program has assigned to ``sockets``
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self.registered = {}

    @cython.critical_section
    def __init__(self):
        for pollable in [*self.registered] if self.registered else ():  # __init__ may be called again
            self.unregister(pollable)

    cdef int start_over(self) except -1:
        """Forget what is known of what is registered."""
        cdef Registration registration
        self.me = ref(self)
        self.by_fd = {}
        if self.dirty is None:
            self.dirty = []
        self.dirty.clear()
        self.ready = set()
        self.unwatchable = set()
        self.files = set()
        self.absent = set()
        self.descriptors = DescriptorSet.__new__(DescriptorSet)
        self.generation = generation
        for registration in self.registered.values():
            self.detach(registration)
            registration.poller = self.me
            registration.fd = None
            registration.dirty = False
            registration.mark(self)
        return 0

    cdef int own(self) except -1:
        """Start, and over in the child of a fork and where the collector has let go of a Poller that lives on."""
        if self.descriptors is None or self.generation != generation or core_referent(self.me) is not self:
            self.start_over()
        return 0

    def __del__(self):
        self.let_go()

    def __dealloc__(self):
        if self.registered is not None:  # else the collector has cleared it
            self.let_go()

    cdef int let_go(self) except -1:
        """Leave the sockets; start_over() must follow if the Poller lives on.  No Python code runs."""
        cdef Registration registration
        self.generation = -1
        if self.descriptors is not None:
            for registration in self.registered.values():
                self.detach(registration)
            self.descriptors.close()
        return 0

    cdef int detach(self, Registration registration) except -1:
        cdef Handle handle = registration.handle
        registration.handle = None
        if handle is not None:
            with cython.critical_section(handle):
                handle.unwatch(registration)
        return 0

    @property
    @cython.critical_section
    def sockets(self) -> list[tuple[Any, int]]:
        """The registered sockets and descriptors, each with its flags, in the order of registration.

        A list that is assigned is polled in their place, until that is undone by ``del``.
        """
        cdef Registration registration
        if self.assigned is not None:
            return self.assigned
        return [(registration.pollable, registration.flags) for registration in self.registered.values()]

    @sockets.setter
    @cython.critical_section
    def sockets(self, sockets):
        self.assigned = sockets

    @sockets.deleter
    @cython.critical_section
    def sockets(self):
        self.assigned = None

    cdef int adopt(self) except -1:
        """Register what was assigned to ``sockets``."""
        assigned, self.assigned = self.assigned, None
        for pollable in [*self.registered]:
            self.unregister(pollable)
        for pollable, flags in assigned:
            self.register(pollable, flags)
        return 0

    def __contains__(self, socket: object):
        return socket in self.registered

    @cython.critical_section
    def register(self, socket, flags: int = _both) -> None:
        """Watch a socket or descriptor from now on; one that is registered gets the new flags.

        Args:
            socket: A Socket, a descriptor, or an object with ``fileno()``; poll() complains of anything else.
            flags: zmq.POLLIN, zmq.POLLOUT, zmq.POLLERR, zmq.POLLPRI, or several; 0 unregisters.
        """
        cdef Registration registration
        if self.assigned is not None:
            self.adopt()
        if self.descriptors is not None:
            self.own()
        registration = self.registered.get(socket)
        if not flags:
            if registration is not None:
                self.unregister(socket)
        elif registration is None:
            self.registered[socket] = self.new_registration(socket, flags)
        else:
            if self.descriptors is not None:
                self.forget(registration)
                registration.mark(self)
            registration.flags = flags

    cdef Registration new_registration(self, object pollable, object flags):
        cdef Registration registration = Registration.__new__(Registration)
        registration.poller = self.me
        registration.pollable = pollable
        registration.flags = flags
        registration.order = self.count
        self.count += 1
        self.socket_count += isinstance(pollable, Socket)
        if self.descriptors is not None:
            registration.mark(self)
        return registration

    def modify(self, socket, flags: int = _both) -> None:
        """Change the flags of a registered socket or descriptor; registers one that is not."""
        self.register(socket, flags)

    @cython.critical_section
    def unregister(self, socket) -> None:
        """Stop watching a socket or descriptor.

        Raises:
            KeyError: It is not registered.
        """
        if self.assigned is not None:
            self.adopt()
        if self.descriptors is not None:
            self.own()
        cdef Registration registration = self.registered.pop(socket)
        self.socket_count -= isinstance(registration.pollable, Socket)
        if self.descriptors is None:
            if not self.registered:
                self.glanced = False  # what is registered for one poll, again and again, needs no set in the kernel
            return
        self.detach(registration)
        self.files.discard(registration)
        self.forget(registration)
        registration.dropped = True

    cdef int forget(self, Registration registration) except -1:
        """Stop asking the kernel about *registration*, and drop what is known of it."""
        self.ready.discard(registration)
        self.unwatchable.discard(registration)
        self.absent.discard(registration)
        registration.events = 0
        fd = registration.fd
        if fd is None:
            return 0
        registration.fd = None
        sharing = self.by_fd[fd]
        sharing.remove(registration)
        if sharing:
            self.ask_about(fd, sharing)
        else:
            del self.by_fd[fd]
            self.descriptors.remove(fd)
        return 0

    cdef int ask_about(self, object fd, list sharing) except -1:
        cdef Registration registration
        cdef int mask = 0
        cdef bint is_file = False
        for registration in sharing:
            if registration.handle is not None:
                mask |= libzmq.ZMQ_POLLIN
            else:
                mask |= registration.interest
                is_file = True
        return self.descriptors.put(fd, mask, is_file)

    cdef int arm(self, Registration registration) except -1:
        """Begin to ask the kernel about *registration*."""
        cdef Handle handle
        pollable = registration.pollable
        registration.interest = _interest(registration.flags)
        if isinstance(pollable, Socket):
            handle = (<Socket>pollable).shared_handle
            (<Socket>pollable).c_socket()
            if registration.handle is None:
                with cython.critical_section(handle):
                    handle.live()  # still: it may have been closed just now
                    registration.handle = handle
                    handle.watch(registration)
            registration.reported = pollable
            if handle.foreign or handle.fd == CORE_NO_FD:
                self.unwatchable.add(registration)
                return 0
            fd = handle.fd
        else:
            if not isinstance(pollable, int):
                self.files.add(registration)
            fd = registration.reported = descriptor_of(pollable)
            if fd < 0:  # poll(2) passes over it
                self.absent.add(registration)
                return 0
        registration.fd = fd
        sharing = self.by_fd.setdefault(fd, [])
        sharing.append(registration)
        return self.ask_about(fd, sharing)

    cdef int refresh(self) except -1:
        """Look at the sockets that changed."""
        cdef Registration registration
        while self.dirty:
            try:
                registration = self.dirty.pop()
            except IndexError:  # another thread was faster
                break
            core_set(&registration.dirty, False)
            if registration.dropped:
                continue
            try:
                if registration.fd is None:
                    self.arm(registration)  # lets other threads run, and mark other registrations
                self.look(registration, False)
            except BaseException:
                registration.mark(self)  # a closed socket raises each time, as long as it is registered
                raise
        for registration in [*self.unwatchable]:
            self.look(registration, True)
        return 0

    cdef int look(self, Registration registration, bint always) except -1:
        """Note what is ready of a socket.

        Args:
            always: Whether to ask libzmq also where nothing has happened that is known of.
        """
        cdef Handle handle = registration.handle
        cdef int events
        if handle is None:
            return 0
        with cython.critical_section(handle):
            events = handle.read_events() if always or handle.stale else handle.events
        if registration.handle is handle:  # still: other threads may have run
            registration.events = events & registration.interest
            if registration.events:
                self.ready.add(registration)
            else:
                self.ready.discard(registration)
        return 0

    cdef int recheck(self) except -1:
        """Ask anew about what may have been closed, and maybe opened again as something else, since we asked."""
        cdef Registration registration
        for registration in [*self.files]:
            if registration.fd != descriptor_of(registration.pollable):
                self.forget(registration)
                registration.mark(self)
        return self.descriptors.recheck()

    cdef list ask_kernel(self, int64_t left):
        """Wait for the descriptors; returns those that are ready themselves, and marks their sockets."""
        cdef Registration registration
        cdef Handle handle
        cdef list descriptors = []
        cdef int mask
        for fd, mask in self.descriptors.ask(left):
            for registration in [*self.by_fd.get(fd, ())]:
                handle = registration.handle
                if handle is not None:
                    with cython.critical_section(handle):
                        handle.stale = True
                    registration.mark(self)
                elif mask & (registration.interest | libzmq.ZMQ_POLLERR):
                    registration.events = mask & (registration.interest | libzmq.ZMQ_POLLERR)
                    descriptors.append(registration)
        return descriptors

    @cython.critical_section
    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until at least one registered socket or descriptor is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 returns at once, None or -1 waits for ever.

        Returns:
            The ready sockets and descriptors, each with its event mask; empty after a timeout, and at once where none
            is registered.  Of a file, and of any object with ``fileno()``, it is the descriptor; POLLERR of one that is
            closed, or was hung up.

        Raises:
            ContextTerminated: The context of a registered socket was terminated.
            ZMQError: A registered socket was closed: unregister it first.
            TypeError, ValueError, OverflowError: What is registered cannot be polled, or the timeout is none.

        libzmq: zmq_poll(3)
        """
        cdef double timeout_ms = poll_timeout(timeout)
        cdef int64_t deadline = -1
        cdef int64_t left
        cdef Registration registration
        cdef list descriptors
        if self.assigned is not None:
            return zmq_poll(self.assigned, timeout_ms)
        if not self.registered:
            return []
        if self.socket_count == 0 or self.descriptors is None and not self.glanced:
            self.glanced = True
            found = _glance([(registration.pollable, registration.flags) for registration in self.registered.values()])
            if found or timeout_ms == 0:
                return found
        self.own()
        if self.descriptors.files or self.files:
            self.recheck()
        while True:
            self.own()  # a signal handler may have forked
            self.refresh()
            descriptors = self.ask_kernel(0)
            self.refresh()
            if self.ready or descriptors:
                found = [*self.ready, *descriptors]
                found.sort(key=_in_order)
                # not 0: other threads, which may have run, have not unregistered it
                pairs = [(registration.reported, registration.events) for registration in found if registration.events]
                if pairs:
                    return pairs
            if timeout_ms == 0:
                return []
            if deadline < 0:
                deadline = deadline_after(timeout_ms)
            left = remaining_ns(deadline)
            if left == 0:
                return []
            self.sleep(left)

    cdef int sleep(self, int64_t left) except -1:
        """Sleep until a descriptor is readable, another thread has news, or *left* nanoseconds have passed."""
        cdef DescriptorSet descriptors = self.descriptors
        descriptors.fall_asleep()
        try:
            if self.dirty:  # news that came before we were asleep
                return 0
            if left > SLICE_NS and (self.unwatchable or not descriptors.can_be_woken()):
                left = SLICE_NS
            left = until_signals(left)
            PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
            # What it returns is asked for again.
            if self.generation == generation:  # a handler may have forked
                descriptors.ask(left)
        finally:
            descriptors.wake_up()
        return 0

    @cython.critical_section
    def _begin_wait(self) -> tuple[int | None, bool, int]:
        """Let an event loop do the waiting; ``_end_wait()`` must follow.

        Returns:
            A descriptor that is readable when ``poll(0)`` is worth a call, None where there is none; whether to call
            that from time to time anyway, since something is registered that no descriptor tells of, or none was free;
            and a number that changes with the file of the descriptor.  After ``_end_wait()`` that may be closed, and
            the next one have the same descriptor.

        Raises:
            ValueError: A registered file is closed: no event loop can wait for it.
        """
        cdef Registration registration
        cdef bint starts = self.descriptors is None
        self.own()
        if starts:
            self.refresh()
        for registration in self.absent:
            raise ValueError(
                f"cannot wait for {registration.pollable!r}: its descriptor is {registration.reported}, it was closed"
            )
        self.descriptors.fall_asleep()
        if self.dirty or (starts and self.ready):  # news that came before
            self.descriptors.wake()
        fd = self.descriptors.fileno()
        look_often = fd is None or bool(self.unwatchable) or not self.descriptors.can_be_woken()
        return fd, look_often, self.descriptors.number

    @cython.critical_section
    def _end_wait(self, done: bool) -> None:
        """The event loop waits no more.

        Args:
            done: False where it is about to wait again; else other waits of this Poller are told to look, which the
                loop may have passed over.
        """
        self.descriptors.wake_up()
        if done and core_get(&self.descriptors.asleep):
            self.descriptors.wake()


cdef list _glance(list pairs):
    """Ask once about each of *pairs*, of what is polled and flags; return those that are ready, with event masks."""
    cdef Socket socket
    cdef list found = []
    cdef Py_ssize_t count = 0
    cdef int interest, events, fd
    cdef core_pollfd *fds = <core_pollfd *>malloc((len(pairs) + 1) * sizeof(core_pollfd))
    if fds == NULL:
        raise MemoryError()
    try:
        for pollable, flags in pairs:
            interest = _interest(flags)
            if isinstance(pollable, Socket):
                socket = pollable
                socket.c_socket()
                with cython.critical_section(socket.shared_handle):
                    events = socket.shared_handle.look() & interest
                if events:
                    found.append((socket, events))
                continue
            fd = descriptor_of(pollable)
            if fd >= 0:
                count = add_fd(fds, count, fd, <short>to_bits(interest))
                found.append(None)  # its place
        if count == 0:
            return found
        poll_now(fds, count, 0)
        for i in reversed(range(len(found))):
            if found[i] is None:
                count -= 1
                found[i] = (fds[count].fd, from_bits(fds[count].revents))
        return [pair for pair in found if pair[1]]
    finally:
        free(fds)


cdef int _interest(object flags) except? -1:
    """Return *flags* as zmq_poll(3) takes them."""
    if isinstance(flags, (str, bytes, bytearray)):
        raise TypeError(f"flags are an int, such as zmq.POLLIN: got {flags!r}")
    return flags if isinstance(flags, int) else int(flags)


def zmq_poll(sockets: Sequence[tuple[Any, int]], timeout: float = -1) -> list[tuple[Any, int]]:
    """Poll once.

    Args:
        sockets: A list of pairs: a Socket, a descriptor or an object with ``fileno()``, and flags.
        timeout: Longest wait in milliseconds; -1 waits for ever.

    Returns:
        The ready ones, as Poller.poll() returns them.

    libzmq: zmq_poll(3)
    """
    cdef Poller poller
    cdef Py_ssize_t i
    if timeout is None or timeout < INT_MIN:
        error = TypeError if timeout is None else OverflowError
        raise error(f"a timeout is a number of milliseconds, or -1: got {timeout!r}")
    cdef double timeout_ms = poll_timeout(timeout)
    cdef list pairs = [sockets[i] for i in range(len(sockets))]
    found = _glance(pairs)
    if found or timeout_ms == 0:
        return found
    poller = Poller.__new__(Poller)
    poller.glanced = True
    for i, (pollable, flags) in enumerate(pairs):
        poller.registered[i] = poller.new_registration(pollable, flags)  # the same one may be asked of twice
    return poller.poll(timeout_ms)


core_guard_methods(Poller)
core_show_as_functions([Poller.register, Poller.modify, Poller.unregister, Poller.poll])
