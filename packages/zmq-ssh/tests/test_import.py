"""Public names, parameters and exceptions."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

import zmq
from zmq import ssh


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        ("tunnel_connection", ["socket", "addr", "server", "keyfile", "password", "paramiko", "timeout"]),
        ("open_tunnel", ["addr", "server", "keyfile", "password", "paramiko", "timeout"]),
        ("openssh_tunnel", ["lport", "rport", "server", "remoteip", "keyfile", "password", "timeout"]),
        ("paramiko_tunnel", ["lport", "rport", "server", "remoteip", "keyfile", "password", "timeout"]),
        ("try_passwordless_ssh", ["server", "keyfile", "paramiko"]),
        ("select_random_ports", ["n"]),
    ],
)
def test_parameters_have_pyzmqs_names_and_order(function: str, parameters: list[str]) -> None:
    for module in (ssh, ssh.tunnel):
        found: Callable[..., object] = getattr(module, function)
        assert list(inspect.signature(found).parameters) == parameters


def test_pyzmqs_names_exist() -> None:
    assert ssh.ssh_tunnel is ssh.tunnel.ssh_tunnel is ssh.openssh_tunnel
    assert callable(ssh.forward.forward_tunnel)
    assert ssh.MaxRetryExceeded is ssh.tunnel.MaxRetryExceeded


def test_exceptions_derive_from_zmqs_and_from_runtime_error() -> None:
    assert issubclass(ssh.tunnel.SSHException, zmq.ZMQBaseError)
    assert issubclass(ssh.tunnel.SSHException, RuntimeError)
    assert issubclass(ssh.AuthenticationFailed, ssh.SSHException)


def test_importing_starts_nothing_and_needs_no_paramiko(run_script: Callable[..., str]) -> None:
    program = "import sys, threading, zmq.ssh; print('paramiko' in sys.modules, threading.active_count())"
    assert run_script(program) == "False 1\n"
