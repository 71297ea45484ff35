"""The life of a tunnel: its owners, its end, and how the end is reported."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import zmq
from zmq import ssh
from zmq.ssh._openssh import OpenSSHTunnel

Ask = Callable[[str], None]
Tunnels = Callable[[ssh.Tunnel], ssh.Tunnel]
WaitUntil = Callable[[Callable[[], object]], None]
CLOSED_PORT = "tcp://127.0.0.1:1"
ENDS_S = 30.0
"""The limit for the end of a tunnel, in seconds."""

IGNORE = ["-W", "ignore"]  # forking in a program with threads

OPEN = """
import os, sys
from zmq import ssh
_, tunnel = ssh.open_tunnel("tcp://127.0.0.1:1", sys.argv[1], sys.argv[2], paramiko=False)
"""


def exists(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def opened(paramiko: bool, known: Any, tunnels: Tunnels) -> ssh.Tunnel:
    """A tunnel to a closed port."""
    return tunnels(ssh.open_tunnel(CLOSED_PORT, known.name, known.key, paramiko=paramiko)[1])


@pytest.fixture
def through_ssh(known: Any, tunnels: Tunnels) -> ssh.Tunnel:
    """A tunnel to a closed port, through ssh."""
    return tunnels(ssh.open_tunnel(CLOSED_PORT, known.name, known.key, paramiko=False)[1])


# ---- ending


def test_a_closed_tunnel_has_ended(opened: ssh.Tunnel) -> None:
    assert (opened.is_alive(), opened.wait(0), opened.reason) == (True, False, None)
    opened.close()
    assert (opened.is_alive(), opened.wait(0)) == (False, True)
    assert str(opened.reason).startswith("closed")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", opened.lport))


def test_close_may_be_repeated(opened: ssh.Tunnel) -> None:
    opened.close()
    opened.close()


def test_a_with_statement_closes_the_tunnel(opened: ssh.Tunnel) -> None:
    with opened as tunnel:
        assert tunnel is opened
    assert not opened.is_alive()


def test_methods_of_process_objects_work(opened: ssh.Tunnel) -> None:
    assert opened.isalive()
    opened.terminate()
    opened.join()
    assert not opened.isalive()


def test_repr_names_endpoint_remote_and_server(opened: ssh.Tunnel, known: Any) -> None:
    assert f"tcp://127.0.0.1:{opened.lport} to 127.0.0.1:1 by {known.name}" in repr(opened)
    opened.close()
    assert repr(opened).endswith(" ended>")


def test_closing_ends_ssh(through_ssh: ssh.Tunnel) -> None:
    assert exists(through_ssh.pid)
    through_ssh.close()
    assert not exists(through_ssh.pid)


def test_a_tunnel_that_is_killed_has_ended(through_ssh: Any) -> None:
    os.kill(through_ssh, signal.SIGKILL)  # in pyzmq a tunnel is a process id
    assert through_ssh.wait(ENDS_S)
    assert through_ssh.returncode == -signal.SIGKILL
    assert through_ssh.reason.startswith("ssh has ended")


@pytest.mark.skipif(sys.platform != "linux", reason="takes prctl")
def test_ssh_ends_with_a_keeper_that_is_killed(through_ssh: Any, wait_until: WaitUntil) -> None:
    through_ssh._keeper.kill()
    assert through_ssh.wait(ENDS_S)
    assert through_ssh.reason == "its keeper was killed"
    wait_until(lambda: not exists(through_ssh.pid))


def test_a_tunnel_without_connections_ends_after_its_timeout(paramiko: bool, known: Any, tunnels: Tunnels) -> None:
    _, tunnel = ssh.open_tunnel(CLOSED_PORT, known.name, known.key, paramiko=paramiko, timeout=0.1)
    assert tunnels(tunnel).wait(ENDS_S)
    assert tunnel.reason is not None
    assert tunnel.reason.startswith("no connection for 0.1 s")


def test_reason_names_the_lost_connection_to_the_server(
    paramiko: bool, start_sshd: Any, know: Any, password: str, tunnels: Tunnels
) -> None:
    server = start_sshd()
    know(server.known_host)
    _, tunnel = ssh.open_tunnel(CLOSED_PORT, server.name, server.key, paramiko=paramiko)
    tunnels(tunnel)
    server.stop()
    assert tunnel.wait(ENDS_S)
    assert not tunnel.is_alive()
    assert tunnel.reason is not None
    assert "lost" in tunnel.reason or "ended" in tunnel.reason


# ---- ports


def test_random_ports_are_different_and_free() -> None:
    ports = ssh.select_random_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_port_in_use_raises(paramiko: bool, known: Any, dead_endpoint: str) -> None:
    opener = ssh.paramiko_tunnel if paramiko else ssh.openssh_tunnel
    taken = int(dead_endpoint.rpartition(":")[2])
    with pytest.raises(ssh.SSHException, match=r"(?i)(cannot listen|Address already in use)"):
        opener(taken, 1, known.name, keyfile=known.key)


def test_open_tunnel_tries_another_port_if_one_is_taken_meanwhile(
    paramiko: bool, known: Any, dead_endpoint: str, monkeypatch: pytest.MonkeyPatch, tunnels: Tunnels
) -> None:
    taken = int(dead_endpoint.rpartition(":")[2])
    ports = [[taken]]
    select = ssh.select_random_ports
    monkeypatch.setattr("zmq.ssh.tunnel.select_random_ports", lambda count: ports.pop() if ports else select(count))
    endpoint, tunnel = ssh.open_tunnel(CLOSED_PORT, known.name, known.key, paramiko=paramiko)
    assert tunnels(tunnel).lport != taken
    assert endpoint == f"tcp://127.0.0.1:{tunnel.lport}"
    assert not ports


# ---- the socket as owner


def test_closing_the_socket_ends_its_tunnel(paramiko: bool, known: Any, sockets: Any) -> None:
    socket = sockets(zmq.PUSH)
    tunnel = ssh.tunnel_connection(socket, CLOSED_PORT, known.name, known.key, paramiko=paramiko)
    assert socket.last_endpoint.decode() == tunnel.endpoint
    assert tunnel.is_alive()
    socket.close()
    assert tunnel.wait(ENDS_S)


def test_an_ended_tunnel_leaves_no_process_and_no_descriptor(known: Any, sockets: Any, wait_until: WaitUntil) -> None:
    socket = sockets(zmq.REQ)
    tunnel = ssh.tunnel_connection(socket, CLOSED_PORT, known.name, known.key, paramiko=False)
    assert isinstance(tunnel, OpenSSHTunnel)
    socket.close()
    keeper = tunnel._keeper
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    wait_until(lambda: keeper.returncode is not None)  # it was waited for
    assert tunnel.wait(ENDS_S)
    assert (keeper.stdin.closed, keeper.stdout.closed) == (True, True)


def test_collecting_the_socket_ends_its_tunnel(paramiko: bool, known: Any, context: zmq.Context[Any]) -> None:
    socket = context.socket(zmq.PUSH)
    tunnel = ssh.tunnel_connection(socket, CLOSED_PORT, known.name, known.key, paramiko=paramiko)
    gone = weakref.ref(socket)
    with pytest.warns(ResourceWarning, match="Unclosed socket"):  # noqa: PT031 - now, or in the collection
        del socket
        gc.collect()
    assert gone() is None
    assert tunnel.wait(ENDS_S)


def test_the_caller_need_not_keep_the_tunnel(paramiko: bool, known: Any, service: Any, sockets: Any) -> None:
    req = sockets(zmq.REQ)
    endpoint = service.last_endpoint.decode()
    gone = weakref.ref(ssh.tunnel_connection(req, endpoint, known.name, known.key, paramiko=paramiko))
    gc.collect()
    req.send(b"question")
    assert service.recv() == b"question"
    tunnel = gone()
    assert tunnel is not None
    req.close(linger=0)
    assert tunnel.wait(ENDS_S)


def test_unsent_messages_of_a_closed_socket_arrive(paramiko: bool, known: Any, sockets: Any) -> None:
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    tunnel = ssh.tunnel_connection(push, pull.last_endpoint.decode(), known.name, known.key, paramiko=paramiko)
    for _ in range(20):
        push.send(bytes(100_000))
    push.close()
    for _ in range(20):
        assert pull.recv() == bytes(100_000)
    assert tunnel.wait(ENDS_S)


def test_a_tunnel_whose_connect_fails_is_closed(paramiko: bool, known: Any, context: zmq.Context[Any]) -> None:
    socket = context.socket(zmq.PUSH)
    socket.close()
    with pytest.raises(zmq.ZMQError):
        ssh.tunnel_connection(socket, CLOSED_PORT, known.name, known.key, paramiko=paramiko)
    assert not ssh._abc._open


# ---- this process as owner


def test_a_tunnel_that_is_dropped_stays(paramiko: bool, known: Any, service: Any, ask: Ask) -> None:
    opener = ssh.paramiko_tunnel if paramiko else ssh.openssh_tunnel
    lport = ssh.select_random_ports(1)[0]
    gone = weakref.ref(
        opener(lport, int(service.last_endpoint.decode().rpartition(":")[2]), known.name, keyfile=known.key)
    )
    gc.collect()
    ask(f"tcp://127.0.0.1:{lport}")
    tunnel = gone()
    assert tunnel is not None
    tunnel.close()


def test_a_tunnel_ends_with_the_program(paramiko: bool, known: Any, run_script: Callable[..., str]) -> None:
    said = run_script(
        OPEN.replace("paramiko=False", f"paramiko={paramiko}") + "print(tunnel.pid)", known.name, known.key
    )
    if not paramiko:
        assert not exists(int(said))


def test_ssh_ends_with_a_program_that_is_killed(known: Any, start_script: Any, wait_until: WaitUntil) -> None:
    program = start_script(OPEN + "print(tunnel.pid, flush=True); input()", known.name, known.key)
    pid = int(program.stdout.readline())
    assert exists(pid)
    program.kill()
    wait_until(lambda: not exists(pid))


def test_ssh_ends_with_a_program_that_is_killed_and_leaves_children(
    known: Any, start_script: Any, wait_until: WaitUntil
) -> None:
    fork = """
if os.fork():
    os.write(1, b"%d\\n" % tunnel.pid)
    os.waitpid(-1, 0)
else:
    os.write(1, f"child {tunnel.is_alive()} {tunnel.reason}\\n".encode())
    input()
"""
    program = start_script(OPEN + fork, known.name, known.key, options=IGNORE)
    said = [program.stdout.readline(), program.stdout.readline()]
    assert "child False it belongs to the parent process\n" in said
    pid = int(next(line for line in said if not line.startswith("child")))
    assert exists(pid)
    os.kill(program.pid, signal.SIGKILL)
    wait_until(lambda: not exists(pid))


def test_a_child_made_by_fork_does_not_end_the_tunnel(
    paramiko: bool, known: Any, run_script: Callable[..., str]
) -> None:
    fork = """
child = os.fork()
if not child:
    tunnel.close()
    sys.exit()  # runs the exit handlers
os.waitpid(child, 0)
import socket
socket.create_connection(("127.0.0.1", tunnel.lport)).close()
print(tunnel.is_alive())
"""
    program = OPEN.replace("paramiko=False", f"paramiko={paramiko}") + fork
    assert run_script(program, known.name, known.key, options=IGNORE) == "True\n"


def test_ctrl_c_interrupts_a_login_and_ends_ssh(paramiko: bool, home: Any, start_script: Any) -> None:
    program = f"""
import sys
from zmq import ssh
try:
    ssh.open_tunnel("tcp://127.0.0.1:1", sys.argv[1], paramiko={paramiko})
except KeyboardInterrupt:
    print("interrupted", flush=True)
    input()
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(ENDS_S)
        script = start_script(program, f"me@127.0.0.1:{listener.getsockname()[1]}")
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(ENDS_S)
            assert connection.recv(100).startswith(b"SSH-2.0-")
            script.send_signal(signal.SIGINT)
            assert script.stdout.readline() == "interrupted\n"
            while connection.recv(100):  # until ssh has closed it
                pass


def test_ctrl_c_at_the_terminal_does_not_end_tunnels(through_ssh: ssh.Tunnel) -> None:
    assert through_ssh.pid is not None
    assert os.getpgid(through_ssh.pid) != os.getpgid(0)
    assert os.getsid(through_ssh.pid) != os.getsid(0)
