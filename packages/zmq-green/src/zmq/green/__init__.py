"""ZeroMQ for gevent: after ``import zmq.green as zmq`` blocking calls block the greenlet instead of the thread.

All other names are those of ``zmq``.  Monkey patching is not needed; it may come before or after the import.
"""

from __future__ import annotations

import zmq as _zmq
import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq import COPY_THRESHOLD as COPY_THRESHOLD
from zmq import DRAFT_API as DRAFT_API
from zmq import EXIT_TIMEOUT_S as EXIT_TIMEOUT_S
from zmq import IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN
from zmq import PYZMQ_DRAFT_API as PYZMQ_DRAFT_API
from zmq import Frame as Frame
from zmq import Message as Message
from zmq import Stopwatch as Stopwatch
from zmq import SyncContext as SyncContext
from zmq import SyncSocket as SyncSocket
from zmq import constants as constants
from zmq import curve_keypair as curve_keypair
from zmq import curve_public as curve_public
from zmq import error as error
from zmq import get_includes as get_includes
from zmq import get_library_dirs as get_library_dirs
from zmq import has as has
from zmq import strerror as strerror
from zmq import sugar as sugar
from zmq import utils as utils
from zmq import zmq_errno as zmq_errno
from zmq.constants import *
from zmq.error import *
from zmq.green._proxy import proxy as proxy
from zmq.green._proxy import proxy_steerable as proxy_steerable
from zmq.green.core import Context as Context
from zmq.green.core import Socket as Socket
from zmq.green.device import device as device
from zmq.green.poll import Poller as Poller
from zmq.green.poll import select as select
from zmq.green.poll import zmq_poll as zmq_poll
from zmq.sugar.tracker import *
from zmq.sugar.version import *

# Set through globals(), because type checkers cannot read a computed list; without one they re-export all names above.
globals()["__all__"] = vars(_zmq)["__all__"]

for _public in (Context, Socket, Poller):
    _public.__module__ = __name__  # the name in messages and tracebacks
