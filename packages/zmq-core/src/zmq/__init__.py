"""ZeroMQ for Python: sockets that carry whole messages between threads, processes and machines.

Example::

    import zmq

    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        push.connect(f"tcp://127.0.0.1:{port}")
        push.send(b"hello")
        print(pull.recv())

What the parts of ZeroMQ do, its manual pages tell: each docstring here ends with the page it stands on.
"""

from __future__ import annotations

import os as _os
import sys as _sys

# zmq-devices, zmq-auth, ... fill this package, too, from wherever they are installed.  Not by pkgutil.extend_path: to
# import that takes a tenth of the time that all of this does.
_elsewhere = [_os.path.join(str(_entry), "zmq") for _entry in _sys.path]  # programs put other things there, too
__path__ = list(dict.fromkeys([*__path__, *filter(_os.path.isdir, _elsewhere)]))

from zmq import _installation

_installation.check_foreign_files()
_sys.meta_path.append(_installation.MissingDistribution)

try:
    from zmq.backend.libzmq import DRAFT_API as DRAFT_API
    from zmq.backend.libzmq import has as has
    from zmq.backend.libzmq import strerror as strerror
except ImportError as _error:
    raise _installation.explain(_error) from _error

from zmq import constants as constants
from zmq import error as error
from zmq import sugar as sugar
from zmq import utils as utils
from zmq.backend import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
from zmq.backend import PYZMQ_DRAFT_API as PYZMQ_DRAFT_API
from zmq.backend import cython as _cython  # noqa: F401 (programs look for it in sys.modules)
from zmq.backend.curve import curve_keypair as curve_keypair
from zmq.backend.curve import curve_public as curve_public
from zmq.backend.ending import EXIT_TIMEOUT_S as EXIT_TIMEOUT_S
from zmq.backend.errors import zmq_errno as zmq_errno
from zmq.backend.frame import COPY_THRESHOLD as COPY_THRESHOLD
from zmq.backend.poller import zmq_poll as zmq_poll
from zmq.backend.proxy import proxy as proxy
from zmq.backend.proxy import proxy_steerable as proxy_steerable
from zmq.constants import *
from zmq.sugar import *


def get_includes() -> list[str]:
    """Return the folders that an extension needs on its include path: nothing else is needed to compile one.

    In them are the declarations for Cython, the header files that these name, and ``zmq.h``, also where libzmq is built
    into zmq-core.
    """
    here = _os.path.dirname(__file__)
    return [_os.path.dirname(here), *(_os.path.join(here, name) for name in ("utils", "include"))]


def get_library_dirs() -> list[str]:
    """Return the folder of zmq, which pyzmq names here.

    Extensions in Cython need no library: they call libzmq through ``zmq.backend.libzmq``, so that a process has only
    one.  There is no libzmq in the folder.  Programs in C link the system's: ``pkg-config --libs libzmq``.
    """
    return [_os.path.dirname(__file__)]


# Not spelled as assignments: type checkers would take every name for one of ours, and cannot read a computed list.
# Without one they take every name that is imported by a star or as itself, and the tests compare that with this.
globals()["__getattr__"] = _installation.attribute
globals()["__all__"] = [
    "COPY_THRESHOLD",
    "DRAFT_API",
    "EXIT_TIMEOUT_S",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "curve_keypair",
    "curve_public",
    "get_includes",
    "get_library_dirs",
    "has",
    "proxy",
    "proxy_steerable",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    *sugar.__all__,
    *vars(constants)["__all__"],
]
