"""``ZMQStream``: callbacks for what a socket receives and sends, in a tornado loop.

from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

stream = ZMQStream(socket)
stream.on_recv(lambda message: stream.send_multipart(message))
IOLoop.current().start()
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import zmq
import zmq.asyncio
from zmq.eventloop._loops import asyncio_loop
from zmq.eventloop._pump import Pump
from zmq.eventloop._tornado import IOLoop, gen_log
from zmq.utils import jsonapi

if TYPE_CHECKING:
    from typing_extensions import Buffer

POLLIN = zmq.POLLIN
POLLOUT = zmq.POLLOUT


class ZMQStream:
    """Calls back when its socket has received or sent a message.

    Use it in its loop's thread.  The socket itself may be used meanwhile, also through a shadow and in another thread:
    the stream receives what others leave.  Callbacks may be coroutines, which are started one after the other and not
    waited for; what goes wrong in a callback is logged, and the stream goes on.

    A message is sent at once if there is room and nothing waits before it, and in turn otherwise; either way the loop
    calls ``on_send`` later.  Under a flood other callbacks of the loop get their turn.

    While there is something to wait for (messages for ``on_recv``, room for a message, the end for
    ``set_close_callback``) the loop keeps the stream and watches the socket; otherwise it does neither, and a stream
    that nobody holds is collected.

    When the context of the socket is terminated the stream closes, and closes the socket.  It also closes, with a
    warning, when it finds that the socket was closed elsewhere.

    The methods and options of the socket, except for those that receive, are the stream's, too: ``stream.bind``.

    Args:
        socket: The socket.  Of an asynchronous one the stream uses a plain shadow; what cancelled receives have given
            back is out of its reach.
        io_loop: The tornado loop; the current one by default.

    Attributes:
        socket: The plain socket; None when the stream is closed.
        io_loop: The loop.
        poller: A ``zmq.Poller``, for old programs; the stream does not use it.
    """

    socket: Any  # Socket | None would have every program ask for None
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
        self.bind, self.connect = socket.bind, socket.connect  # kept, so that they are those of the socket
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
        """Call *callback* with each message, in place of the last one that was given.

        Args:
            callback: Called with the list of frames; None stops receiving.
            copy: Whether frames are bytes, or Frames, which share memory with libzmq.

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
        """Stop receiving; messages stay with the socket."""
        self.on_recv(None)

    def receiving(self) -> bool:
        """Whether on_recv() has a callback."""
        return self._pump.on_received is not None

    # ---- sending

    def on_send(self, callback: Callable[[Any, Any], object] | None) -> None:
        """Call *callback* after each message that is sent, in place of the last one that was given.

        Args:
            callback: Called with the list of frames that was sent, and with the result of ``send_multipart``: None, the
                MessageTracker, or the exception if it could not be sent.  None stops the calls.

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
        """Stop calling back for messages that are sent."""
        self.on_send(None)

    def sending(self) -> bool:
        """Whether messages wait to be sent, or for ``on_send`` to be called for them."""
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
        """Send a message: now if that is possible, else as soon as it is, in the order of the calls.

        What goes wrong when it is sent, such as a frame that is no bytes, is logged, and goes to ``on_send``.

        Args:
            msg: Its frames, which must not change until they are sent.
            flags, copy, track, kwargs: As for ``zmq.Socket.send_multipart``.
            callback: What on_send() is given first.

        Raises:
            OSError: The stream is closed.
        """
        self._check_open()
        frames = list(msg)
        if callback is not None:
            self.on_send(callback)
        if not copy and not any(isinstance(frame, zmq.Frame) for frame in frames):
            track = True  # what is not copied has a tracker for ``on_send``; a Frame has its own, or none
        self._pump.send(frames, {"flags": flags | zmq.DONTWAIT, "copy": copy, "track": track, **kwargs})

    def send_string(
        self,
        u: str,
        flags: int = 0,
        encoding: str = "utf-8",
        callback: Callable[[Any, Any], object] | None = None,
        **kwargs: Any,
    ) -> None:
        """Send text, encoded; otherwise like send()."""
        if not isinstance(u, str):
            raise TypeError(f"send_string takes a str: got {u!r:.60}")
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
        """Send an object as a pickle: only for peers you trust; see ``zmq.Socket.send_pyobj``."""
        self.send(pickle.dumps(obj, protocol), flags, callback=callback, **kwargs)

    def flush(self, flag: int = POLLIN | POLLOUT, limit: int | None = None) -> int:
        """Receive and send now what can be received and sent without waiting, and call back for it.

        Args:
            flag: zmq.POLLIN for what is there to receive, which is discarded if there is no callback; zmq.POLLOUT for
                what waits to be sent, and for the calls of ``on_send``.
            limit: The most messages, of both kinds together; None or 0 for no limit, which may not end under a flood.

        Returns:
            How many messages that were.

        Raises:
            OSError: The stream is closed.
        """
        self._check_open()
        return self._pump.flush(flag, limit)

    # ---- the end

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Call *callback*, without arguments, when the stream is closed, or its socket or context is."""
        _check_callback(callback)
        if self.socket is not None:
            self._pump.on_closed = callback
            self._pump.wanted()

    def close(self, linger: int | None = None) -> None:
        """Close the stream and its socket.  What still waits to be sent is discarded; flush() tries before.

        Args:
            linger: Milliseconds to keep messages for that were sent; None for what the LINGER option says.
        """
        socket, self.socket = self.socket, None
        if socket is None:
            return
        callback = self._pump.on_closed
        self._pump.stop()
        try:
            socket.close(linger)
        finally:
            if callback is not None:
                self._pump.call(callback)

    def closed(self) -> bool:
        """Whether the stream is closed; it closes when its socket was."""
        if self.socket is not None and self.socket.closed:
            self.close_after_socket()
        return self.socket is None

    def close_after_socket(self) -> None:
        """Close the stream, whose socket was closed elsewhere; with a warning, as in pyzmq."""
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

    def on_err(self, callback: object) -> None:  # noqa: ARG002 (the signature is given)
        """Do nothing: errors of sends go to ``on_send``, all others are logged."""
        gen_log.warning("ZMQStream.on_err does nothing: errors are logged, and those of sends go to on_send")

    def stop_on_err(self) -> None:
        """Do nothing, as on_err()."""
        gen_log.warning("ZMQStream.stop_on_err does nothing")

    def _check_open(self) -> None:
        if self.closed():
            raise OSError("Stream is closed")


def _check_callback(callback: object) -> None:
    if callback is not None and not callable(callback):
        raise AssertionError(f"a callback is a function: got {callback!r:.60}")  # what programs expect, of old
