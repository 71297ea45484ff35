"""Passwords, certificates and sets of keys may change at any time; checking for changes is cheap."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from zmq.auth import _files, _keys
from zmq.auth._files import PasswordFile, WatchedFile
from zmq.auth._keys import CertificateDirectory, KeySet
from zmq.utils import z85

LOG = logging.getLogger("zmq.auth")

KEYS = [bytes([number] * 32) for number in range(4)]


def write_certificate(file: Path, key: bytes) -> None:
    file.write_text(f'curve\n    public-key = "{z85.encode(key).decode()}"\n')


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which all files are older than the coarsest clock's tick."""
    now = [time.time_ns()]
    monkeypatch.setattr("zmq.auth._files.time.time_ns", lambda: now[0])

    def later() -> None:
        now[0] += 10 * _files._CLOCK_TICK_NS

    return later


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unknown key scans the directory."""
    monkeypatch.setattr(_keys, "_SCAN_INTERVAL_NS_PER_FILE", 0)


# ---- a file


@pytest.fixture
def reads(tmp_path: Path) -> tuple[WatchedFile[bytes], list[bytes]]:
    """A watched file, and the contents that were parsed."""
    read: list[bytes] = []

    def parse(content: bytes) -> bytes:
        read.append(content)
        return content

    return WatchedFile(tmp_path / "file", parse, LOG, 100), read


def test_an_unchanged_file_is_read_once(
    reads: tuple[WatchedFile[bytes], list[bytes]], later: Callable[[], None]
) -> None:
    file, read = reads
    file.path.write_bytes(b"one")
    later()
    assert [file.load() for _ in range(3)] == [b"one"] * 3
    assert read == [b"one"]
    file.path.write_bytes(b"two")
    assert [file.load() for _ in range(3)] == [b"two"] * 3


def test_a_second_change_within_a_tick_of_the_clock_is_seen(
    reads: tuple[WatchedFile[bytes], list[bytes]], later: Callable[[], None]
) -> None:
    file, read = reads
    file.path.write_bytes(b"one")
    times = file.path.stat()

    class Coarse(type(file.path)):  # type: ignore[misc]  # Path itself cannot be subclassed before Python 3.12
        """A path whose time stamps never show a change."""

        def stat(self) -> os.stat_result:
            return times

    file.path = Coarse(file.path)
    assert file.load() == file.load() == b"one"
    file.path.write_bytes(b"two")
    assert file.load() == file.load() == b"two"
    assert read == [b"one", b"two"]
    later()
    assert file.load() == b"two"
    file.path.write_bytes(b"six")
    assert file.load() == b"two"  # by now the time stamps would have shown it


def test_a_file_that_is_created_again_is_read(reads: tuple[WatchedFile[bytes], list[bytes]]) -> None:
    file, _ = reads
    for _ in range(2):
        file.path.write_bytes(b"one")
        assert file.load() == b"one"
        file.path.unlink()
        assert file.load() is None


def test_a_file_with_the_times_and_size_of_the_old_one_is_read(
    reads: tuple[WatchedFile[bytes], list[bytes]], later: Callable[[], None]
) -> None:
    file, _ = reads
    file.path.write_bytes(b"one")
    later()
    assert file.load() == b"one"
    times = (file.path.stat().st_atime_ns, file.path.stat().st_mtime_ns)
    other = file.path.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=times)
    other.replace(file.path)
    assert file.load() == b"two"


def test_a_file_may_be_created_and_removed(
    reads: tuple[WatchedFile[bytes], list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    file, _ = reads
    assert file.load() is None
    assert file.load() is None
    file.path.write_bytes(b"one")
    assert file.load() == b"one"
    file.path.unlink()
    assert file.load() is None
    assert caplog.messages == [f"{str(file.path)!r} accepts no peer: No such file or directory"] * 2


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_named_pipe_is_not_opened(
    reads: tuple[WatchedFile[bytes], list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    file, _ = reads
    os.mkfifo(file.path)  # opening it would block until there is a writer
    assert file.load() is None
    file.path.unlink()
    file.path.mkdir()
    assert file.load() is None
    assert caplog.messages == [f"{str(file.path)!r} accepts no peer: not a regular file"]


def test_a_file_that_is_too_large_is_not_read(
    reads: tuple[WatchedFile[bytes], list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    file, read = reads
    file.path.write_bytes(bytes(101))
    assert file.load() is None
    assert not read
    assert "101 bytes" in caplog.text


def test_an_invalid_file_is_read_once(tmp_path: Path, later: Callable[[], None]) -> None:
    read: list[bytes] = []

    def parse(content: bytes) -> bytes:
        read.append(content)
        raise ValueError("no sense")

    file = WatchedFile(tmp_path / "file", parse, LOG, 100)
    file.path.write_bytes(b"one")
    later()
    assert [file.load() for _ in range(3)] == [None] * 3
    assert len(read) == 1


# ---- passwords


def test_lines_of_a_password_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "passwords"
    lines = [
        "\ufeff# users",
        "",
        "alice=secret\r",
        "  bob =with = and space ",
        "no secret here",
        "  # off=duty",
        "carol=",
    ]
    file.write_text("\n".join([*lines, "=x", "ü=ß"]), "utf-8")
    passwords = PasswordFile(file, "utf-8", LOG)
    assert dict(passwords) == {"alice": "secret", "bob": "with = and space ", "carol": "", "ü": "ß"}
    assert len(passwords) == 4
    assert caplog.messages[0] == f"{str(file)!r} has lines that are not user=password: 5, 8"
    assert "secret" not in caplog.text
    assert "secret" not in repr(passwords)


def test_a_password_file_follows_its_changes(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    passwords = PasswordFile(file, "utf-8", LOG)
    assert passwords.get("alice") is None
    file.write_text("alice=one")
    assert passwords.get("alice") == "one"
    file.write_text("alice=two")
    assert passwords.get("alice") == "two"
    file.write_text("bob=two")
    assert passwords.get("alice") is None
    file.unlink()
    assert passwords.get("bob") is None


def test_a_password_file_in_another_encoding_accepts_no_peer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "passwords"
    file.write_bytes(b"alice=\xff")
    assert not PasswordFile(file, "utf-8", LOG)
    assert caplog.messages == [f"{str(file)!r} accepts no peer: not encoded in utf-8"]
    assert dict(PasswordFile(file, "latin-1", LOG)) == {"alice": "ÿ"}


# ---- certificates


@pytest.mark.usefixtures("looks")
def test_certificates_can_be_added_changed_and_removed(tmp_path: Path) -> None:
    directory = CertificateDirectory(tmp_path, LOG)
    assert KEYS[0] not in directory
    write_certificate(tmp_path / "a.key", KEYS[0])
    assert KEYS[0] in directory
    write_certificate(tmp_path / "b.key", KEYS[1])
    assert (KEYS[0] in directory, KEYS[1] in directory) == (True, True)
    write_certificate(tmp_path / "a.key", KEYS[2])
    assert (KEYS[0] in directory, KEYS[2] in directory) == (False, True)
    (tmp_path / "b.key").rename(tmp_path / "c.key")
    assert KEYS[1] in directory
    (tmp_path / "c.key").unlink()
    assert KEYS[1] not in directory


@pytest.mark.usefixtures("looks")
def test_a_directory_may_be_created_and_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "certificates"
    directory = CertificateDirectory(path, LOG)
    assert KEYS[0] not in directory
    assert caplog.messages == [f"the certificate directory {str(path)!r} accepts no peer: No such file or directory"]
    path.mkdir()
    write_certificate(path / "a.key", KEYS[0])
    assert KEYS[0] in directory
    (path / "a.key").unlink()
    path.rmdir()
    assert KEYS[0] not in directory


@pytest.mark.usefixtures("looks")
def test_an_invalid_certificate_is_logged_once_and_the_rest_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_certificate(tmp_path / "a.key", KEYS[0])
    (tmp_path / "half.key").write_text(f'curve\n    public-key = "{z85.encode(KEYS[1])[:20].decode()}')
    (tmp_path / "folder.key").mkdir()
    directory = CertificateDirectory(tmp_path, LOG)
    assert [key in directory for key in KEYS] == [True, False, False, False]
    assert caplog.messages == [
        f"{str(tmp_path / 'folder.key')!r} accepts no peer: not a regular file",
        f"{str(tmp_path / 'half.key')!r} accepts no peer: Invalid public-key (not 40 characters of Z85)",
    ]
    write_certificate(tmp_path / "half.key", KEYS[1])
    assert KEYS[1] in directory


@pytest.mark.usefixtures("looks")
def test_a_key_in_two_certificates_is_known_until_both_are_removed(tmp_path: Path) -> None:
    for name in ("a.key", "b.key"):
        write_certificate(tmp_path / name, KEYS[0])
    directory = CertificateDirectory(tmp_path, LOG)
    for name, known in [("b.key", True), ("a.key", False)]:
        (tmp_path / name).unlink()
        assert (KEYS[0] in directory) is known


@pytest.mark.usefixtures("looks")
def test_only_public_certificates_count(tmp_path: Path) -> None:
    for name in ("a.key_secret", ".b.key", "c.txt"):
        write_certificate(tmp_path / name, KEYS[0])
    assert KEYS[0] not in CertificateDirectory(tmp_path, LOG)


def test_unknown_keys_do_not_scan_the_directory_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0]
    monkeypatch.setattr("zmq.auth._keys.time.monotonic_ns", lambda: now[0])
    write_certificate(tmp_path / "a.key", KEYS[0])
    os.utime(tmp_path, (1, 1))  # long enough ago that a further change shows
    directory = CertificateDirectory(tmp_path, LOG)
    write_certificate(tmp_path / "a.key", KEYS[1])  # which does not change the directory
    assert KEYS[1] not in directory
    now[0] += _keys._SCAN_INTERVAL_NS_PER_FILE
    assert KEYS[1] in directory


@pytest.mark.parametrize("changed_just_now", [False, True])
def test_a_new_certificate_is_known_at_once_while_other_peers_try_unknown_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, changed_just_now: bool
) -> None:
    monkeypatch.setattr("zmq.auth._keys.time.monotonic_ns", lambda: 0)  # so that no time passes for another scan
    write_certificate(tmp_path / "a.key", KEYS[0])
    if not changed_just_now:
        os.utime(tmp_path, (1, 1))
    directory = CertificateDirectory(tmp_path, LOG)
    assert KEYS[1] not in directory
    write_certificate(tmp_path / "b.key", KEYS[1])
    assert KEYS[1] in directory


def test_a_known_key_is_forgotten_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmq.auth._keys.time.monotonic_ns", lambda: 0)  # so that no time passes for another scan
    write_certificate(tmp_path / "a.key", KEYS[0])
    directory = CertificateDirectory(tmp_path, LOG)
    (tmp_path / "a.key").unlink()
    assert KEYS[0] not in directory


def test_known_keys_cost_one_stat_of_one_file(
    tmp_path: Path, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, key in enumerate(KEYS):
        write_certificate(tmp_path / f"{number}.key", key)
    later()
    directory = CertificateDirectory(tmp_path, LOG)
    monkeypatch.setattr(_keys, "parse", None)  # nothing is read
    monkeypatch.setattr(_keys, "is_public", None)  # nor listed
    assert all(key in directory for key in KEYS)


# ---- keys in memory


def test_a_set_of_keys_follows_its_changes() -> None:
    keys: set[bytes | str] = set()
    known = KeySet(keys)
    assert KEYS[0] not in known
    keys.add(z85.encode(KEYS[0]))
    assert KEYS[0] in known
    keys.clear()
    assert KEYS[0] not in known
