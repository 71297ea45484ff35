"""Memory that libzmq borrows: pinned while it is sent, freed without a thread, and tracked.

A zero-copy message holds the ``Py_buffer`` of the object it points into, so a bytearray cannot be resized and an mmap
not be closed under it.  libzmq calls ``finished`` when it is done, in whichever thread that is, usually one of its I/O
threads.  That takes no lock of Python: it counts the Completion down, pushes the node on a lock-free list and asks
Python for one pending call.  The pending call, or the next zero-copy send or wait of a thread, drops the references.

A thread of Python that is inside a call of libzmq does not ask: from CPython 3.13 on that may let other threads run,
and use the socket that the call has in its hands.  It drops the references after the call (``release_unasked``).

Bytes never change.  So large ones are pinned also where a program asks for a copy: the result is the same, and costs
less.  Over inproc the receiver gets the same object.  Unlike a copy, pinned bytes are freed only when the main thread
runs Python code or a thread calls this package.  That may take long, so at most ``MOST_LENT`` bytes of a process are
pinned in this way.
"""
import atexit

cimport cython
from cpython.buffer cimport PyBUF_ANY_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.pythread cimport (
    PyThread_acquire_lock,
    PyThread_allocate_lock,
    PyThread_free_lock,
    PyThread_release_lock,
    PyThread_type_lock,
)
from cpython.exc cimport PyErr_CheckSignals
from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from zmq.backend cimport libzmq
from zmq.backend.instances cimport Instance, core_guard_methods, core_show_as_functions
from zmq.backend.waiting cimport (
    FOREVER, core_add, core_get, core_on_fork, core_set, deadline_after, generation, remaining_ns, until_signals
)

from zmq.error import NotDone


cdef extern from "pythread.h" nogil:
    ctypedef enum PyLockStatus:
        PY_LOCK_ACQUIRED
        PY_LOCK_INTR
    PyLockStatus PyThread_acquire_lock_timed(PyThread_type_lock lock, long long microseconds, int interruptible)


cdef extern from "zmq/backend/pypy.h":
    const bint LOCKS_BUFFERS "CORE_LOCKS_BUFFERS"


cdef extern from "Python.h":
    int Py_AddPendingCall(int (*function)(void *) noexcept, void *argument) nogil


cdef extern from "zmq/backend/atomics.h" nogil:
    void *core_swap(void **at, void *value)
    void *core_look(void **at)
    bint core_swap_if(void **at, void *old, void *value)
    bint core_is_attached()


cdef struct Node:
    Node *next
    PyObject *completion  # NULL when no tracker asks
    long *pending
    PyThread_type_lock lock
    size_t at  # its key in _pinned_bytes
    long lent  # what it takes of MOST_LENT
    int generation
    long counted  # whether the Completion was counted down, and so may go
    Py_buffer view


cdef enum:
    MOST_LENT = 67108864

cdef long _lent = 0
cdef dict _pinned_bytes = {}  # where large bytes begin that are pinned: by how many Nodes; in the section of _guard
cdef object _guard = object()
cdef size_t _HEADER = <size_t>PyBytes_AS_STRING(b"") - <size_t><PyObject *>b""
cdef void *_finished_nodes = NULL
cdef long _call_pending = 0
unasked = False
cdef long _leaving = 0  # the interpreter is going away: pending calls are not safe any more
cdef long _asking = 0  # how many threads ask for one just now
cdef bint _leaving_noticed = False


cdef void _forked() noexcept nogil:
    """The I/O threads, and what they were about to ask for, are the parent's."""
    core_set(&_call_pending, 0)
    core_set(&_asking, 0)
    core_set(&_lent, 0)  # libzmq will never be done with it here


core_on_fork(_forked)


def _leave():
    core_set(&_leaving, 1)
    with nogil:
        while core_get(&_asking):
            pass  # for a moment: they take no GIL


cdef inline void _count_down(long *pending, PyThread_type_lock lock) noexcept nogil:
    if core_add(pending, -1) == 0:
        PyThread_release_lock(lock)


cdef inline void _push(Node *node) noexcept nogil:
    cdef void *head
    while True:
        head = core_look(&_finished_nodes)
        node.next = <Node *>head
        if core_swap_if(&_finished_nodes, head, node):
            return


cdef void finished(void *data, void *hint) noexcept nogil:
    """libzmq's free function: any thread, no GIL."""
    cdef Node *node = <Node *>hint
    cdef long *pending = node.pending
    if pending == NULL:
        _push(node)
    else:
        # Pushed before it is counted down: a thread that waits for that may change or free the memory at once.
        node.counted = False
        _push(node)
        _count_down(pending, node.lock)
        core_set(&node.counted, True)  # from here on it may be gone
    if core_is_attached():
        core_set(&unasked, True)
    elif not core_set(&_call_pending, 1):
        core_add(&_asking, 1)
        if core_get(&_leaving) or Py_AddPendingCall(_pending_call, NULL) < 0:
            core_set(&_call_pending, 0)  # Python is going away, or its queue is full: the next send drops them
        core_add(&_asking, -1)


cdef int _pending_call(void *argument) noexcept:
    release_finished()
    return 0


cdef int release_finished() except -1:
    """Drop the references to all memory that libzmq is done with."""
    cdef Node *node
    cdef Node *following
    # before the list is looked at: a thread that pushes after that asks again
    core_set(&_call_pending, 0)
    core_set(&unasked, False)
    if core_look(&_finished_nodes) == NULL:
        return 0
    node = <Node *>core_swap(&_finished_nodes, NULL)
    while node != NULL:
        following = node.next
        if node.at:
            _forget_bytes(node.at)
            node.at = 0
        PyBuffer_Release(&node.view)  # harmless the second time
        if core_get(&node.counted):
            if node.generation == generation:  # else it is from before a fork, and not counted here
                core_add(&_lent, -node.lent)
            Py_XDECREF(node.completion)
            free(node)
        else:
            _push(node)  # its I/O thread is about to count it down, and asks for a pending call then
        node = following
    return 0


cdef Node *_new_node() except NULL:
    global _leaving_noticed
    cdef Node *node
    if not _leaving_noticed:
        _leaving_noticed = True
        atexit.register(_leave)
    node = <Node *>malloc(sizeof(Node))
    if node == NULL:
        raise MemoryError()
    node.at = node.lent = 0
    node.generation = generation
    node.counted = True
    return node


cdef void *promise(Completion completion) except NULL:
    """Return what the C code that works under *completion* gives to ``finished`` when it is done."""
    cdef Node *node = _new_node()
    memset(&node.view, 0, sizeof(Py_buffer))  # nothing to release
    _bind(node, completion)
    return node


cdef int _bind(Node *node, Completion completion) except -1:
    Py_INCREF(completion)
    core_add(&completion.pending, 1)
    node.completion = <PyObject *>completion
    node.pending = &completion.pending
    node.lock = <PyThread_type_lock>completion.lock
    return 0


cdef bytes _copy(object data):
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, PyBUF_ANY_CONTIGUOUS)
    try:
        return PyBytes_FromStringAndSize(<char *>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef Node *_pin(libzmq.zmq_msg_t *msg, object data) except NULL:
    cdef Node *node
    if not LOCKS_BUFFERS and not PyBytes_CheckExact(data):
        data = _copy(data)
    node = _new_node()
    try:
        PyObject_GetBuffer(data, &node.view, PyBUF_ANY_CONTIGUOUS)
    except BaseException:
        free(node)
        raise
    node.completion = NULL
    node.pending = NULL
    if libzmq.zmq_msg_init_data(msg, node.view.buf, node.view.len, finished, node) < 0:
        PyBuffer_Release(&node.view)
        free(node)
        raise MemoryError()
    if PyBytes_CheckExact(data) and node.view.len >= LENT_FROM:
        node.at = <size_t>node.view.buf
        with cython.critical_section(_guard):
            _pinned_bytes[node.at] = _pinned_bytes.get(node.at, 0) + 1
    return node


cdef int _forget_bytes(size_t at) except -1:
    with cython.critical_section(_guard):
        nodes = _pinned_bytes.pop(at)
        if nodes > 1:
            _pinned_bytes[at] = nodes - 1
    return 0


cdef bytes bytes_at(void *data, size_t size):
    """Return the pinned bytes that a message at *data* consists of; None if there are none."""
    cdef bint known
    with cython.critical_section(_guard):
        known = <size_t>data in _pinned_bytes
    if not known:
        return None
    # They live: the message keeps them pinned.
    content = <bytes><PyObject *>(<size_t>data - _HEADER)
    return content if <size_t>PyBytes_GET_SIZE(content) == size else None  # a message may be a part of them


cdef int init_pinned(libzmq.zmq_msg_t *msg, object data, Completion completion) except -1:
    """Make *msg* point into *data*, which stays pinned until libzmq is done with it.

    Raises:
        TypeError, BufferError, ValueError: *data* has no contiguous buffer.
    """
    release_finished()
    cdef Node *node = _pin(msg, data)
    if completion is not None:
        _bind(node, completion)
    return 0


cdef bint init_lent(libzmq.zmq_msg_t *msg, bytes data) except -1:
    """Make *msg* point into *data*; return False if MOST_LENT bytes are pinned in this way."""
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    release_finished()
    if size > MOST_LENT:
        return False
    if core_add(&_lent, size) > MOST_LENT:
        core_add(&_lent, -size)
        return False
    try:
        _pin(msg, data).lent = size
    except BaseException:
        core_add(&_lent, -size)
        raise
    return True


cdef class Completion:
    """Set once libzmq is done with all the memory that was pinned under it; waits like a ``threading.Event``."""

    def __cinit__(self):
        self.generation = generation
        self.pending = 1  # ours, until sealed: an early part may be done before the last is pinned
        self.lock = <void *>PyThread_allocate_lock()
        if self.lock == NULL:
            raise MemoryError()
        PyThread_acquire_lock(<PyThread_type_lock>self.lock, 1)  # released by the call that counts down to 0

    def __dealloc__(self):
        if self.lock != NULL:
            PyThread_free_lock(<PyThread_type_lock>self.lock)

    cdef void seal(self) noexcept nogil:
        """Nothing more will be pinned under it."""
        _count_down(&self.pending, <PyThread_type_lock>self.lock)

    cdef bint done(self) noexcept nogil:
        return core_get(&self.pending) == 0

    def is_set(self):
        """Return whether libzmq is done with the memory, which is not pinned any more then."""
        if not self.done():
            return False
        release_finished()
        return True

    def wait(self, timeout=None):
        """Wait until libzmq is done with the memory.

        Args:
            timeout: Longest wait in seconds; None or a negative number waits for ever.

        Returns:
            False after a timeout, else True.

        Raises:
            NotDone: It was inherited through fork.
        """
        cdef int64_t deadline = deadline_after(None if timeout is None else timeout * 1000)
        cdef int64_t left
        cdef long long microseconds
        cdef PyLockStatus status
        cdef PyThread_type_lock lock = <PyThread_type_lock>self.lock
        while not self.done():
            if self.generation != generation:
                raise NotDone("the message was sent by the parent process: libzmq tells it alone when it is done")
            left = until_signals(remaining_ns(deadline))
            if left == 0:
                return False
            microseconds = -1 if left == FOREVER else (left + 999) // 1000
            PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
            with nogil:
                status = PyThread_acquire_lock_timed(lock, microseconds, 1)
                if status == PY_LOCK_ACQUIRED:
                    PyThread_release_lock(lock)  # pass it on to the next thread that waits
            if status == PY_LOCK_INTR:
                PyErr_CheckSignals()
        release_finished()
        return True


cdef MessageTracker track(Completion completion):
    """Seal *completion* and return the tracker over it."""
    completion.seal()
    cdef MessageTracker tracker = MessageTracker.__new__(MessageTracker)
    tracker.watched = (completion,)
    return tracker


@cython.no_gc_clear
cdef class MessageTracker(Instance):
    """Tells when libzmq is done with the memory of messages that were sent with ``copy=False, track=True``.

    Args:
        *towatch: What to watch: Frames that were made with ``track=True``, other MessageTrackers, events (anything with
            ``is_set()`` and ``wait(timeout)``).

    Raises:
        ValueError: A Frame is not tracked.
        TypeError: Something else was passed.

    Example::

        with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            pull.bind("inproc://jobs")
            push.connect("inproc://jobs")
            data = bytearray(1_000_000)
            tracker = push.send(data, copy=False, track=True)
            pull.recv()
            tracker.wait(timeout=10)  # until *data* may be changed

    May be used from any thread.
    """

    def __init__(self, *towatch):
        watched = []
        for item in towatch:
            if isinstance(item, MessageTracker):
                watched.extend((<MessageTracker>item).watched)
            elif hasattr(item, "tracker"):  # first: a Frame takes long to find out that it has no other attribute
                if item.tracker is None:
                    raise ValueError(f"cannot track {item!r}: make the Frame with track=True")
                watched.extend((<MessageTracker?>item.tracker).watched)
            elif hasattr(item, "is_set") and hasattr(item, "wait"):
                watched.append(item)
            else:
                raise TypeError(f"cannot track {item!r}: expected a Frame, a MessageTracker or an event")
        self.watched = tuple(watched)

    @property
    def done(self):
        """Whether libzmq is done with all of the memory."""
        for event in self.watched:
            if not event.is_set():
                return False
        return True

    @property
    def pending(self):
        """Whether libzmq still uses some of the memory: the opposite of ``done``."""
        return not self.done

    def wait(self, timeout=-1):
        """Wait until libzmq is done with all of the memory.

        Args:
            timeout: Longest wait in seconds, over all messages together; None or a negative number waits for ever.

        Raises:
            NotDone: The timeout has passed; or the tracker was inherited through fork.
        """
        cdef int64_t deadline = deadline_after(None if timeout is None else timeout * 1000)
        cdef int64_t left
        for event in self.watched:
            left = remaining_ns(deadline)
            if not event.wait(None if left == FOREVER else left / 1e9) and not event.is_set():
                raise NotDone(f"libzmq still uses the message after {timeout} s")


core_guard_methods(MessageTracker)
core_show_as_functions([MessageTracker.wait])
