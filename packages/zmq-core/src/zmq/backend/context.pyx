"""Contexts: libzmq's I/O threads, and the life of what they carry."""
import types
import warnings
from weakref import WeakValueDictionary

cimport cython
cimport libc.errno
from libc.errno cimport EINTR, EMFILE
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq
from zmq.backend.errors cimport check, fail
from zmq.backend.pinned cimport Completion, finished, promise
from zmq.backend.pointer cimport Pointer, Target, clear_after_fork
from zmq.backend.reaping cimport note_closing, wait_for_descriptors
from zmq.backend.waiting cimport core_finalizing, generation

from zmq.backend.ending import Dropped, finish_later, prepare
from zmq.constants import ContextOption, Errno, SocketType
from zmq.error import ZMQError
from zmq.utils.interop import cast_int_addr


cdef extern from "pythread.h" nogil:
    unsigned long PyThread_start_new_thread(void (*function)(void *) noexcept nogil, void *argument)
    unsigned long PYTHREAD_INVALID_THREAD_ID


_handles = WeakValueDictionary()
clear_after_fork(_handles)

cdef int _prepared_for = -1  # the generation whose end waits for what was dropped


cdef struct Termination:
    void *ptr
    void *promised  # NULL when nobody waits


cdef void _terminate(void *argument) noexcept nogil:
    cdef Termination termination = (<Termination *>argument)[0]
    free(argument)
    while libzmq.zmq_ctx_term(termination.ptr) < 0 and libzmq.zmq_errno() == EINTR:
        pass
    if termination.promised != NULL:
        finished(NULL, termination.promised)


cdef int _start_to_terminate(void *ptr, void *promised) except -1:
    """Terminate a C context in a thread of its own, which no signal and no Ctrl-C can interrupt."""
    note_closing()
    cdef Termination *termination = <Termination *>malloc(sizeof(Termination))
    if termination == NULL:
        raise MemoryError()
    termination.ptr = ptr
    termination.promised = promised
    if PyThread_start_new_thread(_terminate, termination) == PYTHREAD_INVALID_THREAD_ID:
        with nogil:
            _terminate(termination)
    return 0


@cython.final
cdef class Closing:
    """Terminates a C context that was dropped, and knows for how long that may take.

    The garbage collector ends the objects of a reference cycle in any order.  This refers to none, and so it goes after
    the handles of a context and its sockets have ended, and all sockets are closed.
    """

    def __dealloc__(self):
        if self.ptr != NULL and self.generation == generation and not core_finalizing():
            _drop(self.ptr, self.linger_ms, self.endless)


cdef int _drop(void *ptr, int linger_ms, unsigned int endless) except -1:
    """Terminate a C context that nothing refers to any more.

    Unsent messages keep their LINGER: the end of the process waits for it, and not the garbage collector.
    """
    cdef Completion termination = Completion()
    _start_to_terminate(ptr, promise(termination))
    termination.seal()
    kinds = [type.name for type in SocketType if endless >> type.value & 1]
    finish_later(Dropped(termination, <size_t>ptr, linger_ms, kinds))
    return 0


cdef class ContextHandle(Target):
    """One C context, shared by the Python contexts that shadow each other."""

    def __del__(self):
        cdef void *ptr = self.ptr
        if ptr == NULL or self.foreign or self.generation != generation or core_finalizing():
            return
        if self.termination is not None:
            return  # term() has begun it, and was interrupted
        self.ptr = NULL  # what follows lets others run, and they may find this object by its address
        try:
            warnings.warn(
                f"Unclosed context <zmq.Context() at {<size_t>ptr:#x}>: term() it, or use it in a with statement",
                ResourceWarning,
                source=self,
            )
        finally:
            self.closing.ptr = ptr

    cdef int closes(self, void *socket, int type) except -1:
        """Remember the LINGER of a socket that is about to be closed."""
        cdef int linger_ms = 0
        cdef size_t size = sizeof(int)
        if self.closing is None:
            return 0
        libzmq.zmq_getsockopt(socket, libzmq.ZMQ_LINGER, &linger_ms, &size)  # fails in a terminated context only
        if linger_ms < 0:
            self.closing.endless |= 1u << type
        elif linger_ms > self.closing.linger_ms:
            self.closing.linger_ms = linger_ms
        return 0

    cdef void *live(self) except NULL:
        """Return the C context, or raise an error that says why it cannot be used."""
        if self.ptr != NULL and self.generation == generation and self.termination is None:
            return self.ptr
        if self.generation != generation:
            raise ZMQError(
                Errno.ENOTSUP, "the context was inherited through fork and belongs to the parent: make one in the child"
            )
        if not self.closed():
            # its memory is freed in another thread, at a moment that nobody knows
            fail(Errno.ETERM, "use a context that is being terminated")
        fail(Errno.ENOTSUP, "use a terminated context")

    cdef bint closed(self) noexcept:
        """Whether the C context is gone, or belongs to the parent."""
        return (
            self.ptr == NULL or self.generation != generation
            or self.termination is not None and self.termination.done()
        )

    cdef int terminate(self) except -1:
        """Terminate the C context: waits for its sockets to be closed and for LINGER.

        The call that waits is made in a thread, so that whoever waits here can be interrupted, and can come back.
        Once it is made the C context must not be touched any more.
        """
        cdef Completion termination
        if self.closed():
            return 0
        if self.termination is None:
            self.close_kept()
        if self.termination is None:
            _handles.pop(<size_t>self.ptr, None)  # now: soon the address may be another context's
        if self.termination is None:  # still: that lets other threads run
            termination = Completion()
            self.termination = termination
            self.moved(NULL)
            _start_to_terminate(self.ptr, promise(termination))
            termination.seal()
        self.termination.wait()
        self.ptr = NULL
        return 0

    cdef int close_kept(self) except -1:
        """Close the sockets that were to stay open for as long as the context is used."""
        if not self.kept_open:
            return 0
        # First, so that no other socket can receive any more: what they guard must not be used without them.
        libzmq.zmq_ctx_shutdown(self.ptr)
        while self.kept_open:
            self.kept_open.pop().close(linger=0)
        return 0


cdef class Context(Pointer):
    """A libzmq context: creates sockets, and runs the I/O threads that carry their messages.

    Args:
        io_threads: Threads that do the I/O; one is enough for a gigabyte a second.  0 for inproc alone.
        shadow: Address of a C context, or a Context, to share instead of creating one.

    Any thread may use a context.

    libzmq: zmq_ctx_new(3)
    """

    def __init__(self, io_threads=1, shadow=0):
        global _prepared_for
        cdef ContextHandle handle
        cdef void *ptr
        cdef int threads, errno
        if isinstance(shadow, Context):
            (<Context>shadow)._live()
            self._share((<Context>shadow).shared_handle)
            self._shadow = True
            self._shadow_obj = shadow
            return
        if shadow:
            address = cast_int_addr(shadow)
            handle = _handles.get(address)
            if handle is None:
                handle = ContextHandle.__new__(ContextHandle)
                handle.ptr = <void *><size_t>address
                handle.generation = generation
                handle.foreign = True
                _handles[address] = handle
            self._share(handle)
            self._shadow = True
            self._shadow_obj = shadow
            return
        try:
            threads = io_threads
        except TypeError:
            raise TypeError(f"io_threads is a number of threads: got {io_threads!r}") from None
        if _prepared_for != generation:
            prepare()
            _prepared_for = generation
        ptr = libzmq.zmq_ctx_new()
        while ptr == NULL and libzmq.zmq_errno() == EMFILE and wait_for_descriptors(2):
            ptr = libzmq.zmq_ctx_new()
        if ptr == NULL:
            fail(libzmq.zmq_errno(), "create a context")
        if libzmq.zmq_ctx_set(ptr, ContextOption.IO_THREADS, threads) < 0:
            errno = libzmq.zmq_errno()
            libzmq.zmq_ctx_term(ptr)  # it has nothing to wait for
            fail(errno, f"create a context with {threads} I/O threads")
        handle = ContextHandle.__new__(ContextHandle)
        handle.ptr = ptr
        handle.generation = generation
        handle.closing = Closing.__new__(Closing)
        handle.closing.generation = generation
        self._share(handle)
        _handles[<size_t>ptr] = handle

    cdef int _share(self, ContextHandle handle) except -1:
        self.shared_handle = handle
        return handle.aim(self, handle.ptr)

    def __del__(self):
        """Do nothing: the last of the objects that share a C context ends it.  Subclasses may call and override it."""

    @property
    def closed(self):
        """Whether the context was terminated, or inherited through fork."""
        return self.shared_handle is None or self.shared_handle.closed()

    @property
    def underlying(self):
        """The address of the C context, for ``Context.shadow`` and for other bindings."""
        return 0 if self.closed else <size_t>self.shared_handle.ptr

    @property
    def _kept_open(self):
        """A set of sockets that are closed when the context terminates, and not before they leave the set.

        They live as long as the C context is used, by any Python object on it.  For what would let others do harm if it
        were closed because an object was collected.
        """
        if self.shared_handle is None:
            return set()
        if self.shared_handle.kept_open is None:
            self.shared_handle.kept_open = set()
        return self.shared_handle.kept_open

    @property
    def _foreign(self):
        """Whether the C context was made elsewhere, and lives on when no Python object refers to it any more."""
        return self.shared_handle is not None and self.shared_handle.foreign

    cdef void *_live(self) except NULL:
        cdef ContextHandle handle = self.shared_handle
        if handle is None:
            fail(Errno.ENOTSUP, "use a context whose __init__ was not called")
        if not self.terminated and handle.generation == generation and handle.closed():
            fail(Errno.EFAULT, "use a context that was terminated through another object; make a new one")
        return handle.live()

    cdef int _check_options(self) except -1:
        """Raise RuntimeError for options of a terminated context, as pyzmq does."""
        cdef ContextHandle handle = self.shared_handle
        if self.terminated and handle.generation == generation and handle.closed():
            raise RuntimeError("cannot get or set options of a terminated context: make a new one")
        return 0

    def term(self):
        """Terminate the context: blocks until its sockets are closed and their messages sent, or LINGER has passed.

        Sockets in other threads raise ContextTerminated, and have to be closed there.  Terminating twice is harmless.
        When Ctrl-C interrupts it, it can be called again.

        libzmq: zmq_ctx_term(3)
        """
        if self.shared_handle is not None:
            self.terminated = True
            self.shared_handle.terminate()

    def shutdown(self):
        """Make every socket of the context raise ContextTerminated at once, without waiting for anything.

        libzmq: zmq_ctx_shutdown(3)
        """
        cdef ContextHandle handle = self.shared_handle
        if handle is not None and handle.termination is not None and not handle.closed():
            return  # terminating a context begins with that
        check(libzmq.zmq_ctx_shutdown(self._live()), "shut the context down")

    def set(self, option, optval):
        """Set a context option.

        Args:
            option: A ContextOption, such as zmq.IO_THREADS; most have to be set before the first socket is created.
            optval: An int.

        Raises:
            RuntimeError: The context was terminated.

        libzmq: zmq_ctx_set(3)
        """
        cdef int number = option
        cdef int value, errno
        self._check_options()
        if not isinstance(optval, int):
            raise TypeError(f"context options take an int: got {optval!r} for {option!r}")
        value = optval
        if libzmq.zmq_ctx_set(self._live(), number, value) < 0:
            errno = libzmq.zmq_errno()  # first: any Python call may overwrite it
            fail(errno, f"set context option {option!r} to {optval!r}")

    def get(self, option):
        """Return the value of a context option, an int.

        libzmq: zmq_ctx_get(3)
        """
        cdef int number = option
        cdef void *ptr
        self._check_options()
        ptr = self._live()
        cdef int errno, value
        libc.errno.errno = 0
        value = libzmq.zmq_ctx_get(ptr, number)
        errno = libzmq.zmq_errno() if value < 0 else 0  # first: any Python call may overwrite it
        if errno:  # else it is -1 by right
            fail(errno, f"get context option {option!r}")
        return value

    def __class_getitem__(cls, item):
        return types.GenericAlias(cls, item)
