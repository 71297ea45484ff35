"""The set of descriptors that a Poller waits for.

poll(2) is told all descriptors each time, and takes none itself.  A set in the kernel (epoll, kqueue) is told once, and
costs one descriptor.  So a DescriptorSet keeps its descriptors in a dict and asks with poll(2), until it was asked so
often that a set in the kernel pays.  It fills one from the dict then, and can drop it again at any time: at most
``MOST_KERNELS`` of them live, those that were used last.  Where none can be had, poll(2) goes on.

A file that was closed here and lives on, through dup or fork, stays in epoll's set under its old number.  It cannot be
taken out any more, and what happens to it would pass for news of whatever has that number now.  Where that may be so
the kernel's set is dropped.
"""
from weakref import ref

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EBADF, EEXIST, ENOENT, EPERM, errno
from libc.limits cimport INT_MAX, INT_MIN
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq
from zmq.backend.waiting cimport (
    CORE_NO_FD,
    FOREVER,
    Waker,
    borrow_waker,
    core_fd,
    core_poll,
    core_poll_interrupted,
    core_pollfd,
    generation,
    milliseconds,
    return_waker,
)

from zmq.backend import kernel
from zmq.error import from_errno

cdef extern from "zmq/backend/descriptors.h" nogil:
    const short BIT_IN "CORE_POLLIN"
    const short BIT_OUT "CORE_POLLOUT"
    const short BIT_PRI "CORE_POLLPRI"
    const short BITS_ERR "CORE_POLLERR"
    void core_nap(int ms)

cdef enum:
    # To fill the kernel's set takes about ten times as long as one poll(2) over the same descriptors.
    PAYS_AFTER = 10
    ASK_AGAIN_AFTER = 1000
    MOST_KERNELS = 64
    AT_ONCE = 64  # room for more would cost time each time

# whether a set of the kernel can be told to forget, and tells by that, what was closed and opened again as another file
cdef bint SEES_CLOSED = kernel.HAS_EPOLL

cdef int64_t _questions = 0
cdef int64_t _kernels = 0

cdef list _with_kernel = []  # weak references to the DescriptorSets that have one
cdef object _guard = object()  # in its critical section are these three


cdef inline int _to_bits(int mask) noexcept:
    cdef int bits = 0
    if mask & libzmq.ZMQ_POLLIN:
        bits |= BIT_IN
    if mask & libzmq.ZMQ_POLLOUT:
        bits |= BIT_OUT
    if mask & libzmq.ZMQ_POLLPRI:
        bits |= BIT_PRI
    return bits


cdef inline int _from_bits(int bits) noexcept:
    cdef int mask = 0
    if bits & BIT_IN:
        mask |= libzmq.ZMQ_POLLIN
    if bits & BIT_OUT:
        mask |= libzmq.ZMQ_POLLOUT
    if bits & BIT_PRI:
        mask |= libzmq.ZMQ_POLLPRI
    if bits & BITS_ERR:
        mask |= libzmq.ZMQ_POLLERR
    return mask


cdef bint _keeps_kernel(DescriptorSet descriptors) except -1:
    return descriptors is not None and descriptors.kernel is not None


cdef bint _make_room() except -1:
    """Have the set that was not asked for longest give up its descriptor; False if all are waited for."""
    cdef DescriptorSet each, oldest = None
    with cython.critical_section(_guard):
        if len(_with_kernel) < MOST_KERNELS:
            return True
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
            oldest._drop_kernel()
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
        self.generation = generation

    @cython.critical_section
    cdef int put(self, object fd, int mask, bint is_file) except -1:
        """Ask for the events *mask* of *fd* from now on.

        Args:
            is_file: Whether the program may close it without a word.
        """
        cdef bint known = fd in self.masks
        self._own()
        self.masks[fd] = mask
        if is_file:
            self.files.add(fd)
        else:
            self.files.discard(fd)
        if self.kernel is not None:
            self._tell_kernel(fd, mask, known)
        return 0

    @cython.critical_section
    cdef int remove(self, object fd) except -1:
        """Ask for *fd* no more."""
        self._own()
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

    cdef int _tell_kernel(self, object fd, int mask, bint known) except -1:
        """Put *fd* into the kernel's set.  Other threads run meanwhile, and may use this set."""
        cdef int bits = _to_bits(mask)
        asked = self.kernel
        self.refused.pop(fd, None)
        try:
            try:
                if known:
                    asked.modify(fd, bits)
                else:
                    asked.register(fd, bits)
            except (OSError, KeyError) as error:
                if known and (isinstance(error, KeyError) or error.errno == ENOENT):
                    asked.register(fd, bits)  # what had the number was closed, and this is another file
                    self.misled = True
                elif not known and (isinstance(error, KeyError) or error.errno == EEXIST):
                    asked.modify(fd, bits)
                else:
                    raise
        except OSError as error:
            if error.errno == EPERM:
                self.refused[fd] = libzmq.ZMQ_POLLIN | libzmq.ZMQ_POLLOUT  # a regular file
            elif error.errno == EBADF:
                self.refused[fd] = libzmq.ZMQ_POLLERR
            elif self.kernel is asked:  # it has no room
                self._drop_kernel()
                self.asked = -ASK_AGAIN_AFTER
        return 0

    @cython.critical_section
    cdef int recheck(self) except -1:
        """Find descriptors that were closed, and maybe opened again as something else, since the last question."""
        cdef bint was_refused
        self._own()
        for fd in [*self.files]:
            if self.kernel is None or not SEES_CLOSED:
                break
            mask = self.masks.get(fd)
            if mask is not None:  # still: other threads may run meanwhile
                was_refused = fd in self.refused
                self._tell_kernel(fd, mask, not was_refused)
        return 0

    @cython.critical_section
    cdef list ask(self, int64_t left):
        """Wait until a descriptor is ready or wake() is called, at most *left* nanoseconds; FOREVER for no limit.

        Returns:
            The descriptors that are ready, each with its PollEvent flags.
        """
        global _questions
        cdef int bits
        cdef list ready
        self._own()
        if self.kernel is None:
            self.asked += 1
            if self.asked <= PAYS_AFTER or not self._take_kernel():
                return self._poll(left)
        elif self.files and not SEES_CLOSED:
            return self._poll(left)
        _questions += 1
        self.used = _questions
        if self.refused:
            left = 0
        asked = self.kernel
        ready = asked.poll(0 if left == 0 else -1 if left == FOREVER else left / 1e9, AT_ONCE)
        if len(ready) == AT_ONCE:
            ready = asked.poll(0, len(self.masks) + 1)
        if not ready and not self.refused:
            return ready
        found = [*self.refused.items()]
        for fd, bits in ready:
            if fd in self.masks:
                found.append((fd, _from_bits(bits)))
            elif self.waker is None or fd != self.waker.read_fd:
                self.misled = True
        return found

    cdef list _poll(self, int64_t left):
        """Ask with poll(2)."""
        cdef Py_ssize_t i, count = 0
        cdef int rc, error = 0
        cdef int timeout_ms = milliseconds(left)
        cdef list found = []
        cdef core_pollfd *fds = <core_pollfd *>malloc((len(self.masks) + 1) * sizeof(core_pollfd))
        if fds == NULL:
            raise MemoryError()
        try:
            for fd, mask in self.masks.items():
                fds[count].fd = <core_fd>fd
                fds[count].events = <short>_to_bits(mask)
                fds[count].revents = 0
                count += 1
            if self.asleep and self.can_be_woken():
                fds[count].fd = self.waker.read_fd
                fds[count].events = BIT_IN
                fds[count].revents = 0
                count += 1
            with nogil:
                if count:
                    rc = core_poll(fds, count, timeout_ms)
                else:
                    core_nap(timeout_ms)
                    rc = 0
                if rc < 0 and not core_poll_interrupted():
                    error = errno
            if rc < 0:
                PyErr_CheckSignals()
                if error:
                    raise from_errno(error, "poll")
                return found
            for i in range(count if rc > 0 else 0):
                if fds[i].revents and fds[i].fd in self.masks:
                    found.append((fds[i].fd, _from_bits(fds[i].revents)))
        finally:
            free(fds)
        return found

    cdef bint _take_kernel(self, bint at_any_rate=False) except -1:
        """Have the kernel keep the set, if it can.

        Args:
            at_any_rate: Whether to have it although threads wait for all the other sets.
        """
        global _kernels
        self.asked = -ASK_AGAIN_AFTER
        if kernel.new_kernel is None or not (_make_room() or at_any_rate):
            return False
        try:
            self.kernel = kernel.new_kernel()
        except OSError:
            return False  # no descriptor is free
        known = ref(self)
        with cython.critical_section(_guard):
            _kernels += 1
            self.number = _kernels
            _with_kernel.append(known)
        if self.waker is not None and self.can_be_woken():
            self._tell_kernel(self.waker.read_fd, libzmq.ZMQ_POLLIN, False)
        for fd in [*self.masks]:
            mask = self.masks.get(fd)
            if self.kernel is not None and mask is not None:  # still: other threads may run meanwhile
                self._tell_kernel(fd, mask, False)
        return self.kernel is not None

    cdef int _drop_kernel(self) except -1:
        """Go on with poll(2); threads that sleep look again."""
        if self.asleep:
            self.retired.append(self.kernel)
            self._wake()
        self.kernel = None
        self.refused.clear()
        self.misled = False
        self.asked = 0
        if not self.asleep:
            self._release_waker()
        return 0

    cdef int _release_waker(self) except -1:
        cdef Waker waker = self.waker
        self.waker = None
        if waker is not None:
            return_waker(waker)
        return 0

    cdef int _own(self) except -1:
        """Leave what was inherited through fork to the parent, and what may mislead."""
        if self.generation != generation:
            self.generation = generation
            self.waker = None
            if self.kernel is not None:
                self._drop_kernel()
            self.retired = []
        elif self.misled and self.kernel is not None:
            self._drop_kernel()
        return 0

    @cython.critical_section
    cdef int fall_asleep(self) except -1:
        """Let other threads wake the caller, which is about to wait; ``wake_up()`` must follow."""
        self._own()
        cdef Waker waker
        if self.waker is None:
            waker = borrow_waker()  # lets other threads run, which may do the same
            if self.waker is not None:
                return_waker(waker)
            else:
                self.waker = waker
                if self.kernel is not None and self.can_be_woken():
                    self._tell_kernel(self.waker.read_fd, libzmq.ZMQ_POLLIN, False)
        self.asleep += 1
        return 0

    @cython.critical_section
    cdef int wake_up(self) except -1:
        """One that waited no longer does."""
        if self.asleep:  # not in the child of a fork that happened meanwhile
            self.asleep -= 1
        if not self.asleep:
            self.retired = []
            if self.kernel is None or not self.can_be_woken():
                self._release_waker()
        if self.waker is not None and self.waker.generation == generation:  # the parent's wakes are not ours to take
            self.waker.drain()
        return 0

    cdef bint can_be_woken(self) noexcept:
        """Whether there was a descriptor for that."""
        return self.waker is not None and self.waker.read_fd != CORE_NO_FD

    @cython.critical_section
    cdef int wake(self) except -1:
        """Have those that wait look again."""
        return self._wake()

    cdef int _wake(self) except -1:
        if self.waker is not None:  # there is none after a fork, until one waits anew
            self.waker.wake()
        return 0

    @cython.critical_section
    cdef object fileno(self):
        """Return a descriptor that is readable when one of the set is ready; None where there is none."""
        self._own()
        if self.kernel is None and not self._take_kernel(True):  # event loops have no other way to sleep
            return None
        return self.kernel.fileno()

    @cython.critical_section
    cdef int close(self) except -1:
        """Give the descriptors back.  No Python code runs."""
        self.kernel = None
        if not self.asleep:
            self._release_waker()
        return 0


cdef object descriptor_of(object pollable):
    """Return the descriptor that *pollable* is, or has."""
    if isinstance(pollable, int):
        fd = int(pollable)
        if not INT_MIN <= fd <= INT_MAX:
            raise OverflowError(f"cannot poll {pollable!r}: no descriptor has that number")
    elif hasattr(pollable, "fileno"):
        try:
            fd = int(pollable.fileno())
        except Exception as error:
            raise ValueError(f"cannot poll {pollable!r}: its fileno() returns no descriptor") from error
        if not INT_MIN <= fd <= INT_MAX:
            raise ValueError(f"cannot poll {pollable!r}: its fileno() returns {fd}")
    else:
        raise TypeError(f"cannot poll {pollable!r}: expected a Socket, a descriptor or an object with fileno()")
    return fd
