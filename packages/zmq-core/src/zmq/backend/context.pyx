"""Contexts: creation, options and termination of libzmq's C contexts."""
import warnings
from weakref import WeakValueDictionary

cimport cython
cimport libc.errno
from libc.errno cimport EINTR, EMFILE
from libc.stdlib cimport free, malloc

from zmq.backend cimport libzmq
from zmq.backend.errors cimport check, fail
from zmq.backend.instances cimport core_guard_methods
from zmq.backend.pinned cimport Completion, finished, promise
from zmq.backend.pointer cimport Pointer, Target, clear_after_fork, target_at
from zmq.backend.reaping cimport note_closing, wait_for_descriptors
from zmq.backend.waiting cimport core_finalizing, core_get, core_set, generation

from zmq.backend.ending import Dropped, finish_later, prepare
from zmq.constants import ContextOption, Errno, SocketType
from zmq.error import ZMQError
from zmq.utils.interop import cast_int_addr


cdef extern from "pythread.h" nogil:
    unsigned long PyThread_start_new_thread(void (*function)(void *) noexcept nogil, void *argument)
    unsigned long PYTHREAD_INVALID_THREAD_ID


_handles = WeakValueDictionary()
clear_after_fork(_handles)

cdef int _prepared_for = -1  # the generation in which prepare() was called; fork begins a new one


cdef struct Termination:
    void *ptr
    void *promised


cdef void _terminate(void *argument) noexcept nogil:
    cdef Termination termination = (<Termination *>argument)[0]
    free(argument)
    while libzmq.zmq_ctx_term(termination.ptr) < 0 and libzmq.zmq_errno() == EINTR:
        pass
    finished(NULL, termination.promised)


cdef int _start_to_terminate(void *ptr, Completion completion) except -1:
    """Terminate a C context in a new thread, because signals, such as Ctrl-C, interrupt only the main thread."""
    note_closing()
    cdef Termination *termination = <Termination *>malloc(sizeof(Termination))
    if termination == NULL:
        raise MemoryError()
    termination.ptr = ptr
    termination.promised = promise(completion)
    if PyThread_start_new_thread(_terminate, termination) == PYTHREAD_INVALID_THREAD_ID:
        with nogil:
            _terminate(termination)
    completion.seal()
    return 0


@cython.final
cdef class Closing:
    """Terminates an unreferenced C context, and records how long the termination may take.

    The garbage collector finalizes the objects of a reference cycle in any order.  A Closing refers to no object, so it
    is deallocated after the handles of the context and its sockets: then all sockets are closed.
    """

    def __dealloc__(self):
        if self.ptr != NULL and self.generation == generation and not core_finalizing():
            _drop(self.ptr, self.linger_ms, self.endless)


cdef int _drop(void *ptr, int linger_ms, unsigned int endless) except -1:
    """Terminate a C context that nothing refers to any more.

    Unsent messages are kept for LINGER.  The garbage collector does not wait for that; the end of the process does.
    """
    cdef Completion termination = Completion()
    _start_to_terminate(ptr, termination)
    kinds = [type.name for type in SocketType if endless >> type.value & 1]
    finish_later(Dropped(termination, <size_t>ptr, linger_ms, kinds))
    return 0


cdef class ContextHandle(Target):
    """One C context, shared by the Python contexts that shadow each other.

    The C context is used, and its pointer is looked at for that, in the critical section of this object.
    """

    def __del__(self):
        cdef void *ptr = self.ptr
        if ptr == NULL or self.foreign or self.generation != generation or core_finalizing():
            return
        if self.termination is not None:
            return  # term() has begun the termination, and was interrupted
        self.ptr = NULL  # first: warn() lets other threads run, which could find this handle by its address
        try:
            warnings.warn(
                f"Unclosed context <zmq.Context() at {<size_t>ptr:#x}>: term() it, or use it in a with statement",
                ResourceWarning,
                source=self,
            )
        finally:
            self.closing.ptr = ptr

    cdef int closes(self, void *socket, int type, bint local) except -1:
        """Record the LINGER of a socket that is about to be closed; one that is *local* has no messages to send."""
        cdef int linger_ms = 0
        cdef size_t size = sizeof(int)
        if self.closing is None:
            return 0
        if not local and libzmq.zmq_getsockopt(socket, libzmq.ZMQ_LINGER, &linger_ms, &size) < 0:
            return 0  # the context was terminated
        with cython.critical_section(self):
            if linger_ms == 0:
                self.unsent -= 1
            if linger_ms < 0:
                self.closing.endless |= 1u << type
            elif linger_ms > self.closing.linger_ms:
                self.closing.linger_ms = linger_ms
        return 0

    cdef void *live(self) except NULL:
        """Return the C context; raise an error with the reason if it cannot be used."""
        if self.ptr != NULL and self.generation == generation and self.termination is None:
            return self.ptr
        if self.generation != generation:
            raise ZMQError(
                Errno.ENOTSUP, "the context was inherited through fork and belongs to the parent: make one in the child"
            )
        if not self.closed():
            # another thread frees its memory, at an unknown time
            fail(Errno.ETERM, "use a context that is being terminated")
        fail(Errno.ENOTSUP, "use a terminated context")

    cdef bint closed(self) noexcept:
        """Return whether the C context is terminated, or belongs to the parent process."""
        return (
            self.ptr == NULL or self.generation != generation
            or core_get(&self.begun) and self.termination.done()
        )

    cdef int terminate(self) except -1:
        """Terminate the C context: wait until its sockets are closed and LINGER has expired.

        Where it may wait, zmq_ctx_term() runs in a thread of its own, so that signals can interrupt the caller, and a
        second call can go on waiting.  From its start on the C context must not be used.
        """
        cdef Completion termination = Completion()
        if self.closed():
            return 0
        with cython.critical_section(self):
            if self.termination is None:
                _close_kept(self)
            if self.termination is None:
                _handles.pop(<size_t>self.ptr, None)  # now: malloc may give the address to another context
            if self.termination is None:  # again: pop() lets other threads run, which may terminate it
                self.termination = termination
                core_set(&self.begun, True)
                self.moved(NULL)
                if _terminate_at_once(self):
                    termination.seal()
                else:
                    _start_to_terminate(self.ptr, termination)
        self.termination.wait()
        self.ptr = NULL
        return 0


cdef class Context(Pointer):
    """A libzmq context: creates sockets, and runs the I/O threads that carry their messages.

    Args:
        io_threads: Number of I/O threads: 0 suffices for inproc, and one carries about a gigabyte per second.
        shadow: The address of a C context, or a Context, to share instead of creating a new C context.

    Raises:
        ZMQError: libzmq refuses the number of threads, or no descriptors are left.

    Any thread may use a context.

    libzmq: zmq_ctx_new(3)
    """

    def __init__(self, io_threads: int = 1, shadow: int | Context = 0):
        cdef ContextHandle handle
        if isinstance(shadow, Context):
            (<Context>shadow)._live()
            handle = (<Context>shadow).shared_handle
        elif shadow:
            handle = target_at(_handles, ContextHandle, cast_int_addr(shadow))
        else:
            try:
                handle = _open_handle(io_threads)
            except TypeError:
                raise TypeError(f"io_threads is a number of threads: got {io_threads!r}") from None
        if shadow:
            self._shadow = True
            self._shadow_obj = shadow
        self.shared_handle = handle
        with cython.critical_section(handle):
            handle.aim(self, handle.ptr)

    def __del__(self):
        """Do nothing: the shared handle terminates the C context.  Subclasses may override this, and call it."""

    @property
    def closed(self) -> bool:
        """Whether the context was terminated, or inherited through fork."""
        return self.shared_handle is None or self.shared_handle.closed()

    @property
    def underlying(self) -> int:
        """The address of the C context, for ``Context.shadow`` and other bindings; 0 once it is closed."""
        cdef ContextHandle handle = self.shared_handle
        if handle is None or handle.closed():
            return 0
        handle.lent = True
        return <size_t>handle.ptr

    @property
    def _kept_open(self) -> set[Any]:
        """A set of sockets that stay open until the C context terminates, or until they are removed from the set.

        It belongs to the C context, and is shared by all Python objects on it.  It holds sockets whose early closing
        would be harmful, such as a ZAP socket: without it libzmq admits every peer.
        """
        if self.shared_handle is None:
            return set()
        with cython.critical_section(self.shared_handle):
            if self.shared_handle.kept_open is None:
                self.shared_handle.kept_open = set()
            return self.shared_handle.kept_open

    @property
    def _foreign(self) -> bool:
        """Whether another library created the C context: it is then not terminated with its last Python object."""
        return self.shared_handle is not None and self.shared_handle.foreign

    cdef void *_live(self) except NULL:
        cdef ContextHandle handle = self.shared_handle
        if handle is None:
            fail(Errno.ENOTSUP, "use a context whose __init__ was not called")
        if not self.terminated and handle.generation == generation and handle.closed():
            fail(Errno.EFAULT, "use a context that was terminated through another object; make a new one")
        return handle.live()

    def term(self) -> None:
        """Terminate the context.

        Blocks until all its sockets are closed and their unsent messages are sent or have exceeded LINGER.  Blocked
        calls on its sockets raise ContextTerminated; the threads that use these sockets must close them.  Any thread
        may call this, any number of times, and again after Ctrl-C has interrupted it.

        libzmq: zmq_ctx_term(3)
        """
        if self.shared_handle is not None:
            self.terminated = True
            self.shared_handle.terminate()

    def shutdown(self) -> None:
        """Make all operations on sockets of this context raise ContextTerminated, also those that block now.

        Returns at once.  Only closing the sockets and term() remain possible.  Any thread may call this.

        Raises:
            ZMQError: The context was terminated.

        libzmq: zmq_ctx_shutdown(3)
        """
        cdef ContextHandle handle = self.shared_handle
        if handle is not None and handle.termination is not None and not handle.closed():
            return  # zmq_ctx_term() has shut it down
        with cython.critical_section(handle):
            check(libzmq.zmq_ctx_shutdown(self._live()), "shut the context down")

    def set(self, option: int, optval: int) -> None:
        """Set a context option.

        Args:
            option: A ContextOption, such as zmq.IO_THREADS; most take effect only before the first socket is created.
            optval: An int.

        Raises:
            RuntimeError: The context was terminated.
            TypeError: *optval* is not an int.
            ZMQError: libzmq does not have the option, or refuses the value.

        libzmq: zmq_ctx_set(3)
        """
        cdef int number = option
        cdef int value, errno
        _check_options(self)
        if not isinstance(optval, int):
            raise TypeError(f"context options take an int: got {optval!r} for {option!r}")
        value = optval
        with cython.critical_section(self.shared_handle):
            if libzmq.zmq_ctx_set(self._live(), number, value) < 0:
                errno = libzmq.zmq_errno()  # first: any Python call may overwrite it
                fail(errno, f"set context option {option!r} to {optval!r}")

    def get(self, option: int) -> int:
        """Return the value of a context option.

        Args:
            option: A ContextOption, such as zmq.IO_THREADS.

        Returns:
            An int.

        Raises:
            RuntimeError: The context was terminated.
            ZMQError: libzmq does not have the option.

        libzmq: zmq_ctx_get(3)
        """
        cdef int number = option
        cdef void *ptr
        cdef int errno, value
        _check_options(self)
        with cython.critical_section(self.shared_handle):
            ptr = self._live()
            libc.errno.errno = 0
            value = libzmq.zmq_ctx_get(ptr, number)
            errno = libzmq.zmq_errno() if value < 0 else 0  # first: any Python call may overwrite it
        if errno:  # without an errno a negative value is valid
            fail(errno, f"get context option {option!r}")
        return value


cdef ContextHandle _open_handle(int io_threads):
    """Create a C context."""
    global _prepared_for
    cdef ContextHandle handle
    cdef void *ptr
    cdef int errno
    if _prepared_for != generation:
        prepare()
        _prepared_for = generation
    ptr = libzmq.zmq_ctx_new()
    while ptr == NULL and libzmq.zmq_errno() == EMFILE and wait_for_descriptors(2):
        ptr = libzmq.zmq_ctx_new()
    if ptr == NULL:
        fail(libzmq.zmq_errno(), "create a context")
    if libzmq.zmq_ctx_set(ptr, ContextOption.IO_THREADS, io_threads) < 0:
        errno = libzmq.zmq_errno()
        libzmq.zmq_ctx_term(ptr)  # does not block: it has no sockets
        fail(errno, f"create a context with {io_threads} I/O threads")
    handle = ContextHandle.__new__(ContextHandle)
    handle.ptr = ptr
    handle.generation = generation
    handle.closing = Closing.__new__(Closing)
    handle.closing.generation = generation
    _handles[<size_t>ptr] = handle
    return handle


cdef bint _terminate_at_once(ContextHandle handle) noexcept:
    """Terminate a C context if that does not wait; return whether it is, which a signal may have prevented."""
    cdef int rc
    if handle.foreign or handle.lent or handle.unsent:
        return False
    with nogil:
        rc = libzmq.zmq_ctx_term(handle.ptr)
    return rc == 0


cdef int _close_kept(ContextHandle handle) except -1:
    """Close the sockets of ``Context._kept_open``."""
    if not handle.kept_open:
        return 0
    # First, so that no socket receives any more: a kept ZAP socket guards the other sockets.
    libzmq.zmq_ctx_shutdown(handle.ptr)
    while handle.kept_open:
        try:
            socket = handle.kept_open.pop()
        except KeyError:  # another thread has taken the last one
            break
        socket.close(linger=0)
    return 0


cdef int _check_options(Context context) except -1:
    """Raise RuntimeError for options of a terminated context, as pyzmq does."""
    cdef ContextHandle handle = context.shared_handle
    if context.terminated and handle.generation == generation and handle.closed():
        raise RuntimeError("cannot get or set options of a terminated context: make a new one")
    return 0


core_guard_methods(Context)
