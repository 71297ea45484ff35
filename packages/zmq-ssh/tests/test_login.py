"""Logins to a real sshd, through ssh and through paramiko; and the messages of failures."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq import ssh
from zmq.ssh._command import is_locked

Ask = Callable[[str], None]
Tunnels = Callable[[ssh.Tunnel], ssh.Tunnel]
CLOSED_PORT = "tcp://127.0.0.1:1"


def at(service: zmq.Socket[Any], host: str = "127.0.0.1") -> str:
    return f"tcp://{host}:{service.last_endpoint.decode().rpartition(':')[2]}"


# ---- logins


def test_with_a_key(paramiko: bool, known: Any, service: Any, ask: Ask, tunnels: Tunnels) -> None:
    endpoint, tunnel = ssh.open_tunnel(at(service), known.name, keyfile=known.key, paramiko=paramiko)
    assert endpoint == tunnels(tunnel).endpoint
    ask(endpoint)


def test_with_a_password(paramiko: bool, known: Any, password: str, service: Any, ask: Ask, tunnels: Tunnels) -> None:
    endpoint, tunnel = ssh.open_tunnel(at(service), known.name, password=password, paramiko=paramiko)
    tunnels(tunnel)
    ask(endpoint)


def test_with_a_key_that_has_a_passphrase(paramiko: bool, known: Any, service: Any, ask: Ask) -> None:
    endpoint, tunnel = ssh.open_tunnel(at(service), known.name, known.locked_key, known.passphrase, paramiko)
    with tunnel:
        ask(endpoint)
    assert any("Accepted publickey" in line for line in known.log)


def test_with_a_password_where_the_key_has_another_passphrase(
    paramiko: bool, known: Any, password: str, service: Any, ask: Ask
) -> None:
    endpoint, tunnel = ssh.open_tunnel(at(service), known.name, known.locked_key, password, paramiko)
    with tunnel:
        ask(endpoint)


def test_with_an_alias_of_ssh_config(
    paramiko: bool, known: Any, configure: Callable[..., None], service: Any, ask: Ask, tunnels: Tunnels
) -> None:
    configure("alias", HostName="127.0.0.1", Port=known.port, User=known.user, IdentityFile=known.key)
    endpoint, tunnel = ssh.open_tunnel(at(service), "alias", paramiko=paramiko)
    tunnels(tunnel)
    ask(endpoint)


def test_with_a_host_key_that_has_an_alias(
    paramiko: bool, sshd: Any, know: Any, configure: Callable[..., None], tunnels: Tunnels
) -> None:
    know(sshd.known_host.replace(f"[127.0.0.1]:{sshd.port}", "inner"))
    configure(
        "alias", HostName="127.0.0.1", Port=sshd.port, User=sshd.user, IdentityFile=sshd.key, HostKeyAlias="inner"
    )
    assert ssh.try_passwordless_ssh("alias", paramiko=paramiko)


def test_to_a_third_host(paramiko: bool, known: Any, sockets: Any, tunnels: Tunnels) -> None:
    rep, req = sockets(zmq.REP), sockets(zmq.REQ)
    try:
        rep.bind("tcp://127.0.0.2:*")
    except zmq.ZMQError:
        pytest.skip("there is one loopback address only")
    lport, rport = *ssh.select_random_ports(1), int(rep.last_endpoint.decode().rpartition(":")[2])
    opener = ssh.paramiko_tunnel if paramiko else ssh.openssh_tunnel
    tunnels(opener(lport, rport, known.name, "127.0.0.2", known.key))
    req.connect(f"tcp://127.0.0.1:{lport}")
    req.send(b"question")
    assert rep.recv() == b"question"


@pytest.fixture
def inner(start_sshd: Callable[[], Any], know: Callable[[str], None]) -> Any:
    """A second server, whose host key is known."""
    server = start_sshd()
    know(server.known_host)
    return server


def test_through_a_jump_host(
    paramiko: bool, known: Any, inner: Any, configure: Callable[..., None], service: Any, ask: Ask, tunnels: Tunnels
) -> None:
    configure("gateway", HostName="127.0.0.1", Port=known.port, User=known.user, IdentityFile=known.key)
    configure("inner", HostName="127.0.0.1", Port=inner.port, User=inner.user, ProxyJump="gateway")
    before = known.logins(), inner.logins()
    endpoint, tunnel = ssh.open_tunnel(at(service), "inner", keyfile=inner.key, paramiko=paramiko)
    tunnels(tunnel)
    ask(endpoint)
    assert (known.logins(), inner.logins()) == (before[0] + 1, before[1] + 1)


def test_through_two_jump_hosts(
    paramiko: bool,
    known: Any,
    inner: Any,
    start_sshd: Callable[[], Any],
    know: Callable[[str], None],
    configure: Callable[..., None],
    service: Any,
    ask: Ask,
    tunnels: Tunnels,
) -> None:
    third = start_sshd()
    know(third.known_host)
    configure("first", HostName="127.0.0.1", Port=known.port, User=known.user, IdentityFile=known.key)
    configure("second", HostName="127.0.0.1", Port=inner.port, User=inner.user, IdentityFile=inner.key)
    configure("third", HostName="127.0.0.1", Port=third.port, User=third.user, ProxyJump="first,second")
    endpoint, tunnel = ssh.open_tunnel(at(service), "third", keyfile=third.key, paramiko=paramiko)
    tunnels(tunnel)
    ask(endpoint)
    assert (inner.logins(), third.logins()) == (1, 1)


def test_through_a_proxy_command(
    paramiko: bool, known: Any, inner: Any, configure: Callable[..., None], service: Any, ask: Ask, tunnels: Tunnels
) -> None:
    configure("gateway", HostName="127.0.0.1", Port=known.port, User=known.user, IdentityFile=known.key)
    configure("inner", HostName="127.0.0.1", Port=inner.port, User=inner.user, ProxyCommand="ssh -W %h:%p gateway")
    endpoint, tunnel = ssh.open_tunnel(at(service), "inner", keyfile=inner.key, paramiko=paramiko)
    tunnels(tunnel)
    ask(endpoint)
    assert inner.logins() == 1


def test_jump_hosts_do_not_get_the_password(
    paramiko: bool, known: Any, password: str, inner: Any, configure: Callable[..., None], service: Any
) -> None:
    configure("gateway", HostName="127.0.0.1", Port=known.port, User=known.user)  # with the same password
    configure("inner", HostName="127.0.0.1", Port=inner.port, User=inner.user, ProxyJump="gateway")
    before = known.logins()
    with pytest.raises(ssh.SSHException):
        ssh.open_tunnel(at(service), "inner", password=password, paramiko=paramiko)
    assert known.logins() == before


def test_no_window_asks_for_a_password(
    known: Any, inner: Any, home: Path, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = home / "asked"
    ask_in_window = home / "bin" / "ask"
    ask_in_window.write_text(f"#!/bin/sh\necho > {asked}\nexit 1\n")
    ask_in_window.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_ASKPASS", str(ask_in_window))
    configure("gateway", HostName="127.0.0.1", Port=known.port, User=known.user)
    configure("inner", HostName="127.0.0.1", Port=inner.port, User=inner.user, ProxyJump="gateway")
    with pytest.raises(ssh.SSHException):
        ssh.open_tunnel(CLOSED_PORT, "inner", inner.key)
    assert not asked.exists()


def test_the_password_reaches_a_server_behind_a_jump_host(
    paramiko: bool, known: Any, password: str, inner: Any, configure: Callable[..., None], service: Any, ask: Ask
) -> None:
    configure("gateway", HostName="127.0.0.1", Port=known.port, User=known.user, IdentityFile=known.key)
    configure("inner", HostName="127.0.0.1", Port=inner.port, User=inner.user, ProxyJump="gateway")
    endpoint, tunnel = ssh.open_tunnel(at(service), "inner", password=password, paramiko=paramiko)
    with tunnel:
        ask(endpoint)


def test_failing_forwards_of_ssh_config_are_ignored(
    known: Any, dead_endpoint: str, configure: Callable[..., None], service: Any, ask: Ask, tunnels: Tunnels
) -> None:
    taken = dead_endpoint.rpartition(":")[2]
    configure(
        "alias",
        HostName="127.0.0.1",
        Port=known.port,
        LocalForward=f"127.0.0.1:{taken} 127.0.0.1:1",
        ExitOnForwardFailure="yes",
    )
    endpoint, tunnel = ssh.open_tunnel(at(service), f"{known.user}@alias", keyfile=known.key)
    tunnels(tunnel)
    ask(endpoint)


def test_a_shared_connection_is_not_used(
    known: Any, home: Path, configure: Callable[..., None], service: Any, ask: Ask
) -> None:
    configure("alias", HostName="127.0.0.1", Port=known.port, ControlMaster="auto", ControlPath=f"{home}/%p.sock")
    endpoint, tunnel = ssh.open_tunnel(at(service), f"{known.user}@alias", keyfile=known.key)
    with tunnel:
        ask(endpoint)
        assert not list(home.glob("*.sock"))


SETTINGS = {
    "ForkAfterAuthentication": {"ForkAfterAuthentication": "yes"},
    "ClearAllForwardings": {"ClearAllForwardings": "yes"},
    "LogVerbose": {"LogVerbose": "*:*:*"},
    "LogLevel": {"LogLevel": "QUIET"},
    "StdinNull": {"StdinNull": "yes"},
    "SessionType": {"SessionType": "subsystem"},
    "RemoteCommand": {"RemoteCommand": "false", "RequestTTY": "force"},
    "LocalCommand": {"PermitLocalCommand": "yes", "LocalCommand": "echo said"},
    "ControlPersist": {"ControlMaster": "auto", "ControlPath": "%d/.ssh/%C", "ControlPersist": "yes"},
    "GatewayPorts": {"GatewayPorts": "yes"},
    "ForwardX11": {"ForwardX11": "yes", "ForwardAgent": "yes"},
    "RemoteForward": {"RemoteForward": "127.0.0.1:1 127.0.0.1:1", "ExitOnForwardFailure": "yes"},
    "Tunnel": {"Tunnel": "yes"},
    "VisualHostKey": {"VisualHostKey": "yes"},
}


@pytest.mark.parametrize("locked", [False, True], ids=["key", "passphrase"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_ssh_config_that_would_break_the_tunnel_are_overridden(
    settings: dict[str, str], locked: bool, known: Any, configure: Callable[..., None], service: Any, ask: Ask
) -> None:
    configure("alias", HostName="127.0.0.1", Port=known.port, **settings)
    if subprocess.run(["ssh", "-N", "-G", "alias"], capture_output=True, check=False).returncode:
        pytest.skip("this ssh does not know the setting")
    endpoint, tunnel = ssh.open_tunnel(
        at(service),
        f"{known.user}@alias",
        known.locked_key if locked else known.key,
        known.passphrase if locked else None,
        paramiko=False,
    )
    with tunnel:
        ask(endpoint)
    with pytest.raises(ConnectionRefusedError):  # no other ssh is left that listens
        socket.create_connection(("127.0.0.1", tunnel.lport)).close()


def test_a_banner_cannot_imitate_the_log_of_ssh(start_sshd: Callable[..., Any], know: Any, tmp_path: Path) -> None:
    lport = ssh.select_random_ports(1)[0]
    banner = tmp_path / "banner"
    banner.write_text(
        f"debug1: Local forwarding listening on 127.0.0.1 port {lport}.\n"
        "debug1: channel 0: new [port listener]\n"
        "debug1: Entering interactive session.\n"
        "Host key verification failed.\n"
        "Be welcome.\n"
    )
    server = start_sshd(f"Banner {banner}")
    know(server.known_host)
    with pytest.raises(ssh.AuthenticationFailed, match=r"(?s)Be welcome\..*Permission denied"):
        ssh.openssh_tunnel(lport, 1, server.name, keyfile=str(server.folder / "stranger"))


# ---- refused logins


def test_an_unknown_host_is_refused(paramiko: bool, sshd: Any, home: Path) -> None:
    with pytest.raises(
        ssh.SSHException, match=rf"(?s)known_hosts.*log in once with 'ssh -p {sshd.port} {sshd.user}@127"
    ):
        ssh.open_tunnel(CLOSED_PORT, sshd.name, keyfile=sshd.key, paramiko=paramiko)
    assert not (home / ".ssh" / "known_hosts").exists()


def test_a_host_with_another_key_is_refused(paramiko: bool, sshd: Any, know: Any) -> None:
    stranger = (sshd.folder / "stranger.pub").read_text()
    know(f"[127.0.0.1]:{sshd.port} {stranger}")
    with pytest.raises(ssh.SSHException, match="host key differs from the one in known_hosts"):
        ssh.open_tunnel(CLOSED_PORT, sshd.name, keyfile=sshd.key, paramiko=paramiko)


def test_an_unknown_host_gets_no_password(paramiko: bool, sshd: Any, password: str, home: Path) -> None:
    before = len(sshd.log)
    with pytest.raises(ssh.SSHException, match="known_hosts"):
        ssh.open_tunnel(CLOSED_PORT, sshd.name, password=password, paramiko=paramiko)
    assert not [line for line in sshd.log[before:] if "password" in line]


def test_the_error_for_a_wrong_password_does_not_quote_it(paramiko: bool, known: Any, password: str) -> None:
    with pytest.raises(ssh.AuthenticationFailed, match=re.escape(known.name)) as caught:
        ssh.open_tunnel(CLOSED_PORT, known.name, password="open sesame", paramiko=paramiko)
    assert "sesame" not in str(caught.value)


def test_a_key_that_the_server_refuses_raises(paramiko: bool, known: Any) -> None:
    with pytest.raises(ssh.AuthenticationFailed):
        ssh.open_tunnel(CLOSED_PORT, known.name, keyfile=f"{known.folder}/stranger", paramiko=paramiko)


def test_the_error_for_a_missing_passphrase_says_so(paramiko: bool, known: Any) -> None:
    with pytest.raises(ssh.AuthenticationFailed, match="the key has a passphrase: pass it as the password") as caught:
        ssh.open_tunnel(CLOSED_PORT, known.name, known.locked_key, paramiko=paramiko)
    assert caught.value.password_may_help


@pytest.mark.parametrize("options", [(), ("-m", "PEM"), ("-m", "PKCS8")])
def test_keys_with_a_passphrase_are_recognised(tmp_path: Path, options: tuple[str, ...]) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen here")
    for passphrase in ("", "open sesame"):
        key = tmp_path / f"key {passphrase}"
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", *options, "-N", passphrase, "-f", key], check=True)
        assert is_locked(str(key)) == bool(passphrase)
    assert not is_locked(str(tmp_path))


def test_a_refused_connection_to_the_server_raises(paramiko: bool, home: Path, dead_endpoint: str) -> None:
    with pytest.raises(ssh.SSHException, match="(?i)refused"):
        ssh.open_tunnel(CLOSED_PORT, f"me@{dead_endpoint.removeprefix('tcp://')}", paramiko=paramiko)


def test_a_host_that_does_not_exist_raises(paramiko: bool, home: Path) -> None:
    with pytest.raises(ssh.SSHException, match="no tunnel through 'host.invalid'"):
        ssh.open_tunnel(CLOSED_PORT, "host.invalid", paramiko=paramiko)


def test_a_server_without_ssh_raises(paramiko: bool, home: Path, background: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"HTTP/1.0 400\r\n\r\n")
            connection.close()

        answering = background(hang_up)
        with pytest.raises(ssh.SSHException):
            ssh.open_tunnel(CLOSED_PORT, f"me@127.0.0.1:{listener.getsockname()[1]}", paramiko=paramiko)
        answering.result()


@pytest.mark.parametrize(
    "server", ["-oProxyCommand=touch marker", "-l@127.0.0.1", "127.0.0.1;touch marker", "$(touch marker)", "a\n-oX"]
)
def test_a_server_cannot_become_an_option_or_a_command(
    paramiko: bool, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (
        lambda: ssh.open_tunnel(CLOSED_PORT, server, paramiko=paramiko),
        lambda: ssh.openssh_tunnel(1024, 1024, "host", remoteip=server),
        lambda: ssh.try_passwordless_ssh(server, paramiko=paramiko),
    ):
        with pytest.raises(ValueError, match="not a"):
            call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), None, "60"])
def test_an_invalid_timeout_raises(paramiko: bool, timeout: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="timeout must be a number of seconds"):
        ssh.open_tunnel(CLOSED_PORT, "host", paramiko=paramiko, timeout=timeout)


def test_a_timeout_may_be_infinite(paramiko: bool, known: Any, service: Any, ask: Ask) -> None:
    endpoint, tunnel = ssh.open_tunnel(at(service), known.name, known.key, paramiko=paramiko, timeout=float("inf"))
    with tunnel:
        ask(endpoint)


def test_the_error_for_a_missing_ssh_names_a_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ssh.SSHException, match="paramiko=True"):
        ssh.open_tunnel(CLOSED_PORT, "host", paramiko=False)


def test_the_error_for_a_missing_paramiko_names_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paramiko", None)
    monkeypatch.delitem(sys.modules, "zmq.ssh._paramiko", raising=False)
    with pytest.raises(ImportError, match=r"pip install --find-links dist 'zmq-ssh\[paramiko\]'"):
        ssh.open_tunnel(CLOSED_PORT, "host", paramiko=True)


def test_the_error_for_a_frozen_program_names_a_cure(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(ssh.SSHException, match="paramiko=True"):
        ssh.open_tunnel(CLOSED_PORT, "host", paramiko=False)


# ---- passwords


def test_try_passwordless_ssh_returns_whether_a_password_is_needed(paramiko: bool, known: Any) -> None:
    assert ssh.try_passwordless_ssh(known.name, known.key, paramiko=paramiko)
    assert not ssh.try_passwordless_ssh(known.name, None, paramiko=paramiko)


def test_try_passwordless_ssh_raises_if_the_server_cannot_be_reached(
    paramiko: bool, home: Path, dead_endpoint: str
) -> None:
    with pytest.raises(ssh.SSHException, match="(?i)refused"):
        ssh.try_passwordless_ssh(f"me@{dead_endpoint.removeprefix('tcp://')}", paramiko=paramiko)


@pytest.mark.parametrize("stdin", [None, io.StringIO("no terminal")])
def test_without_a_terminal_the_user_is_not_asked(
    paramiko: bool, known: Any, password: str, stdin: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmq.ssh.tunnel.getpass", lambda _: pytest.fail("asked"))
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(ssh.AuthenticationFailed):
        ssh.open_tunnel(CLOSED_PORT, known.name, paramiko=paramiko)


def test_password_false_means_no_password(paramiko: bool, known: Any, tunnels: Tunnels) -> None:
    _, tunnel = ssh.open_tunnel(CLOSED_PORT, known.name, known.key, password=False, paramiko=paramiko)  # type: ignore[arg-type]
    tunnels(tunnel)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a pseudo-terminal: the test's and the program's."""
    pty = pytest.importorskip("pty")
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def answer(terminal: tuple[int, int], prompt: str, secret: str, *arguments: object) -> None:
    """Open a tunnel in a program at a terminal; answer its question."""
    program = f"""
from zmq import ssh
_, tunnel = ssh.open_tunnel({CLOSED_PORT!r}, {", ".join(map(repr, arguments))})
print("open", tunnel.is_alive())
tunnel.close()
"""
    ours, theirs = terminal
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        assert process.stderr is not None
        asked = ""
        while not asked.endswith("password: "):
            asked += process.stderr.read(1) or pytest.fail(f"it does not ask: {asked}")
        os.write(ours, f"{secret}\n".encode())
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (out, err.strip()) == ("open True\n", "")
    assert asked.endswith(prompt)  # a warning of getpass may precede it


def test_at_a_terminal_the_user_is_asked(paramiko: bool, known: Any, password: str, terminal: tuple[int, int]) -> None:
    answer(terminal, f"{known.name}'s password: ", password, known.name, None, None, paramiko)


def test_at_a_terminal_the_user_is_asked_for_a_passphrase(
    paramiko: bool, known: Any, terminal: tuple[int, int]
) -> None:
    prompt = f"the passphrase of {known.locked_key}, or {known.name}'s password: "
    answer(terminal, prompt, known.passphrase, known.name, known.locked_key, None, paramiko)


def test_the_password_is_in_no_argument_environment_or_file(known: Any, password: str, tunnels: Tunnels) -> None:
    _, tunnel = ssh.open_tunnel(CLOSED_PORT, known.name, password=password)
    tunnels(tunnel)
    keeper = Path(f"/proc/{tunnel.pid}/stat")
    if not keeper.exists():
        pytest.skip("there is no /proc here")
    parent = keeper.read_text().rpartition(")")[2].split()[1]
    for process in (str(tunnel.pid), parent):
        for name in ("cmdline", "environ"):
            assert password.encode() not in Path("/proc", process, name).read_bytes()
