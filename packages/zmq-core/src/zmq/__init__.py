"""ZeroMQ for Python: sockets that carry whole messages between threads, processes and machines.

Example::

    import zmq

    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        push.connect(f"tcp://127.0.0.1:{port}")
        push.send(b"hello")
        print(pull.recv())

The docstring of each function that wraps libzmq ends with the name of libzmq's manual page, such as zmq_bind(3).
"""

from __future__ import annotations

import os as _os
import sys as _sys

# zmq-devices, zmq-auth and the other extensions add modules to this package from their own folders.  Not by
# pkgutil.extend_path: importing pkgutil would add a tenth to the time of ``import zmq``.
_elsewhere = [_os.path.join(str(_entry), "zmq") for _entry in _sys.path]  # str(): sys.path may hold other objects
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

from zmq import backend as _backend
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
from zmq.sugar.tracker import _FINISHED_TRACKER as _FINISHED_TRACKER
from zmq.sugar.version import __revision__ as __revision__
from zmq.sugar.version import __version__ as __version__


def get_includes() -> list[str]:
    """Return the include path for compiling an extension that uses zmq.

    Returns:
        Folders with the declarations for Cython, the header files that they include, and ``zmq.h``.  ``zmq.h`` is there
        also where libzmq is built into zmq-core.
    """
    here = _os.path.dirname(__file__)
    return [_os.path.dirname(here), *(_os.path.join(here, name) for name in ("utils", "include"))]


def get_library_dirs() -> list[str]:
    """Return the folder of the package zmq, as pyzmq does.  It holds no libzmq.

    Extensions in Cython need no library: they call libzmq through ``zmq.backend.libzmq``, so a process loads only one
    libzmq.  Programs in C link the libzmq of the system: ``pkg-config --libs libzmq``.
    """
    return [_os.path.dirname(__file__)]


# Not a plain assignment: type checkers cannot read a computed ``__all__``.  Without it they export the names imported
# by a star or as themselves; a test compares these with this.
globals()["__all__"] = sorted(
    {
        "COPY_THRESHOLD",
        "DRAFT_API",
        "EXIT_TIMEOUT_S",
        "get_includes",
        "get_library_dirs",
        *vars(_backend)["__all__"],
        *vars(sugar)["__all__"],
        *vars(constants)["__all__"],
    }
)
