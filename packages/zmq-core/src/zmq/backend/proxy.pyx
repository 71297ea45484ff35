"""Proxies: loops that pass messages between sockets until their context is terminated."""
from libc.errno cimport EFAULT

from zmq.backend.errors cimport fail
from zmq.backend.relay cimport Relay
from zmq.backend.socket cimport Socket


cdef int _run(str loop, Socket frontend, Socket backend, Socket capture, Socket control) except -1:
    if frontend.is_closed() or backend.is_closed():
        fail(EFAULT, f"run {loop}: a socket is closed")
    Relay(loop, frontend, backend, capture, control).run()
    return 0


def proxy(Socket frontend not None, Socket backend not None, Socket capture=None) -> None:
    """Pass messages between two sockets, both ways, until their context is terminated.

    Blocks, without the GIL.  Until it returns, other threads get an error when they use one of the sockets.  In the
    main thread signal handlers run within half a second; when one raises, as Ctrl-C does, the proxy passes on what it
    has read, for which it takes a second at most, and ends.  A message for a peer that a ROUTER with ROUTER_MANDATORY
    does not know is dropped.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.

    Raises:
        ContextTerminated: The context was terminated: the regular end.
        ZMQError: EFAULT: frontend or backend is closed.

    libzmq: zmq_proxy(3)
    """
    _run("zmq.proxy", frontend, backend, capture, None)


def proxy_steerable(Socket frontend not None, Socket backend not None, Socket capture=None, Socket control=None) -> int:
    """Like proxy(), and obeys what arrives on a control socket.

    STATISTICS is answered with eight frames, each a number of 64 bits: messages and bytes that the frontend has
    received and sent, then those of the backend.  A REP socket answers everything else with an empty frame.

    Args:
        frontend: Where clients are: ROUTER, XSUB or PULL.
        backend: Where workers or subscribers are: DEALER, XPUB or PUSH.
        capture: A PUB, DEALER, PUSH or PAIR socket that gets a copy of everything.
        control: A PAIR, REP, DEALER, PULL or SUB socket; obeys b"PAUSE", b"RESUME", b"TERMINATE" and b"STATISTICS".

    Returns:
        0 when it was told to terminate.

    Raises:
        ContextTerminated: The context was terminated.
        ZMQError: EFAULT: frontend or backend is closed.

    libzmq: zmq_proxy_steerable(3)
    """
    _run("zmq.proxy_steerable", frontend, backend, capture, control)
    return 0


def device(device_type: int, Socket frontend not None, Socket backend=None) -> None:
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
