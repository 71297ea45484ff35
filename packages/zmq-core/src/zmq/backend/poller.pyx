"""Polling many sockets and descriptors at once.

The kernel is asked about all descriptors together (epoll where there is one), libzmq only about the sockets that
changed: those whose descriptor became readable, and those that were used since.  A poll over a thousand idle sockets
costs what a poll over ten does.
"""
from operator import attrgetter

from cpython.exc cimport PyErr_CheckSignals
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from zmq.backend.handle cimport Handle, Watcher
from zmq.backend.socket cimport Socket
from zmq.backend.waiting cimport (
    CORE_NO_FD,
    FOREVER,
    Waker,
    borrow_waker,
    deadline_after,
    generation,
    remaining_ns,
    return_waker,
    until_signals,
)

from zmq.backend import kernel
from zmq.constants import PollEvent
from zmq.error import ZMQError

cdef enum:
    POLLIN = 1
    POLLOUT = 2
    POLLERR = 4
    POLLPRI = 8

cdef int64_t SLICE_NS = 5_000_000

_in_order = attrgetter("order")


cdef int _to_kernel(int mask) except -1:
    cdef int bits = 0
    for ours, theirs in kernel.BITS:
        if mask & ours:
            bits |= theirs
    return bits


cdef int _from_kernel(int bits) except -1:
    cdef int mask = 0
    for ours, theirs in kernel.BITS:
        if bits & theirs:
            mask |= ours
    return mask


cdef class Poller


cdef class Owner:
    """The Poller, as its Registrations know it: a socket that keeps its watchers must not keep a Poller with them."""

    cdef PyObject *poller  # borrowed; cleared with it


cdef class Registration(Watcher):
    """One registered socket or descriptor."""

    cdef Owner owner  # None unless it is registered
    cdef object pollable
    cdef object reported  # what poll() returns: the socket, or the descriptor of a file
    cdef Handle handle  # None for a descriptor
    cdef object fd  # what the kernel is asked about; None while nothing is
    cdef readonly Py_ssize_t order
    cdef int interest
    cdef int events  # what is ready, as far as is known
    cdef bint dirty

    cdef Poller poller(self):
        """Return the Poller, or None when it is gone or going."""
        if self.owner is None or self.owner.poller == NULL or self.owner.poller.ob_refcnt == 0:
            return None
        return <Poller>self.owner.poller

    cdef int news(self, Handle handle) except -1:
        cdef Poller poller = self.poller()
        if poller is None:
            return 0
        self.mark(poller)
        if poller.asleep and handle.current() & self.interest:
            poller.wake()
        return 0

    cdef int gone(self, Handle handle) except -1:
        cdef Poller poller = self.poller()
        if poller is None:
            return 0
        poller.forget(self)
        if self.owner is not None:  # that lets other threads run: unregister() may have been called
            self.mark(poller)
        if poller.asleep:
            poller.wake()
        return 0

    cdef int mark(self, Poller poller) except -1:
        if not self.dirty:
            self.dirty = True
            poller.dirty.append(self)
        return 0


cdef class Poller:
    """Waits for any of many sockets and descriptors.

    One thread at a time may use a Poller; other threads may use its sockets meanwhile.

    libzmq: zmq_poll(3)
    """

    cdef Owner owner
    cdef dict registered  # pollable: Registration
    cdef dict by_fd  # descriptor: the Registrations on it
    cdef list dirty  # Registrations whose sockets changed
    cdef set ready  # Registrations with something to report
    cdef set always  # Registrations of descriptors the kernel cannot wait for: files, always ready
    cdef set unwatchable  # Registrations of sockets whose readiness must be asked for each time
    cdef set descriptors  # Registrations that are not of sockets
    cdef object kernel
    cdef Py_ssize_t count
    cdef int generation
    cdef int asleep  # how many wait for the kernel
    cdef Waker waker
    cdef bint misled  # whether the kernel may tell of files that were closed here
    cdef list retired  # what others still sleep on, after renew()
    cdef dict __dict__  # programs keep things of their own in it, tests replace its methods
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self.owner = Owner.__new__(Owner)
        self.owner.poller = <PyObject *>self
        self.registered = {}
        self.descriptors = set()
        self._reset()

    def __init__(self):
        for pollable in [*self.registered]:  # __init__ may be called again
            self.unregister(pollable)

    cdef int _reset(self) except -1:
        """Forget what is known, and ask the kernel anew."""
        cdef Registration registration
        self.by_fd = {}
        self.dirty = []
        self.ready = set()
        self.always = set()
        self.unwatchable = set()
        self.retired = []
        self.misled = False
        self.kernel = kernel.new_kernel()
        self.waker = None
        self.generation = generation
        for registration in self.registered.values():
            registration.fd = None
            registration.dirty = False
            registration.mark(self)
        return 0

    cdef int own(self) except -1:
        """Make an inherited Poller ours: what it has asked the kernel is the parent's to change."""
        if self.generation != generation:
            self._reset()
        return 0

    def __del__(self):
        self.let_go()

    def __dealloc__(self):
        if self.owner is not None:  # __del__ was not called: a subclass has one of its own
            self.let_go()

    cdef int let_go(self) except -1:
        """Leave the sockets.  No Python code runs."""
        cdef Registration registration
        cdef Waker waker = self.waker
        if self.owner is not None:
            self.owner.poller = NULL
            self.owner = None
        if self.registered is not None:
            for registration in self.registered.values():
                registration.owner = None
                if registration.handle is not None:
                    registration.handle.unwatch(registration)
        self.waker = None
        if waker is not None:
            return_waker(waker)
        return 0

    @property
    def sockets(self):
        """The registered sockets and descriptors, each with its PollEvent flags, in the order of registration."""
        cdef Registration registration
        return [
            (registration.pollable, PollEvent(registration.interest)) for registration in self.registered.values()
        ]

    def __contains__(self, socket):
        return socket in self.registered

    def __len__(self):
        return len(self.registered)

    def register(self, socket, flags=POLLIN | POLLOUT):
        """Watch a socket or descriptor from now on; one that is registered gets the new flags.

        Args:
            socket: A Socket, a descriptor, or an object with ``fileno()``.
            flags: zmq.POLLIN, zmq.POLLOUT, zmq.POLLERR, zmq.POLLPRI, or several; 0 unregisters.

        Raises:
            TypeError, ValueError: *socket* is none of these.
        """
        cdef Registration registration
        cdef int interest = flags
        if interest == 0:
            if socket in self.registered:
                self.unregister(socket)
            return
        self.own()
        registration = self.registered.get(socket)
        if registration is not None:
            self.forget(registration)
            registration.interest = interest
            registration.mark(self)
            return
        registration = Registration.__new__(Registration)
        registration.pollable = socket
        registration.interest = interest
        registration.order = self.count
        self.count += 1
        if isinstance(socket, Socket):
            (<Socket>socket).c_socket()
            registration.handle = (<Socket>socket).shared_handle
            registration.handle.watch(registration)
            registration.reported = socket
        else:
            registration.reported = _descriptor(socket)
            self.descriptors.add(registration)
        self.registered[socket] = registration
        registration.owner = self.owner
        registration.mark(self)

    def modify(self, socket, flags=POLLIN | POLLOUT):
        """Change the flags of a registered socket or descriptor; registers one that is not."""
        self.register(socket, flags)

    def unregister(self, socket):
        """Stop watching a socket or descriptor.

        Raises:
            KeyError: It is not registered.
        """
        self.own()
        cdef Registration registration = self.registered.pop(socket)
        registration.owner = None
        if registration.handle is not None:
            registration.handle.unwatch(registration)
        self.descriptors.discard(registration)
        self.forget(registration)
        if registration.dirty:
            self.dirty.remove(registration)

    cdef int forget(self, Registration registration) except -1:
        """Stop asking the kernel about *registration*, and drop what is known of it."""
        self.ready.discard(registration)
        self.always.discard(registration)
        self.unwatchable.discard(registration)
        registration.events = 0
        fd = registration.fd
        if fd is None:
            return 0
        registration.fd = None
        sharing = self.by_fd[fd]
        sharing.remove(registration)
        try:
            if sharing:
                self.kernel.modify(fd, self._mask(sharing))
            else:
                del self.by_fd[fd]
                self.kernel.unregister(fd)
        except (OSError, KeyError, ValueError):
            self.misled = True  # it was closed: the kernel has forgotten it, unless a dup or a fork keeps the file
        return 0

    cdef int renew(self) except -1:
        """Ask the kernel anew.

        A file that was closed here and lives on, through dup or fork, stays in epoll's set under its old number.  It
        cannot be taken out any more, and what happens to it would pass for news of whoever has that number now.
        """
        cdef list sharing
        self.misled = False
        if self.asleep:  # others, who look at the new set when they wake up
            self.retired.append(self.kernel)
            self.wake()
        self.kernel = kernel.new_kernel()
        if self.waker is not None:
            self.kernel.register(self.waker.read_fd, _to_kernel(POLLIN))
        for fd, sharing in [*self.by_fd.items()]:
            if sharing:  # still: other threads may run meanwhile
                try:
                    self.kernel.register(fd, self._mask(sharing))
                except OSError:
                    pass  # it is closed, as recheck() finds
        return 0

    cdef object _mask(self, list sharing):
        cdef Registration registration
        cdef int mask = 0
        for registration in sharing:
            mask |= POLLIN if registration.handle is not None else registration.interest
        return _to_kernel(mask)

    cdef int arm(self, Registration registration) except -1:
        """Begin to ask the kernel about *registration*."""
        if registration.handle is not None:
            registration.handle.live()
            if registration.handle.foreign or registration.handle.fd == CORE_NO_FD:
                self.unwatchable.add(registration)
                return 0
            fd = registration.handle.fd
        else:
            fd = registration.reported = _descriptor(registration.pollable)
            if self.misled:
                self.renew()
        sharing = self.by_fd.get(fd)
        try:
            if sharing is None:
                self.kernel.register(fd, self._mask([registration]))
                self.by_fd[fd] = [registration]
            else:
                try:
                    self.kernel.modify(fd, self._mask([*sharing, registration]))
                except FileNotFoundError:  # who had it closed it, and this is another of the same number
                    self.kernel.register(fd, self._mask([*sharing, registration]))
                    self.misled = True
                sharing.append(registration)
        except PermissionError:
            if registration.interest & (POLLIN | POLLOUT):
                self.always.add(registration)  # a file: poll(2) calls those ready, epoll refuses them
            return 0
        except OSError as error:
            if registration.handle is not None:
                registration.handle.live()  # it may have been closed just now: that is what to say
            raise ZMQError(error.errno, f"cannot poll {registration.pollable!r}: {error.strerror}") from None
        registration.fd = fd
        return 0

    cdef int refresh(self) except -1:
        """Look at the sockets that changed."""
        cdef Registration registration
        while self.dirty:
            registration = self.dirty.pop()
            registration.dirty = False
            try:
                if registration.fd is None:
                    self.arm(registration)  # lets other threads run, and mark others
                    if self.misled:
                        self.renew()
                if registration.handle is not None:
                    self.note(registration, registration.handle.read_events() if registration.handle.stale
                              else registration.handle.events)
            except BaseException:
                registration.mark(self)  # a closed socket raises each time, as long as it is registered
                raise
        for registration in self.unwatchable:
            self.note(registration, registration.handle.read_events())
        return 0

    cdef int recheck(self) except -1:
        """Ask anew about descriptors that were closed, and maybe opened again as something else, since we asked."""
        cdef Registration registration
        for registration in self.descriptors:
            if registration.fd is None:
                continue
            self.ready.discard(registration)
            mask = self._mask(self.by_fd[registration.fd])
            try:
                self.kernel.modify(registration.fd, mask)
            except FileNotFoundError:
                self.renew()
            except OSError:
                registration.events = POLLERR  # it is closed
                self.ready.add(registration)
        return 0

    cdef int note(self, Registration registration, int events) except -1:
        registration.events = events & registration.interest
        if registration.events:
            self.ready.add(registration)
        else:
            self.ready.discard(registration)
        return 0

    cdef list ask_kernel(self, double timeout_s):
        """Wait for the descriptors; returns those that are ready themselves, and marks their sockets."""
        cdef Registration registration
        cdef list descriptors = []
        cdef int mask
        for fd, bits in self.kernel.poll(timeout_s):
            mask = _from_kernel(bits)
            sharing = self.by_fd.get(fd)
            if sharing is None:
                if self.waker is None or fd != self.waker.read_fd:
                    self.misled = True
                continue
            for registration in sharing:
                if registration.handle is not None:
                    registration.handle.stale = True
                    registration.mark(self)
                elif mask & (registration.interest | POLLERR) and registration not in self.ready:
                    registration.events = mask & (registration.interest | POLLERR)
                    descriptors.append(registration)
        return descriptors

    def poll(self, timeout=None):
        """Wait until at least one registered socket or descriptor is ready.

        Args:
            timeout: Longest wait in milliseconds; 0 returns at once, None or -1 waits for ever.

        Returns:
            The ready sockets and descriptors, each with its event mask; empty after a timeout.  Of a file, and of any
            object with ``fileno()``, it is the descriptor.

        Raises:
            ContextTerminated: The context of a registered socket was terminated.
            ZMQError: A registered socket was closed: unregister it first.

        libzmq: zmq_poll(3)
        """
        cdef int64_t deadline = -1
        cdef int64_t left
        cdef Registration registration
        cdef list descriptors
        self.own()
        if self.descriptors and kernel.HAS_EPOLL:
            self.recheck()
        while True:
            self.own()  # a signal handler may have forked
            self.refresh()
            descriptors = self.ask_kernel(0)
            self.refresh()
            if self.ready or self.always or descriptors:
                found = [*self.ready, *descriptors]
                for registration in self.always:
                    registration.events = registration.interest & (POLLIN | POLLOUT)
                    found.append(registration)
                if len(found) > 1:
                    found.sort(key=_in_order)
                return [(registration.reported, registration.events) for registration in found]
            if deadline < 0:
                deadline = deadline_after(timeout)
            left = remaining_ns(deadline)
            if left == 0:
                return []
            self.sleep(left)

    cdef int sleep(self, int64_t left) except -1:
        """Sleep until a descriptor is readable, another thread has news, or *left* nanoseconds have passed."""
        cdef double timeout_s = -1
        if self.unwatchable and left > SLICE_NS:
            left = SLICE_NS
        left = until_signals(left)
        if left != FOREVER:
            timeout_s = left / 1e9
        if self.misled:
            self.renew()
        self.watch_waker()
        self.asleep += 1
        try:
            if self.dirty:  # news that came before we were asleep
                return 0
            PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
            # What it returns is asked for again; only the waker is to be emptied.
            if self.generation == generation:  # a handler may have forked
                self.kernel.poll(timeout_s)
        finally:
            self.wake_up()
        return 0

    cdef int wake_up(self) except -1:
        """One that was asleep no longer is; maybe in the child of a fork that happened meanwhile."""
        self.asleep -= 1
        if not self.asleep and self.retired:
            self.retired = []
        if self.waker is not None and self.waker.generation == generation:  # the parent's wakes are not ours to take
            self.waker.drain()
        return 0

    cdef int wake(self) except -1:
        """Have those that are asleep look again."""
        if self.waker is not None:  # there is none after a fork, until somebody sleeps anew
            self.waker.wake()
        return 0

    cdef int watch_waker(self) except -1:
        cdef Waker waker
        if self.waker is None:
            waker = borrow_waker()
            try:
                self.kernel.register(waker.read_fd, _to_kernel(POLLIN))
            except BaseException:
                return_waker(waker)
                raise
            self.waker = waker
        return 0

    def _begin_wait(self):
        """Let an event loop do the waiting; ``_end_wait()`` must follow.

        Returns:
            A descriptor that is readable when ``poll(0)`` is worth a call, None where there is none; and whether
            to call that from time to time anyway, since something is registered that no descriptor tells of.
            It is another descriptor each time that the kernel had to be asked anew.
        """
        self.own()
        if self.misled:
            self.renew()
        self.watch_waker()
        self.asleep += 1
        if self.dirty:  # news that came before
            self.wake()
        fd = self.kernel.fileno()
        return fd, fd is None or bool(self.unwatchable)

    def _end_wait(self, done):
        """The event loop waits no more.

        Args:
            done: False where it is about to wait again; else other waits of this Poller are told to look, which the
                loop may have passed over.
        """
        self.wake_up()
        if done and self.asleep:
            self.wake()


cdef object _descriptor(object pollable):
    if isinstance(pollable, int):
        fd = pollable
    elif hasattr(pollable, "fileno"):
        fd = pollable.fileno()
    else:
        raise TypeError(f"cannot poll {pollable!r}: expected a Socket, a descriptor or an object with fileno()")
    if fd < 0:
        raise ValueError(f"cannot poll {pollable!r}: its descriptor is {fd}, it was closed")
    return fd


def zmq_poll(sockets, timeout=-1):
    """Poll once: ``Poller`` for a list of (socket, flags).

    Args:
        sockets: Pairs of a Socket or descriptor, and flags.
        timeout: Longest wait in milliseconds; -1 waits for ever.

    Returns:
        The ready ones, as Poller.poll() returns them.

    libzmq: zmq_poll(3)
    """
    poller = Poller()
    for socket, flags in sockets:
        poller.register(socket, flags)
    return poller.poll(timeout)
