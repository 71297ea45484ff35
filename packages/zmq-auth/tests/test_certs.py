"""Certificates: what is written, with which permissions, and what can be read."""

from __future__ import annotations

import logging
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

import zmq
from zmq.auth import Authenticator, create_certificates, load_certificate, load_certificates

KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
SECRET = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

WRITTEN_BY_PYZMQ = f"""\
#   ****  Generated on 2026-01-02 03:04:05.678901 by pyzmq  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    public-key = not this
    name = alice
curve
    public-key = "{KEY}"
    secret-key = "{SECRET}"
"""

needs_curve = pytest.mark.skipif(not zmq.has("curve"), reason="this libzmq was built without CURVE")
needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@needs_curve
def test_certificates_contain_one_key_pair(tmp_path: Path) -> None:
    public_file, secret_file = create_certificates(tmp_path, "alice")
    assert (public_file, secret_file) == (str(tmp_path / "alice.key"), str(tmp_path / "alice.key_secret"))
    public, secret = load_certificate(secret_file)
    assert secret is not None
    assert load_certificate(public_file) == (public, None)
    assert zmq.curve_public(secret) == public
    assert secret not in Path(public_file).read_bytes()
    assert names(tmp_path) == ["alice.key", "alice.key_secret"]


@needs_curve
@needs_modes
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_secret_certificates_are_readable_by_their_owner_only(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        public_file, secret_file = create_certificates(tmp_path, "alice")
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(secret_file).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(public_file).stat().st_mode) == 0o666 & ~umask


@needs_curve
@needs_modes
def test_replacing_a_readable_certificate_protects_the_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = tmp_path / "alice.key_secret"
    old.write_text("readable")
    old.chmod(0o644)
    with old.open() as reader:
        create_certificates(tmp_path, "alice")
        assert reader.read() == "readable"  # open files keep the old content
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert caplog.messages == [f"replacing the certificate {str(old)!r}"]


@needs_curve
def test_metadata_is_in_the_secret_certificate(tmp_path: Path) -> None:
    _, secret_file = create_certificates(tmp_path, "alice", {"name": "Alice Ö.", "public-key": "x"})
    assert "\nmetadata\n    name = Alice Ö.\n    public-key = x\ncurve\n" in Path(secret_file).read_text("utf-8")
    assert load_certificate(secret_file)[1] is not None


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"a": "b\ncurve"}, ValueError),
        ({"a\n": "b"}, ValueError),
        ({"a b": "c"}, ValueError),
        ({"": "c"}, ValueError),
        ({"a=b": "c"}, ValueError),
        ({b"a": "b"}, TypeError),
    ],
)
def test_invalid_metadata_raises_and_writes_nothing(
    tmp_path: Path, metadata: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error, match="metadata must"):
        create_certificates(tmp_path, "alice", metadata)
    assert not names(tmp_path)


@needs_curve
def test_metadata_is_written_as_text(tmp_path: Path) -> None:
    metadata: dict[str, Any] = {"version": 7}
    _, secret_file = create_certificates(tmp_path, "alice", metadata)
    assert "    version = 7\n" in Path(secret_file).read_text("utf-8")


@needs_curve
def test_a_name_may_have_a_directory(tmp_path: Path) -> None:
    (tmp_path / "servers").mkdir()
    names = create_certificates(tmp_path, "servers/one")
    assert names == (str(tmp_path / "servers/one.key"), str(tmp_path / "servers/one.key_secret"))
    assert load_certificate(names[0])[0] == load_certificate(names[1])[0]
    assert create_certificates("", str(tmp_path / "two"))[0] == str(tmp_path / "two.key")


@pytest.mark.parametrize("name", ["", ".", "..", "a/", "a/..", "a\0b"])
def test_an_invalid_file_name_raises(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="must be a file name"):
        create_certificates(tmp_path, name)


@needs_curve
def test_a_missing_directory_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing/alice.key_secret'$"):
        create_certificates(tmp_path / "missing", "alice")
    # Programs search for these phrases of pyzmq.
    with pytest.raises(FileNotFoundError, match="Invalid certificate directory: .*missing"):
        load_certificates(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="Invalid certificate file: .*missing"):
        load_certificate(tmp_path / "missing")


@needs_curve
def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "alice.key_secret").mkdir()
    with pytest.raises(OSError):
        create_certificates(tmp_path, "alice")
    assert names(tmp_path) == ["alice.key_secret"]


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN_BY_PYZMQ,
        f"metadata\n    name = \"alice\"\ncurve\n    public-key = '{KEY}'\n    secret-key = '{SECRET}'\n",
        f"curve\r\n\tpublic-key={KEY}\r\n\tsecret-key={SECRET}\r\n",
        f"#\nversion = 1.0\npublic-key = {KEY}\n#public-key = {SECRET}\nsecret-key = {SECRET}",
    ],
    ids=["pyzmq", "czmq", "windows", "by hand"],
)
def test_certificates_of_czmq_and_pyzmq_can_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "alice.key_secret"
    file.write_bytes(text.encode())
    assert load_certificate(file) == (KEY.encode(), SECRET.encode())


@pytest.mark.parametrize("separator", ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"])
def test_lines_end_with_newlines_alone(tmp_path: Path, separator: str) -> None:
    """Otherwise a value in the metadata could add another key."""
    other = SECRET
    file = tmp_path / "alice.key"
    metadata = separator.join(["name = x", "curve", f'    public-key = "{other}"', f"public-key = {other}", ""])
    file.write_bytes(f'curve\n    public-key = "{KEY}"\nmetadata\n    {metadata}\n'.encode())
    assert load_certificate(file) == (KEY.encode(), None)


def test_file_names_are_logged_without_control_characters(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    name = "a\nfake entry \x1b[31m\x9b"
    (tmp_path / f"{name}.key").write_text("no certificate")
    (tmp_path / f"{name}.txt").write_text("no passwords")
    with zmq.Context() as context:
        authenticator = Authenticator(context)
        authenticator.configure_curve("*", tmp_path)
        authenticator.configure_curve("*", tmp_path / f"{name}.none")
        authenticator.configure_plain("*", tmp_path / f"{name}.txt")
        authenticator.configure_plain("*", tmp_path / f"{name}.none")
        authenticator.deny(name)
    told = [record.getMessage() for record in caplog.records]
    assert sum("fake entry" in text for text in told) >= 5
    for suffix in ("key", "none"):
        with pytest.raises((ValueError, OSError)) as raised:
            load_certificate(tmp_path / f"{name}.{suffix}")
        told.append(str(raised.value))
    if zmq.has("curve"):
        caplog.clear()
        for _ in range(2):
            create_certificates(tmp_path, name)
        told += [record.getMessage() for record in caplog.records]
    assert all(text.isprintable() for text in told), told


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "No public key found"),
        (b"\xff\x00\xfe", "No public key found"),
        (f'curve\n    secret-key = "{SECRET}"\n'.encode(), "No public key found"),
        (f'metadata\n    public-key = "{KEY}"\n'.encode(), "No public key found"),
        (f'curve\n    public-key = "{KEY[:-1]}"\n'.encode(), r"Invalid public-key \(not 40 characters of Z85\)"),
        (f'curve\n    public-key = "{KEY[:-1]}~"\n'.encode(), r"Invalid public-key \(not 40 characters of Z85\)"),
        (f'curve\n    public-key = "{KEY}{KEY}"\n'.encode(), r"Invalid public-key \(not 40 characters of Z85\)"),
        (f"curve\n public-key = {KEY}\n secret-key = {SECRET[:-1]}\n".encode(), "Invalid secret-key"),
    ],
)
def test_an_invalid_certificate_is_named_and_not_quoted(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "broken.key"
    file.write_bytes(content)
    for load in (lambda: load_certificate(file), lambda: load_certificates(tmp_path)):
        with pytest.raises(ValueError, match=rf"{complaint}.* in .*broken\.key") as raised:
            load()
        assert SECRET[:10] not in str(raised.value)


@needs_curve
def test_load_certificates_returns_the_keys_of_the_public_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    files = [create_certificates(tmp_path, name)[0] for name in ("alice", "bob")]
    (tmp_path / ".hidden.key").write_text("half a certifi")
    (tmp_path / "notes.txt").write_text("public-key = none")
    monkeypatch.chdir(tmp_path)
    assert load_certificates() == {load_certificate(file)[0]: True for file in files}
    assert not caplog.messages
