"""The compiled modules: one for each kind of C object of libzmq."""

import sys

from zmq.backend.context import Context as Context
from zmq.backend.curve import curve_keypair as curve_keypair
from zmq.backend.curve import curve_public as curve_public
from zmq.backend.errors import zmq_errno as zmq_errno
from zmq.backend.frame import Frame as Frame
from zmq.backend.frame import Message as Message
from zmq.backend.libzmq import DRAFT_API
from zmq.backend.libzmq import has as has
from zmq.backend.libzmq import strerror as strerror
from zmq.backend.libzmq import zmq_version_info as zmq_version_info
from zmq.backend.poller import zmq_poll as zmq_poll
from zmq.backend.proxy import device as device
from zmq.backend.proxy import proxy as proxy
from zmq.backend.proxy import proxy_steerable as proxy_steerable
from zmq.backend.select import public_api as public_api
from zmq.backend.select import select_backend as select_backend
from zmq.backend.socket import Socket as Socket

PYZMQ_DRAFT_API = DRAFT_API

# The longest path of an ipc endpoint, in bytes: the size of sockaddr_un.sun_path less the terminating zero.
IPC_PATH_MAX_LEN = 103 if sys.platform == "darwin" or "bsd" in sys.platform else 107


def _for_freezers() -> None:  # pyright: ignore[reportUnusedFunction]
    """Never called: PyInstaller, cx_Freeze and Nuitka find imports here, but not inside compiled modules."""
    import bisect
    import contextvars
    import copy
    import operator

    if sys.version_info >= (3, 14):
        import annotationlib

    from zmq.backend import (
        attached,
        calls,
        described,
        descriptors,
        endpoints,
        engine,
        handle,
        hosts,
        instances,
        kernel,
        multipart,
        pointer,
        reaping,
        results,
        returned,
        transfer,
        tries,
        turns,
        waiting,
        watch,
    )


# Not a plain assignment: see zmq/__init__.py.
globals()["__all__"] = ["device", *public_api]


def __getattr__(name: str) -> object:
    """Import ``monitored_queue`` from zmq-devices: pyzmq has it in this module."""
    if name == "monitored_queue":
        try:
            from zmq.devices import monitored_queue
        except ImportError as error:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {error}") from None
        return monitored_queue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
