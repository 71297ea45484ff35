"""The set of descriptors that a Poller waits for.

poll(2) is told all descriptors each time, and takes none itself.  A set in the kernel (epoll, kqueue) is told once, and
costs one descriptor.  So a DescriptorSet keeps its descriptors in a dict and asks with poll(2), until it was asked so
often that a set in the kernel pays, and unless many are files.  It fills one from the dict then, and can drop it again
at any time: at most ``MOST_KERNELS`` of them live, those that were used last.  Where none can be had, poll(2) goes on.

A file that was closed here and lives on, through dup or fork, stays in epoll's set under its old number.  It cannot be
taken out any more, and what happens to it would pass for news of whatever has that number now.  Where that may be so
the kernel's set is dropped.
"""
from weakref import ref

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EBADF, EEXIST, ENOENT, EPERM, errno
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq, waiting

from zmq.backend import kernel
from zmq.error import from_errno

cdef enum:
    # To fill the kernel's set takes about ten times as long as one poll(2) over the same descriptors.
    PAYS_AFTER = 10
    ASK_AGAIN_AFTER = 1000
    SOCKETS_PER_FILE = 20  # below that poll(2) is faster: the kernel's set is told anew of each file each time
    MOST_KERNELS = 64
    AT_ONCE = 64  # room for more would cost time each time

# whether a set of the kernel can be told to forget, and tells by that, what was closed and opened again as another file
cdef bint SEES_CLOSED = kernel.HAS_EPOLL

cdef int64_t _questions = 0
cdef int64_t _kernels = 0

cdef list _with_kernel = []  # weak references to the DescriptorSets that have one
cdef object _guard = object()  # in its critical section are these three


cdef int to_bits(int mask) noexcept:
    return (
        (waiting.POLLIN if mask & libzmq.ZMQ_POLLIN else 0)
        | (waiting.POLLOUT if mask & libzmq.ZMQ_POLLOUT else 0)
        | (waiting.POLLPRI if mask & libzmq.ZMQ_POLLPRI else 0)
    )


cdef int from_bits(int bits) noexcept:
    return (
        (libzmq.ZMQ_POLLIN if bits & waiting.POLLIN else 0)
        | (libzmq.ZMQ_POLLOUT if bits & waiting.POLLOUT else 0)
        | (libzmq.ZMQ_POLLPRI if bits & waiting.POLLPRI else 0)
        | (libzmq.ZMQ_POLLERR if bits & waiting.POLLERR else 0)
    )


cdef bint _keeps_kernel(DescriptorSet descriptors) except -1:
    return descriptors is not None and descriptors.kernel is not None


cdef bint _make_room() except -1:
    """Have the set that was not asked for longest give up its descriptor; False if all are waited for."""
    cdef DescriptorSet each, oldest = None
    with cython.critical_section(_guard):
        if len(_with_kernel) >= MOST_KERNELS:
            _with_kernel[:] = [known for known in _with_kernel if _keeps_kernel(known())]
        if len(_with_kernel) < MOST_KERNELS:
            return True
        for known in _with_kernel:
            each = known()
            if each is not None and not each.asleep and (oldest is None or each.used < oldest.used):
                oldest = each
    if oldest is None:
        return False
    with cython.critical_section(oldest):
        if not oldest.asleep:
            _drop_kernel(oldest)
    return True


cdef class DescriptorSet:
    """The descriptors of one Poller, each with the events to wait for.

    Methods without underscore begin its critical section; others are for callers that are in it.
    """

    def __cinit__(self):
        self.masks = {}
        self.files = set()
        self.refused = {}
        self.retired = []
        self.generation = waiting.generation

    @cython.critical_section
    cdef int put(self, object fd, int mask, bint is_file) except -1:
        """Ask for the events *mask* of *fd* from now on.

        Args:
            is_file: Whether the program may close it without a word.
        """
        cdef bint known = fd in self.masks
        _own(self)
        self.masks[fd] = mask
        if is_file:
            self.files.add(fd)
        else:
            self.files.discard(fd)
        if self.kernel is not None:
            _tell_kernel(self, fd, mask, known)
        return 0

    @cython.critical_section
    cdef int remove(self, object fd) except -1:
        """Ask for *fd* no more."""
        _own(self)
        if self.masks.pop(fd, None) is None:
            return 0
        self.files.discard(fd)
        if self.kernel is None or self.refused.pop(fd, None) is not None:
            return 0
        try:
            self.kernel.unregister(fd)
        except (OSError, KeyError, ValueError):
            self.misled = True  # it was closed: the kernel has forgotten it, unless a dup or a fork keeps the file
        return 0

    @cython.critical_section
    cdef int recheck(self) except -1:
        """Find descriptors that were closed, and maybe opened again as something else, since the last question."""
        cdef bint was_refused
        _own(self)
        for fd in [*self.files]:
            if self.kernel is None or not SEES_CLOSED:
                break
            mask = self.masks.get(fd)
            if mask is not None:  # still: other threads may run meanwhile
                was_refused = fd in self.refused
                _tell_kernel(self, fd, mask, not was_refused)
        return 0

    @cython.critical_section
    cdef list ask(self, int64_t left):
        """Wait until a descriptor is ready or wake() is called, at most *left* nanoseconds; FOREVER for no limit.

        Returns:
            The descriptors that are ready, each with its PollEvent flags.
        """
        global _questions
        cdef int bits
        cdef bint by_kernel = SEES_CLOSED or not self.files
        cdef list ready
        _own(self)
        if self.kernel is None:
            self.asked += 1
            by_kernel = self.asked > PAYS_AFTER and len(self.masks) >= SOCKETS_PER_FILE * len(self.files)
            by_kernel = by_kernel and _take_kernel(self)
        if not by_kernel:
            return _poll(self, left)
        _questions += 1
        self.used = _questions
        if self.refused:
            left = 0
        asked = self.kernel
        ready = asked.poll(0 if left == 0 else -1 if left == waiting.FOREVER else left / 1e9, AT_ONCE)
        if len(ready) == AT_ONCE:
            ready = asked.poll(0, len(self.masks) + 1)
        if not ready and not self.refused:
            return ready
        found = [*self.refused.items()]
        for fd, bits in ready:
            if fd in self.masks:
                found.append((fd, from_bits(bits)))
            elif self.waker is None or fd != self.waker.read_fd:
                self.misled = True
        return found

    @cython.critical_section
    cdef int fall_asleep(self) except -1:
        """Let other threads wake the caller, which is about to wait; ``wake_up()`` must follow."""
        _own(self)
        cdef waiting.Waker waker
        if self.waker is None:
            waker = waiting.borrow_waker()  # lets other threads run, which may do the same
            if self.waker is not None:
                waiting.return_waker(waker)
            else:
                self.waker = waker
                if self.kernel is not None and self.can_be_woken():
                    _tell_kernel(self, self.waker.read_fd, libzmq.ZMQ_POLLIN, False)
        waiting.core_add(&self.asleep, 1)
        return 0

    @cython.critical_section
    cdef int wake_up(self) except -1:
        """One that waited no longer does."""
        if self.asleep:  # not in the child of a fork that happened meanwhile
            waiting.core_add(&self.asleep, -1)
        if not self.asleep:
            self.retired = []
            if self.kernel is None or not self.can_be_woken():
                _release_waker(self)
        # the parent's wakes are not ours to take
        if self.waker is not None and self.waker.generation == waiting.generation:
            self.waker.drain()
        return 0

    cdef bint can_be_woken(self) noexcept:
        """Whether there was a descriptor for that."""
        return self.waker is not None and self.waker.read_fd != waiting.CORE_NO_FD

    @cython.critical_section
    cdef int wake(self) except -1:
        """Have those that wait look again."""
        return _wake(self)

    @cython.critical_section
    cdef object fileno(self):
        """Return a descriptor that is readable when one of the set is ready; None where there is none."""
        _own(self)
        if self.kernel is None and not _take_kernel(self, True):  # event loops have no other way to sleep
            return None
        return self.kernel.fileno()

    @cython.critical_section
    cdef int close(self) except -1:
        """Give the descriptors back.  No Python code runs."""
        self.kernel = None
        if not self.asleep:
            _release_waker(self)
        return 0


cdef int _tell_kernel(DescriptorSet these, object fd, int mask, bint known) except -1:
    """Put *fd* into the kernel's set.  Other threads run meanwhile, and may use this set."""
    cdef int bits = to_bits(mask)
    asked = these.kernel
    these.refused.pop(fd, None)
    try:
        tell, otherwise = (asked.modify, asked.register) if known else (asked.register, asked.modify)
        try:
            tell(fd, bits)
        except (OSError, KeyError) as error:
            if isinstance(error, OSError) and error.errno != (ENOENT if known else EEXIST):
                raise
            otherwise(fd, bits)
            these.misled |= known  # what had the number was closed, and this is another file
    except OSError as error:
        if error.errno == EPERM:
            these.refused[fd] = libzmq.ZMQ_POLLIN | libzmq.ZMQ_POLLOUT  # a regular file
        elif error.errno == EBADF:
            these.refused[fd] = libzmq.ZMQ_POLLERR
        elif these.kernel is asked:  # it has no room
            _drop_kernel(these)
            these.asked = -ASK_AGAIN_AFTER
    return 0


cdef list _poll(DescriptorSet these, int64_t left):
    """Ask with poll(2)."""
    cdef Py_ssize_t i, count = 0
    cdef list found = []
    cdef waiting.core_pollfd *fds = <waiting.core_pollfd *>malloc((len(these.masks) + 1) * sizeof(waiting.core_pollfd))
    if fds == NULL:
        raise MemoryError()
    try:
        for fd, mask in these.masks.items():
            count = waiting.add_fd(fds, count, <waiting.core_fd>fd, <short>to_bits(mask))
        if these.asleep and these.can_be_woken():
            count = waiting.add_fd(fds, count, these.waker.read_fd, waiting.POLLIN)
        if poll_now(fds, count, waiting.milliseconds(left)):
            for i in range(count):
                if fds[i].revents and fds[i].fd in these.masks:
                    found.append((fds[i].fd, from_bits(fds[i].revents)))
    finally:
        free(fds)
    return found


cdef bint _take_kernel(DescriptorSet these, bint at_any_rate=False) except -1:
    """Have the kernel keep the set, if it can.

    Args:
        at_any_rate: Whether to have it although threads wait for all the other sets.
    """
    global _kernels
    these.asked = -ASK_AGAIN_AFTER
    if kernel.new_kernel is None or not (_make_room() or at_any_rate):
        return False
    try:
        these.kernel = kernel.new_kernel()
    except OSError:
        return False  # no descriptor is free
    known = ref(these)
    with cython.critical_section(_guard):
        _kernels += 1
        these.number = _kernels
        _with_kernel.append(known)
    if these.waker is not None and these.can_be_woken():
        _tell_kernel(these, these.waker.read_fd, libzmq.ZMQ_POLLIN, False)
    for fd in [*these.masks]:
        mask = these.masks.get(fd)
        if these.kernel is not None and mask is not None:  # still: other threads may run meanwhile
            _tell_kernel(these, fd, mask, False)
    return these.kernel is not None


cdef int _drop_kernel(DescriptorSet these) except -1:
    """Go on with poll(2); threads that sleep look again."""
    if these.asleep:
        these.retired.append(these.kernel)
        _wake(these)
    these.kernel = None
    these.refused.clear()
    these.misled = False
    these.asked = 0
    if not these.asleep:
        _release_waker(these)
    return 0


cdef int _release_waker(DescriptorSet these) except -1:
    cdef waiting.Waker waker = these.waker
    these.waker = None
    if waker is not None:
        waiting.return_waker(waker)
    return 0


cdef int _own(DescriptorSet these) except -1:
    """Leave what was inherited through fork to the parent, and what may mislead."""
    if these.generation != waiting.generation:
        these.generation = waiting.generation
        these.waker = None
        if these.kernel is not None:
            _drop_kernel(these)
        these.retired = []
    elif these.misled and these.kernel is not None:
        _drop_kernel(these)
    return 0


cdef int _wake(DescriptorSet these) except -1:
    if these.waker is not None:  # there is none after a fork, until one waits anew
        these.waker.wake()
    return 0


cdef int poll_now(waiting.core_pollfd *fds, unsigned long count, int timeout_ms) except -1:
    """Call poll(2); return how many descriptors are ready, 0 also where a signal came, whose handler has run."""
    cdef int rc, error = 0
    with nogil:
        rc = waiting.core_poll(fds, count, timeout_ms)
        if rc < 0 and not waiting.core_poll_interrupted():
            error = errno
    if rc < 0:
        PyErr_CheckSignals()
        if error:
            raise from_errno(error, "poll")
        return 0
    return rc


cdef int descriptor_of(object pollable) except? -1:
    """Return the descriptor that *pollable* is, or has."""
    cdef bint is_number = isinstance(pollable, int)
    if not is_number and not hasattr(pollable, "fileno"):
        raise TypeError(f"cannot poll {pollable!r}: expected a Socket, a descriptor or an object with fileno()")
    try:
        return pollable if is_number else int(pollable.fileno())
    except Exception as error:
        if is_number:
            raise OverflowError(f"cannot poll {pollable!r}: no descriptor has that number") from None
        raise ValueError(f"cannot poll {pollable!r}: its fileno() returns no descriptor") from error
