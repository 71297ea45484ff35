"""Authentication of the peers that connect to the servers of a context (ZAP, RFC 27).

``Authenticator`` holds the policies.  ``zmq.auth.thread`` runs it in a thread, ``zmq.auth.asyncio`` in an asyncio loop
and ``zmq.auth.ioloop`` in a tornado loop.  ``python -m zmq.auth NAME`` creates CURVE certificates.
"""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq.auth import base, certs
from zmq.auth.base import CURVE_ALLOW_ANY, Authenticator
from zmq.auth.certs import create_certificates, load_certificate, load_certificates

__all__ = [
    "CURVE_ALLOW_ANY",
    "Authenticator",
    "base",
    "certs",
    "create_certificates",
    "load_certificate",
    "load_certificates",
]
