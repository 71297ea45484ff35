"""Authentication of the peers that connect to the servers of a context (ZAP, RFC 27).

``Authenticator`` holds the policies.  ``zmq.auth.thread`` runs it in a thread, ``zmq.auth.asyncio`` in an asyncio loop
and ``zmq.auth.ioloop`` in a tornado loop.  ``python -m zmq.auth NAME`` creates CURVE certificates.
"""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq.auth import base as base
from zmq.auth import certs as certs
from zmq.auth.base import *  # noqa: F403
from zmq.auth.certs import *  # noqa: F403

globals()["__all__"] = ["base", "certs", *base.__all__, *certs.__all__]  # not a plain assignment: see zmq/__init__.py
