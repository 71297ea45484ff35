"""Connect sockets through SSH: ``ssh.tunnel_connection(socket, "tcp://10.0.1.2:5555", "user@gateway")``."""

from __future__ import annotations

import zmq_check.core as _core  # noqa: F401 (first: it raises where pyzmq has written over zmq-core)
from zmq.ssh import forward as forward
from zmq.ssh import tunnel as tunnel
from zmq.ssh.tunnel import AuthenticationFailed as AuthenticationFailed
from zmq.ssh.tunnel import SSHException as SSHException
from zmq.ssh.tunnel import Tunnel as Tunnel
from zmq.ssh.tunnel import open_tunnel as open_tunnel
from zmq.ssh.tunnel import openssh_tunnel as openssh_tunnel
from zmq.ssh.tunnel import paramiko_tunnel as paramiko_tunnel
from zmq.ssh.tunnel import select_random_ports as select_random_ports
from zmq.ssh.tunnel import ssh_tunnel as ssh_tunnel
from zmq.ssh.tunnel import try_passwordless_ssh as try_passwordless_ssh
from zmq.ssh.tunnel import tunnel_connection as tunnel_connection
