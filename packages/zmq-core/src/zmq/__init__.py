"""ZeroMQ for Python: sockets that carry whole messages between threads, processes and machines.

import zmq

with zmq.Context() as context, context.socket(zmq.REQ) as socket:
    socket.connect("tcp://127.0.0.1:5555")
    socket.send(b"hello")
    print(socket.recv())

What the parts of ZeroMQ do, its manual pages tell: each docstring here ends with the page it stands on.
"""

from __future__ import annotations

import os as _os
from pkgutil import extend_path as _extend_path

# zmq-devices, zmq-auth, ... fill this package, too, from wherever they are installed
__path__ = _extend_path(__path__, __name__)

from zmq import _installation

_installation.check_foreign_files()

try:
    from zmq.backend.libzmq import DRAFT_API, has, strerror
except ImportError as _error:
    raise _installation.explain(_error) from _error

from zmq import constants
from zmq.backend import PYZMQ_DRAFT_API
from zmq.backend.curve import curve_keypair, curve_public
from zmq.backend.errors import zmq_errno
from zmq.backend.frame import COPY_THRESHOLD
from zmq.backend.poller import zmq_poll
from zmq.backend.proxy import proxy, proxy_steerable
from zmq.constants import *
from zmq.sugar import (
    _FINISHED_TRACKER,
    Again,
    Context,
    ContextTerminated,
    DraftFDWarning,
    Frame,
    InterruptedSystemCall,
    Message,
    MessageTracker,
    NotDone,
    Poller,
    Socket,
    Stopwatch,
    SyncContext,
    SyncSocket,
    ZMQBaseError,
    ZMQBindError,
    ZMQError,
    ZMQVersionError,
    __revision__,
    __version__,
    device,
    pyzmq_version,
    pyzmq_version_info,
    select,
    zmq_version,
    zmq_version_info,
)


def get_includes() -> list[str]:
    """Return the folders a Cython extension needs on its include path: of our ``.pxd`` files, and of ``zmq.h``."""
    here = _os.path.dirname(__file__)
    return [_os.path.dirname(here), _os.path.join(here, "include")]


__all__ = [
    "COPY_THRESHOLD",
    "DRAFT_API",
    "PYZMQ_DRAFT_API",
    "_FINISHED_TRACKER",
    "Again",
    "Context",
    "ContextTerminated",
    "DraftFDWarning",
    "Frame",
    "InterruptedSystemCall",
    "Message",
    "MessageTracker",
    "NotDone",
    "Poller",
    "Socket",
    "Stopwatch",
    "SyncContext",
    "SyncSocket",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
    "__revision__",
    "__version__",
    "curve_keypair",
    "curve_public",
    "device",
    "get_includes",
    "has",
    "proxy",
    "proxy_steerable",
    "pyzmq_version",
    "pyzmq_version_info",
    "select",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version",
    "zmq_version_info",
    *constants.__all__,
]
