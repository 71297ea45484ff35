"""Proxies: loops that live in libzmq and pass messages between sockets until their context is terminated."""
from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EINTR

from zmq.backend cimport libzmq
from zmq.backend.errors cimport fail
from zmq.backend.handle cimport Handle
from zmq.backend.socket cimport Socket

from zmq.constants import Errno

cdef int ETERM = Errno.ETERM


cdef int _run(str loop, Socket frontend, Socket backend, Socket capture, Socket control) except -1:
    """Run zmq_proxy or zmq_proxy_steerable until it ends; meanwhile nobody else can use the sockets.

    Signal handlers can: they may close the sockets, or destroy the context, and that ends it.
    """
    cdef int errno = EINTR
    frontend.c_socket()
    while errno == EINTR:
        PyErr_CheckSignals()  # one that came since the interpreter last looked would not wake us
        if frontend.shared_handle.context is not None and frontend.shared_handle.context.termination is not None:
            errno = ETERM
        else:
            errno = _run_once(loop, frontend, backend, capture, control)
    if errno:
        fail(errno, f"go on with {loop}")
    return 0


cdef int _run_once(str loop, Socket frontend, Socket backend, Socket capture, Socket control) except -1:
    """Run it until it ends, or a signal comes; returns the errno."""
    cdef void *pointers[4]
    cdef list entered = []
    cdef int rc, i = 0
    cdef int errno = 0
    cdef Socket socket
    cdef Handle handle
    try:
        for socket in (frontend, backend, capture, control):
            pointers[i] = NULL
            if socket is not None:
                handle = socket.shared_handle
                if handle is None or handle not in entered:  # frontend and backend may be one socket
                    socket.c_socket()
                    handle.enter_loop(loop)
                    entered.append(handle)
                pointers[i] = handle.address
            i += 1
        with nogil:
            if pointers[3] == NULL:
                rc = libzmq.zmq_proxy(pointers[0], pointers[1], pointers[2])
            else:
                rc = libzmq.zmq_proxy_steerable(pointers[0], pointers[1], pointers[2], pointers[3])
            errno = libzmq.zmq_errno() if rc < 0 else 0
    finally:
        for handle in entered:
            handle.leave_loop()
    return errno


def proxy(Socket frontend not None, Socket backend not None, Socket capture=None):
    """Pass messages between two sockets, both ways, until their context is terminated.

    Blocks in libzmq.  Until it returns, other threads get an error when they use one of the sockets.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.

    Raises:
        ContextTerminated: The context was terminated: the regular end.

    libzmq: zmq_proxy(3)
    """
    _run("zmq.proxy", frontend, backend, capture, None)


def proxy_steerable(Socket frontend not None, Socket backend not None, Socket capture=None, Socket control=None):
    """Like proxy(), and obeys what arrives on a control socket.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.
        control: A PAIR, PULL, SUB or REP socket; obeys b"PAUSE", b"RESUME", b"TERMINATE" and b"STATISTICS".

    Raises:
        ContextTerminated: The context was terminated.

    libzmq: zmq_proxy_steerable(3)
    """
    _run("zmq.proxy_steerable", frontend, backend, capture, control)


def device(int device_type, Socket frontend not None, Socket backend=None):
    """Run a proxy between two sockets; the type makes no difference.  Use proxy() in new programs.

    Args:
        device_type: zmq.QUEUE, zmq.FORWARDER or zmq.STREAMER.
        frontend: Where messages come in.
        backend: Where they go out; None for *frontend*.

    Raises:
        ContextTerminated: The context was terminated: the regular end.

    libzmq: zmq_proxy(3)
    """
    _run("zmq.device", frontend, frontend if backend is None else backend, None, None)
