"""Servers, hosts, ports and endpoints: valid ones are parsed, invalid ones raise an error that names a cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmq.ssh._command import check_keyfile, check_password, ssh_arguments
from zmq.ssh._names import Forward, Server, split_endpoint

TEXTS = (
    st.text()
    | st.text(alphabet="-@:[]%.a1 \n\0'\"$;`\\/oProxyCommand=").map(lambda text: f"-{text}")
    | st.text("-@:a1")
)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("host", Server("host")),
        ("host.example.org:22", Server("host.example.org", None, 22)),
        ("me@host", Server("host", "me")),
        ("me@host:2222", Server("host", "me", 2222)),
        ("me@example.org@host:22", Server("host", "me@example.org", 22)),
        (r"DOMAIN\me@host", Server("host", r"DOMAIN\me")),
        ("192.0.2.1:22", Server("192.0.2.1", None, 22)),
        ("::1", Server("::1")),
        ("me@[::1]:22", Server("::1", "me", 22)),
        ("[fe80::1%eth0]", Server("fe80::1%eth0")),
        ("my_alias-2", Server("my_alias-2")),
    ],
)
def test_servers_are_parsed(text: str, server: Server) -> None:
    assert Server.parse(text) == server
    assert Server.parse(str(server)) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@host",
        "me@",
        "host:",
        "host:0",
        "host:65536",
        "host:ssh",
        "host:\uff11\uff12",
        "host:22:33",
        "[::1",
        "[host]:22",
        "[::1]22",
        "::1%$(reboot)",
        "-oProxyCommand=reboot",
        "-l@host",
        "me@-host",
        "two words",
        "host\n",
        "host\0",
        "host;reboot",
        "$(reboot)",
        "`reboot`@host",
        "me$IFS@host",
        "me\\@host",
        "host|reboot",
        "'host'",
        "ho%st",
        "ssh://host",
    ],
)
def test_an_invalid_server_raises(text: str) -> None:
    with pytest.raises(ValueError, match="user@host:port"):
        Server.parse(text)


def test_the_error_names_the_value_and_the_part() -> None:
    with pytest.raises(ValueError, match=r"not a port in 1 to 65535: '70000', in the server 'me@host:70000'"):
        Server.parse("me@host:70000")


def test_a_server_must_be_a_str() -> None:
    with pytest.raises(TypeError, match="b'host'"):
        Server.parse(b"host")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("tcp://10.0.1.2:5555", ("10.0.1.2", 5555)),
        ("tcp://host.example:1", ("host.example", 1)),
        ("tcp://[::1]:65535", ("::1", 65535)),
    ],
)
def test_tcp_endpoints_are_parsed(endpoint: str, place: tuple[str, int]) -> None:
    assert split_endpoint(endpoint) == place


@pytest.mark.parametrize("endpoint", ["ipc:///tmp/x", "inproc://x", "pgm://eth0;239.0.0.1:5555", "10.0.1.2:5555", ""])
def test_only_tcp_goes_through_a_tunnel(endpoint: str) -> None:
    with pytest.raises(ValueError, match="only tcp goes through ssh"):
        split_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["tcp://host", "tcp://*:5555", "tcp://host:*", "tcp://:5555", "tcp://-x:1", "tcp://a;b:1", "tcp://a:0"]
)
def test_an_endpoint_needs_a_host_and_a_port(endpoint: str) -> None:
    with pytest.raises(ValueError, match="tcp://host:5555"):
        split_endpoint(endpoint)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_out_of_range_raise(port: int) -> None:
    with pytest.raises(ValueError, match="lport must be in 1 to 65535"):
        Forward.parse(port, "host", 1)
    with pytest.raises(ValueError, match="rport must be in 1 to 65535"):
        Forward.parse(1, "host", port)


def test_ports_must_be_ints() -> None:
    with pytest.raises(TypeError, match="lport must be an int: got '1'"):
        Forward.parse("1", "host", 1)  # type: ignore[arg-type]


def test_a_remote_host_with_a_port_raises() -> None:
    with pytest.raises(ValueError, match="rport"):
        Forward.parse(1, "host:2", 3)


# ---- the arguments of ssh


def test_arguments_are_a_list() -> None:
    arguments = ssh_arguments(Server("::1", "me", 2222), Forward(1, "fe80::1", 2), keyfile="/key file")
    assert arguments[arguments.index("-L") :] == [
        *("-L", "127.0.0.1:1:[fe80::1]:2"),
        *("-o", "IdentitiesOnly=yes", "-i", "/key file"),
        *("-p", "2222", "-l", "me", "--", "::1"),
    ]


def test_ssh_asks_for_nothing_without_a_password() -> None:
    assert "BatchMode=yes" in ssh_arguments(Server("host"))
    assert "BatchMode=no" in ssh_arguments(Server("host"), password=True)


@given(server=TEXTS, host=TEXTS)
def test_no_text_becomes_an_option_or_a_command(server: str, host: str) -> None:
    try:
        place, forward = Server.parse(server), Forward.parse(1, host, 2)
    except ValueError:
        return
    arguments = ssh_arguments(place, forward, keyfile="/key")
    fixed = ssh_arguments(Server("host", "user" if place.user else None, 1 if place.port else None), Forward(1, "h", 2))
    assert arguments[-2] == "--"
    assert len(arguments) == len(fixed) + 4  # the key
    values = [arguments[-1], forward.host, *([place.user] if place.user else [])]
    for value in values:
        assert value in f"{server}{host}"
        assert not value.startswith("-")
        assert not set(value) & set(" \t\r\n\0'\"`$;&<>|(){}*?!#~")
        assert value.isascii()
        assert value.isprintable()


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_a_user_with_a_character_that_a_shell_knows_is_refused(text: str) -> None:
    if set(text) & set(" \t\r\n\0'\"`$;&<>|(){}"):
        with pytest.raises(ValueError, match="not a"):
            Server.parse(f"a{text}b@host")


# ---- keys and passwords


def test_a_key_file_that_begins_with_a_dash_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-oProxyCommand=reboot").write_text("key")
    assert check_keyfile("-oProxyCommand=reboot") == f"{tmp_path}/-oProxyCommand=reboot"


def test_a_key_file_in_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key").write_text("key")
    assert check_keyfile("~/key") == f"{tmp_path}/key"


def test_a_missing_key_file_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}/none"):
        check_keyfile(tmp_path / "none")


@pytest.mark.parametrize("name", ["a%hb", "a${HOME}b"])
def test_a_key_file_whose_path_ssh_would_expand_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="ssh would expand"):
        ssh_arguments(Server("host"), keyfile=f"/{name}")


@pytest.mark.parametrize("password", ["two\nlines", "nul\0", "\x7f"])
def test_a_password_with_control_characters_raises_and_is_not_quoted(password: str) -> None:
    with pytest.raises(ValueError, match="control characters") as caught:
        check_password(password)
    assert password not in str(caught.value)


def test_a_password_of_another_type_is_not_quoted() -> None:
    with pytest.raises(TypeError) as caught:
        check_password(b"secret")  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)
