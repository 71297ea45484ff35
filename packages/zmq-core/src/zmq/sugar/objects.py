"""Messages of text, JSON, pickles and custom formats."""

from __future__ import annotations

import sys
from functools import partial

from zmq import utils  # imports its modules at first use
from zmq.backend.socket import Socket as SocketBase

# Not from typing, and no pickle before it is used: both together take a fifth of the time of ``import zmq``.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypedDict

    from typing_extensions import Buffer, TypeVar, Unpack

    from zmq.backend.pinned import MessageTracker

    _Received = TypeVar("_Received", default=bytes)
    _Frames = TypeVar("_Frames")
    _Object = TypeVar("_Object")

    class _MoreForMessages(TypedDict, total=False):
        """Keyword arguments that send_string() and send_serialized() pass to send() and send_multipart()."""

        track: bool
        routing_id: int | None
        group: str | bytes | None

    class _MoreForFrames(_MoreForMessages, total=False):
        """Keyword arguments that send_pyobj() passes to send()."""

        copy: bool
else:
    _Received = None

__all__ = ["ObjectSocket"]

_PICKLE_PROTOCOL = 5 if sys.version_info >= (3, 14) else 4  # pickle.DEFAULT_PROTOCOL

_decode: Callable[[Any], str] = bytes.decode  # from UTF-8


class ObjectSocket(SocketBase[_Received]):
    """The compiled socket, which sends and receives objects, too."""

    __slots__ = ()

    def _deserialize(self, received: _Frames, load: Callable[[_Frames], _Object]) -> _Object:
        """Return ``load(received)``; asynchronous sockets override this, because *received* is a future there."""
        return load(received)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Unpack[_MoreForMessages]
    ) -> MessageTracker | None:
        """Send text as one frame, encoded; otherwise like send().

        Args:
            u: The text.
            flags, copy, kwargs: As for send().
            encoding: The encoding of the frame.

        Raises:
            TypeError: *u* is not a str.
        """
        if not isinstance(u, str):
            raise TypeError(f"send_string takes a str: got {u!r:.60}")
        if kwargs:  # to pass on an empty dict takes as long as to send
            return self.send(u.encode(encoding), flags, copy, **kwargs)
        return self.send(u.encode(encoding), flags, copy)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8") -> str:
        """Receive a frame of text, such as send_string() sends; otherwise like recv().

        Args:
            flags: As for recv().
            encoding: The encoding of the frame.

        Raises:
            UnicodeDecodeError: The frame is not text in this encoding; ``error.object`` holds its bytes.
        """
        load: Callable[[Any], str] = _decode if encoding == "utf-8" else lambda frame: frame.decode(encoding)
        return self._deserialize(self.recv(flags), load)

    send_unicode = send_string
    recv_unicode = recv_string

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> None:
        """Send an object as one frame of JSON; otherwise like send().

        Args:
            obj: An object that ``json`` can serialize.
            flags: As for send().
            kwargs: ``routing_id`` and ``group`` are passed to send(), the rest to ``json.dumps``.

        Raises:
            TypeError, ValueError: ``json`` cannot serialize *obj*.
        """
        if not kwargs:
            return self.send(utils.jsonapi.dumps(obj), flags)
        routing_id, group = kwargs.pop("routing_id", None), kwargs.pop("group", None)
        return self.send(utils.jsonapi.dumps(obj, **kwargs), flags, routing_id=routing_id, group=group)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive a frame of JSON, and return the object; otherwise like recv().

        Args:
            flags: As for recv().
            kwargs: Passed to ``json.loads``.

        Raises:
            ValueError: The frame is not JSON in UTF-8.  It has been received and is lost.
        """
        loads = utils.jsonapi.loads
        return self._deserialize(self.recv(flags), partial(loads, **kwargs) if kwargs else loads)

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = _PICKLE_PROTOCOL, **kwargs: Unpack[_MoreForFrames]
    ) -> MessageTracker | None:
        """Send an object as a pickle, in one frame; otherwise like send().

        Use it only between programs that trust each other: a pickle can run any code in the program that loads it.

        Args:
            obj: An object that ``pickle`` can serialize.
            flags: As for send().
            protocol: The pickle protocol.
            kwargs: Passed to send().

        Raises:
            pickle.PicklingError, TypeError, AttributeError: ``pickle`` cannot serialize *obj*.
        """
        import pickle

        return self.send(pickle.dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0) -> Any:
        """Receive a pickle, and return the object; otherwise like recv().

        Use it only if you trust every peer that can send to this socket: loading a pickle can run any code.

        Args:
            flags: As for recv().

        Raises:
            Exception: The frame is not a pickle, or loading it failed.
        """
        import pickle

        return self._deserialize(self.recv(flags), pickle.loads)

    def send_serialized(
        self,
        msg: _Object,
        serialize: Callable[[_Object], Iterable[Buffer]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Unpack[_MoreForMessages],
    ) -> MessageTracker | None:
        """Send an object as the frames that *serialize* returns; otherwise like send_multipart().

        Args:
            msg: The object.
            serialize: A function that takes the object and returns the frames of a message.
            flags, copy, kwargs: Passed to send_multipart().
        """
        return self.send_multipart(serialize(msg), flags, copy, **kwargs)

    def recv_serialized(
        self, deserialize: Callable[[list[Any]], _Object], flags: int = 0, copy: bool = True
    ) -> _Object:
        """Receive a message, and return the object that *deserialize* makes of it; otherwise like recv_multipart().

        Args:
            deserialize: A function that takes the list of frames and returns the object.  Its exceptions are passed on;
                the message is lost then.
            flags, copy: Passed to recv_multipart().
        """
        return self._deserialize(self.recv_multipart(flags, copy), deserialize)
