"""The Python layer over the compiled classes: convenience methods, typed options, versions."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from zmq import error
from zmq.backend.frame import Frame as Frame
from zmq.backend.frame import Message as Message
from zmq.backend.proxy import device as device
from zmq.backend.proxy import proxy as proxy
from zmq.constants import DeviceType as DeviceType
from zmq.error import *
from zmq.sugar import context, poll, socket, stopwatch, tracker, version
from zmq.sugar.context import *
from zmq.sugar.poll import *
from zmq.sugar.socket import *
from zmq.sugar.stopwatch import *
from zmq.sugar.tracker import *
from zmq.sugar.version import *

_MODULES = (context, error, poll, socket, stopwatch, tracker, version)

# Not a plain assignment: see zmq/__init__.py.
globals()["__all__"] = ["Frame", "Message", "device", *(name for module in _MODULES for name in module.__all__)]


def __getattr__(name: str) -> ModuleType:
    """Import ``attrsettr`` or ``frame``, kept for old programs, at their first use."""
    if name in ("attrsettr", "frame"):
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
