"""Writes ``zmq.backend.signatures``, a stub alone: the methods of sockets that send and receive, with their overloads.

Sockets return what they receive; those of asyncio return a future of it, and those of anyio a coroutine.  So each
signature stands here once.  The builds run this file by its path, as they do ``_stub_docs.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["methods"]

_HEAD = """\
# mypy: disable-error-code="override, assignment"
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# pyright: reportOverlappingOverload=false
# (some return later what the base class returns)
from asyncio import Future
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Literal, TypeVar, overload

from typing_extensions import Buffer

from zmq.adapter import Socket as _Waiting
from zmq.backend.frame import Frame
from zmq.backend.pinned import MessageTracker

_Object = TypeVar("_Object")
"""

_CLASSES = {"Socket": "{}", "FutureSocket": "Future[{}]", "CoroutineSocket": "Coroutine[Any, Any, {}]"}
_RECEIVED = {"recv": ("bytes", "Frame"), "recv_multipart": ("list[bytes]", "list[Frame]")}
_SENT = {"send": ("data", "Buffer", "Any"), "send_multipart": ("msg_parts", "Iterable[Buffer]", "Sequence[Any]")}
_ENVELOPE = ", routing_id: int | None = None, group: str | bytes | None = None"
_COPIES = "flags: int = 0, copy: bool = True, track: bool = False"
_TRACKED = "MessageTracker | None"

_OF_OBJECTS = {
    "send_string": ("u: str, flags: int = 0, copy: bool = True, encoding: str = 'utf-8', **kwargs: Any", _TRACKED),
    "recv_string": ("flags: int = 0, encoding: str = 'utf-8'", "str"),
    "send_json": ("obj: Any, flags: int = 0, **kwargs: Any", _TRACKED),
    "recv_json": ("flags: int = 0, **kwargs: Any", "Any"),
    "send_pyobj": ("obj: Any, flags: int = 0, protocol: int = ..., **kwargs: Any", _TRACKED),
    "recv_pyobj": ("flags: int = 0", "Any"),
    "send_serialized": (
        "msg: Any, serialize: Callable[[Any], Any], flags: int = 0, copy: bool = True, **kwargs: Any",
        _TRACKED,
    ),
    "recv_serialized": (
        "deserialize: Callable[[list[Any]], _Object], flags: int = 0, copy: bool = True",
        "_Object",
    ),
}


def methods() -> str:
    """Return the stub."""
    lines = [_HEAD]
    for name, result in _CLASSES.items():
        base = "" if name == "Socket" else "(_Waiting[Any])"
        lines += [f"\nclass {name}{base}:\n", *(f"    {line}\n" for line in _methods(result, later=name != "Socket"))]
    return "".join(lines)


def _methods(result: str, *, later: bool) -> Iterator[str]:
    for name, returned in _RECEIVED.items():
        yield from _overloads(name, "", "", returned, result)
    for name, (parameter, of_buffers, of_anything) in _SENT.items():
        if later:  # what is wrong fails later, too
            yield _method(name, f"{parameter}: {of_anything}, {_COPIES}, **kwargs: Any", _TRACKED, result)
        else:
            yield from _overloads(name, f"{parameter}: {of_buffers}, ", _ENVELOPE, ("None", "MessageTracker"), result)
    buffer = "buf: Any" if "Future" in result else "buffer: Any" if later else "buffer: Buffer"
    yield _method("recv_into", f"{buffer}, *, nbytes: int = 0, flags: int = 0", "int", result)
    yield _method("poll", "timeout: float | None = None, flags: int = ...", "int", result)
    if later:
        for name, (parameters, made) in _OF_OBJECTS.items():
            yield _method(name, parameters, made, result)
        yield "send_unicode = send_string"
        yield "recv_unicode = recv_string"


def _overloads(name: str, first: str, envelope: str, returned: tuple[str, str], result: str) -> Iterator[str]:
    """Yield a method whose result depends on *copy*, given by position or by name; and on *track*, if it sends."""
    copied, frames = returned
    no_track, track = ("Literal[False] = False", "Literal[True]") if envelope else ("bool = False", "bool = False")
    for parameters, type_ in (
        (f"flags: int = 0, copy: Literal[True] = True, track: {no_track}", copied),
        (f"flags: int, copy: Literal[False], track: {track}", frames),
        (f"flags: int = 0, *, copy: Literal[False], track: {track}", frames),
        (_COPIES, f"{copied} | {frames}"),
    ):
        yield "@overload"
        yield _method(name, f"{first}{parameters}{envelope}", type_, result)


def _method(name: str, parameters: str, returned: str, result: str) -> str:
    return f"def {name}(self, {parameters}) -> {result.format(returned)}: ..."
