"""Authentication of peers: who may connect to the servers of a context (ZAP, RFC 27).

``Authenticator`` holds the policies; run it in a thread with ``zmq.auth.thread``, in asyncio with ``zmq.auth.asyncio``,
in tornado with ``zmq.auth.ioloop``.  ``python -m zmq.auth NAME`` makes CURVE certificates.
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
