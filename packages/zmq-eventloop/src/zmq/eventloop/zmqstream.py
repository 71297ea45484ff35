"""``ZMQStream``: callbacks for the messages that a socket receives and sends, in a tornado loop."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import zmq
import zmq.asyncio
from zmq._loops.hub import asyncio_loop
from zmq.eventloop._pump import Pump
from zmq.eventloop._tornado import IOLoop, gen_log
from zmq.utils import jsonapi

if TYPE_CHECKING:
    from typing_extensions import Buffer

POLLIN = zmq.POLLIN
POLLOUT = zmq.POLLOUT


class ZMQStream:
    """Calls callbacks when its socket has received or sent a message.

    Use it in the thread of its loop.  Other code may use the socket at the same time, also through a shadow in another
    thread; a message goes to the one that receives it first.  Callbacks may be coroutines: the stream starts them one
    after the other, and does not wait for them.  Errors of callbacks are logged, and the stream continues.

    A message is sent at once if the socket can send it and no earlier message is queued; otherwise the stream queues
    it.  In both cases the loop calls ``on_send`` later.  When many messages arrive, the other callbacks of the loop
    still run.

    While the stream waits (to receive for ``on_recv``, to send a queued message, or for the end of the socket for
    ``set_close_callback``) the loop watches the socket and keeps the stream alive.  Otherwise it does neither, and a
    stream without references is collected.

    If the context of the socket is terminated, the stream closes itself and the socket.  If the socket was closed
    elsewhere, the stream closes itself with a warning.

    The stream has the methods and options of the socket, such as ``stream.bind``, except for those that receive.

    Args:
        socket: The socket.  For an asynchronous socket the stream uses a plain shadow, which does not receive the
            messages that cancelled receives have given back.
        io_loop: The tornado loop; the current one by default.

    Raises:
        TypeError: *socket* is not a zmq.Socket.

    Attributes:
        socket: The plain socket; None when the stream is closed.
        io_loop: The loop.
        poller: A ``zmq.Poller``, for old programs; the stream does not use it.

    Example::

        import asyncio
        from zmq.eventloop.zmqstream import ZMQStream

        async def main():
            with zmq.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
                server.bind("inproc://echo")
                client.connect("inproc://echo")
                answers = asyncio.Queue()
                answering, asking = ZMQStream(server), ZMQStream(client)
                answering.on_recv(answering.send_multipart)
                asking.on_recv(answers.put_nowait)
                asking.send(b"hello")
                print(await answers.get())
                answering.close()
                asking.close()

        asyncio.run(main())
    """

    socket: Any  # with Socket | None type checkers would demand a check for None at each use
    io_loop: IOLoop
    poller: zmq.Poller

    def __init__(self, socket: zmq.Socket[Any], io_loop: IOLoop | None = None) -> None:
        if not isinstance(socket, zmq.Socket):
            raise TypeError(f"a ZMQStream needs a zmq.Socket: got {socket!r:.60}")
        if isinstance(socket, zmq.asyncio.Socket):
            warnings.warn(
                "ZMQStream uses a plain shadow of an asynchronous socket: make it with socket_class=zmq.Socket",
                RuntimeWarning,
                stacklevel=2,
            )
            socket = zmq.Socket.shadow(socket)
        self.socket = self._socket = socket
        # Attributes of both, so that "stream.bind is stream.socket.bind", as in pyzmq.
        self.bind, self.connect = socket.bind, socket.connect
        vars(socket).update(bind=self.bind, connect=self.connect)
        self.io_loop = IOLoop.current() if io_loop is None else io_loop
        self.poller = zmq.Poller()
        self._pump = Pump(self, asyncio_loop(self.io_loop))

    def __getattr__(self, name: str) -> Any:
        """Return a method or an option of the socket."""
        if not name.startswith(("_", "recv")):
            return getattr(self._socket, name)
        raise AttributeError(f"a ZMQStream has no attribute {name!r}")

    # ---- receiving

    def on_recv(self, callback: Callable[[list[Any]], object] | None, copy: bool = True) -> None:
        """Call *callback* with each received message.  It replaces the previous callback.

        Args:
            callback: Called with the list of frames; None stops receiving.
            copy: Whether frames are bytes; if False they are Frames, which share memory with libzmq.

        Raises:
            OSError: The stream is closed.
        """
        self._check_open()
        _check_callback(callback)
        self._pump.on_received = callback
        self._pump.copy = copy
        self._pump.wanted()

    def on_recv_stream(self, callback: Callable[[ZMQStream, list[Any]], object] | None, copy: bool = True) -> None:
        """Call *callback* with this stream and each message; otherwise like on_recv()."""
        _check_callback(callback)
        self.on_recv(None if callback is None else lambda message: callback(self, message), copy)

    def stop_on_recv(self) -> None:
        """Stop receiving; further messages stay in the queue of the socket."""
        self.on_recv(None)

    def receiving(self) -> bool:
        """Return whether on_recv() has a callback."""
        return self._pump.on_received is not None

    # ---- sending

    def on_send(self, callback: Callable[[Any, Any], object] | None) -> None:
        """Call *callback* after each message that was sent.  It replaces the previous callback.

        Args:
            callback: Called with the list of frames, and with the result of ``send_multipart``: None, the
                MessageTracker, or the exception if sending failed.  None stops the calls.

        Raises:
            OSError: The stream is closed.
        """
        self._check_open()
        _check_callback(callback)
        self._pump.on_sent = callback

    def on_send_stream(self, callback: Callable[[ZMQStream, Any, Any], object] | None) -> None:
        """Call *callback* with this stream, each message and the result; otherwise like on_send()."""
        _check_callback(callback)
        self.on_send(None if callback is None else lambda message, status: callback(self, message, status))

    def stop_on_send(self) -> None:
        """Remove the callback of on_send()."""
        self.on_send(None)

    def sending(self) -> bool:
        """Return whether messages are queued, or calls of ``on_send`` are pending."""
        return self._pump.sending()

    def send(
        self,
        msg: Buffer,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a message of one frame; see send_multipart()."""
        self.send_multipart([msg], flags, copy, track, callback, **kwargs)

    def send_multipart(
        self,
        msg: Iterable[Buffer],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a message, at once or as soon as the socket can; messages are sent in the order of the calls.

        Errors of sending, such as a frame that is not bytes-like, are logged and passed to ``on_send``.

        Args:
            msg: The frames, which must not change until they are sent.
            flags, copy, track, kwargs: As for ``zmq.Socket.send_multipart``.
            callback: Passed to on_send() first, if not None.

        Raises:
            OSError: The stream is closed.

        libzmq: zmq_send(3)
        """
        self._check_open()
        frames = list(msg)
        if callback is not None:
            self.on_send(callback)
        if not copy and not any(isinstance(frame, zmq.Frame) for frame in frames):
            track = True  # on_send gets the tracker, as in pyzmq; a Frame decides itself whether it is tracked
        self._pump.send(frames, flags, {"copy": copy, "track": track, **kwargs})

    def send_string(
        self,
        u: str,
        flags: int = 0,
        encoding: str = "utf-8",
        callback: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        """Encode and send a str; otherwise like send().

        Raises:
            TypeError: *u* is not a str.
        """
        if not isinstance(u, str):
            raise TypeError(f"send_string() takes a str: got {u!r:.60}")
        self.send(u.encode(encoding), flags, callback=callback, **kwargs)

    send_unicode = send_string

    def send_json(
        self, obj: Any, flags: int = 0, callback: Callable[[Any, Any], object] | None = None, **kwargs: Any
    ) -> None:
        """Send an object as JSON; see ``zmq.Socket.send_json``."""
        sending = {name: kwargs.pop(name) for name in ("copy", "track", "routing_id", "group") if name in kwargs}
        self.send(jsonapi.dumps(obj, **kwargs), flags, callback=callback, **sending)

    def send_pyobj(
        self,
        obj: Any,
        flags: int = 0,
        protocol: int = pickle.DEFAULT_PROTOCOL,
        callback: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        """Send an object as a pickle; only unpickle messages of peers that you trust.

        See ``zmq.Socket.send_pyobj``.
        """
        self.send(pickle.dumps(obj, protocol), flags, callback=callback, **kwargs)

    def flush(self, flag: int = POLLIN | POLLOUT, limit: int | None = None) -> int:
        """Receive and send messages until the socket would have to wait, and call the callbacks.

        Args:
            flag: zmq.POLLIN to receive messages, which are discarded if on_recv() has no callback; zmq.POLLOUT to send
                queued messages, and to make the pending calls of ``on_send``.
            limit: The most messages, received and sent ones together; None or 0 is no limit, and may not return while
                messages keep arriving.

        Returns:
            The number of messages.

        Raises:
            OSError: The stream is closed.
        """
        self._check_open()
        return self._pump.flush(flag, limit)

    # ---- the end

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Call *callback*, without arguments, when the stream or its socket is closed, or its context terminated."""
        _check_callback(callback)
        if self.socket is not None:
            self._pump.on_closed = callback
            self._pump.wanted()

    def close(self, linger: int | None = None) -> None:
        """Close the stream and its socket.  Queued messages are discarded: call flush() before to send them.

        Args:
            linger: How long libzmq keeps trying to deliver sent messages, in milliseconds; -1 for ever.  None keeps the
                value of the LINGER option.

        libzmq: zmq_close(3)
        """
        socket, self.socket = self.socket, None
        if socket is None:
            return
        callback = self._pump.on_closed
        for name in ("bind", "connect"):  # they refer to the socket: PyPy collects no such cycle
            vars(socket).pop(name, None)  # pyright: ignore[reportUnknownMemberType]
        self._pump.stop()
        try:
            socket.close(linger)
        finally:
            if callback is not None:
                self._pump.call(callback)

    def closed(self) -> bool:
        """Return whether the stream is closed; if its socket was closed, close the stream."""
        if self.socket is not None and self.socket.closed:
            self.close_after_socket()
        return self.socket is None

    def close_after_socket(self) -> None:
        """Close the stream after its socket was closed elsewhere; warns, as in pyzmq."""
        socket = self.socket
        if socket is None:
            return
        self.close()
        gen_log.warning("%r closes: it was attached to a closed socket, %r", self, socket)
        warnings.warn(
            f"a ZMQStream closes after closing socket {socket!r}: use stream.close(), which closes both",
            UserWarning,
            stacklevel=3,
        )

    def on_err(self, callback: object) -> None:  # noqa: ARG002 (pyzmq's signature)
        """Do nothing: errors of sends go to ``on_send``, all others are logged."""
        gen_log.warning("ZMQStream.on_err does nothing: errors are logged, and those of sends go to on_send")

    def stop_on_err(self) -> None:
        """Do nothing, like on_err()."""
        gen_log.warning("ZMQStream.stop_on_err does nothing")

    def _check_open(self) -> None:
        if self.closed():
            raise OSError("Stream is closed")


def _check_callback(callback: object) -> None:
    if callback is not None and not callable(callback):
        raise AssertionError(f"a callback must be callable: got {callback!r:.60}")  # pyzmq's exception
