"""How an operation begins: at once where no other of its direction waits, else in its turn.

Every so often one that could be done at once goes through the loop, so that a busy socket does not starve other tasks.
"""
from weakref import ref

cimport cython

from zmq.backend cimport libzmq
from zmq.backend.engine cimport Engine, Operation
from zmq.backend.handle cimport Handle, cannot_receive
from zmq.backend.options cimport int_option
from zmq.backend.socket cimport Socket
from zmq.backend.transfer cimport in_vain
from zmq.backend.tries cimport POLL, Kind, receive_now, send_now

from zmq.error import Again


def expire(operation: Callable[[], Operation | None]) -> None:
    """End what a weak reference refers to, if it still waits: its time is up."""
    cdef Operation waiting = operation()
    cdef Engine engine
    if waiting is None or waiting.engine is None:
        return
    engine = waiting.engine
    engine.run()  # what has come while the loop was busy counts
    if waiting.engine is None:
        return
    if waiting.kind == POLL:
        waiting.succeed(0)
    else:
        waiting.fail(Again())
    if engine.ended:
        engine.wake_all()


cdef int _wait(Engine engine, Socket socket, Operation operation, object queue, object timeout_ms, bint now,
               bint refused=False) except -1:
    """Have *operation* wait.

    Args:
        timeout_ms: For how many milliseconds; None or a negative number for ever.
        now: Whether to try at once, or else in the next iteration of the loop.
        refused: Whether libzmq has just had nothing to receive.
    """
    operation.join(engine, socket, queue)
    if now:
        engine.run(refused)
    else:
        engine.schedule()
    if timeout_ms is not None and timeout_ms >= 0 and operation.engine is not None:
        # after what is scheduled, so that no time at all is enough for what is there
        operation.timer = engine.link.hub.call_later(timeout_ms / 1000, expire, ref(operation))
    return 0


cdef object receive_at_once(Engine engine, Socket socket, Kind kind, int flags, bint copy, bint track, object into):
    """Receive, where nothing waits for that.

    Returns:
        The frame or the message; None if libzmq has nothing; an exception for anything else, which is cheaper here
        than to raise it.
    """
    cdef object value
    cdef Handle handle = socket.shared_handle
    try:
        if handle is not None and cannot_receive(handle):
            with cython.critical_section(handle):
                if in_vain(handle, flags):
                    handle.note_refusal()
                    return None
        value = receive_now(socket, kind, flags, copy, track, into)
    except Exception as error:
        return error
    if value is None:
        with cython.critical_section(socket.shared_handle):
            if socket.shared_handle.refused:
                socket.shared_handle.note_refusal()
        return None
    engine.received += 1
    return value


cdef int receive_in_turn(Engine engine, Socket socket, Operation operation, Kind kind, int flags, bint copy, bint track,
                         object into, bint tried, object refusal) except -1:
    """Receive after those that wait; *operation*, a new one, ends or waits.

    Args:
        into: The Room to receive into.
        tried: Whether ``receive_at_once()`` was refused just now.
        refusal: What it has returned.

    Raises:
        ZMQError: The socket is closed, or its context terminated, and DONTWAIT was not among the flags.
    """
    cdef bint others_first = bool(engine.receivers) or bool(engine.delivered)
    cdef bint goes_on
    cdef int timeout_ms
    operation.kind = kind
    operation.flags = flags | libzmq.ZMQ_DONTWAIT
    operation.copy = copy
    operation.track = track
    operation.data = into
    if engine.received + 1 >= engine.receive_turn:
        engine.receive_turn = engine.received + 1 + engine.turn
        others_first = True
    goes_on = engine.whole and others_first and _inside_message(engine, socket)
    if goes_on:
        others_first = False
        operation.is_next = True
    timeout_ms = _timeout_of(engine, socket, flags, libzmq.ZMQ_RCVTIMEO)
    try:
        if timeout_ms == 0 and not goes_on:
            if engine.receivers:
                engine.run()  # those that wait come first, and may not know yet that there is something
            others_first = bool(engine.receivers)  # else they have theirs, and this one cannot wait for its turn
        if not others_first and not tried:
            message = engine.take(socket, operation)
            if message is not None:
                engine.changed()
                operation.deliver(engine, message)
                return 0
            tried = True
    except Exception as error:
        if timeout_ms == 0 or not engine.waits_after(error):
            operation.fail(error)
            return 0
    if timeout_ms == 0:
        operation.fail(Again() if refusal is None else refusal)
    else:
        _wait(engine, socket, operation, engine.receivers, timeout_ms, not others_first, tried and refusal is None)
    return 0


cdef int send_in_turn(Engine engine, Socket socket, Operation operation, Kind kind, object data, int flags, bint copy,
                      bint track, tuple to) except -1:
    """Send after those that wait; *operation*, a new one, ends or waits."""
    cdef int timeout_ms = 0
    cdef bint others_first = engine.sends + 1 >= engine.send_turn
    operation.kind = kind
    operation.data = data
    operation.flags = flags | libzmq.ZMQ_DONTWAIT
    operation.copy = copy
    operation.track = track
    operation.to = to
    if others_first:
        engine.send_turn = engine.sends + 1 + engine.turn
    try:
        if socket.is_closed():  # raises, as a send that does not wait: for a wrong frame, else that it is closed
            send_now(socket, kind, data, operation.flags, copy, track, to)
        timeout_ms = _timeout_of(engine, socket, flags, libzmq.ZMQ_SNDTIMEO)
        if engine.senders and timeout_ms == 0:
            engine.run()
        if timeout_ms == 0:
            others_first = False
        if engine.whole and socket.shared_handle.sending_more:
            others_first = False
            operation.is_next = True
        if not others_first and (not engine.senders or engine.addressed or operation.is_next):
            engine.sends += 1
            operation.succeed(send_now(socket, kind, data, operation.flags, copy, track, to))
            return 0
    except Again:
        pass
    except Exception as error:
        operation.fail(error)
        return 0
    if timeout_ms == 0:
        operation.fail(Again())
    else:
        _wait(engine, socket, operation, engine.senders, timeout_ms, not others_first)
    return 0


cdef int _timeout_of(Engine engine, Socket socket, int flags, int option) except? -1:
    """Return for how many milliseconds an operation may wait; -1 is no limit.

    Args:
        flags: Those of the call.
        option: RCVTIMEO or SNDTIMEO.
    """
    if flags & libzmq.ZMQ_DONTWAIT:
        return 0
    return int_option_of(socket, option) if engine.timeouts else -1


cdef int ready_of(Engine engine, Socket socket, int events) except -1:
    """Return which of *events* are ready."""
    cdef int found
    socket.c_socket()
    with cython.critical_section(socket.shared_handle):
        found = socket.shared_handle.look() & events
    if engine.returned.messages:
        found |= events & libzmq.ZMQ_POLLIN
    return found


cdef bint _inside_message(Engine engine, Socket socket) except -1:
    """Return whether the message goes on after the frame that was received last."""
    if engine.returned.more is not None:
        return engine.returned.more
    return int_option_of(socket, libzmq.ZMQ_RCVMORE)


cdef int poll_in_turn(Engine engine, Socket socket, Operation operation, object timeout_ms, int events) except -1:
    """Wait for *events*; *operation*, a new one, ends at once or waits."""
    cdef int found = 0
    cdef bint turn_is_over
    cdef bint refused = engine.tried and timeout_ms != 0 and events == libzmq.ZMQ_POLLIN and not engine.receivers
    operation.kind = POLL
    operation.events = events
    engine.tried = False
    if not refused:
        found = ready_of(engine, socket, events)
    elif engine.returned.messages:
        found = events & libzmq.ZMQ_POLLIN
    engine.polls += 1
    turn_is_over = engine.polls % engine.turn == 0
    if not turn_is_over and (found or timeout_ms == 0):
        operation.succeed(found)
    else:
        _wait(engine, socket, operation, engine.pollers, timeout_ms, not turn_is_over, refused)
    return 0


cdef int int_option_of(Socket socket, int option) except? -1:
    socket.c_socket()
    return int_option(socket.shared_handle, option)


cdef Engine any_engine_of(Socket socket):
    """Return the engine of a socket of an event loop."""
    if socket._engine is None:
        socket.c_socket()  # raises where __init__ was not called
    return <Engine?>socket._engine
