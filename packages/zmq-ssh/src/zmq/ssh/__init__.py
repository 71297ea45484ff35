"""Connect sockets through SSH: ``ssh.tunnel_connection(socket, "tcp://10.0.1.2:5555", "user@gateway")``."""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq.ssh import forward as forward
from zmq.ssh import tunnel as tunnel
from zmq.ssh.tunnel import *  # noqa: F403
