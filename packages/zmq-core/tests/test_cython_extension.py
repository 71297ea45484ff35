"""A Cython extension of somebody else uses libzmq through our modules, and is not linked with libzmq itself."""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

import zmq

cython_build = pytest.importorskip("Cython.Compiler.Main", reason="Cython is not installed")

MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"

SOURCE = '''
# cython: language_level=3
from libc.string cimport memcpy
from zmq cimport Context, Frame, Handle, Socket, libzmq


def version():
    cdef int major, minor, patch
    libzmq.zmq_version(&major, &minor, &patch)
    return major, minor, patch


def send(Socket socket not None, bytes data, bint more=False):
    cdef int flags = libzmq.ZMQ_DONTWAIT | (libzmq.ZMQ_SNDMORE if more else 0)
    cdef char *content = data
    cdef int rc = libzmq.zmq_send(socket.c_socket(), content, len(data), flags)
    socket.shared_handle.operated()
    return rc if rc >= 0 else -libzmq.zmq_errno()


def receive(Socket socket not None):
    """Receive a message of any number of frames, or return the negative errno."""
    cdef libzmq.zmq_msg_t msg
    frames = []
    while True:
        libzmq.zmq_msg_init(&msg)
        if libzmq.zmq_msg_recv(&msg, socket.c_socket(), libzmq.ZMQ_DONTWAIT) < 0:
            libzmq.zmq_msg_close(&msg)
            return -libzmq.zmq_errno()
        frames.append((<char *>libzmq.zmq_msg_data(&msg))[: libzmq.zmq_msg_size(&msg)])
        more = libzmq.zmq_msg_more(&msg)
        libzmq.zmq_msg_close(&msg)
        if not more:
            socket.shared_handle.operated()
            return frames


def echo(Socket socket not None, int count):
    """Send *count* messages back, in a loop in C without the GIL."""
    cdef void *pointer = socket.c_socket()
    cdef libzmq.zmq_msg_t msg
    cdef int rc = 0
    cdef int done = 0
    socket.shared_handle.enter_loop("a loop of an extension")
    try:
        with nogil:
            while done < count:
                libzmq.zmq_msg_init(&msg)
                rc = libzmq.zmq_msg_recv(&msg, pointer, 0)
                if rc >= 0:
                    rc = libzmq.zmq_msg_send(&msg, pointer, 0)
                if rc < 0:
                    libzmq.zmq_msg_close(&msg)
                    break
                done += 1
    finally:
        socket.shared_handle.leave_loop()
    return done


def size(Frame frame not None):
    return libzmq.zmq_msg_size(&frame.zmq_msg)
'''


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the extension as its author would: with our include paths, and without libzmq."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if sys.platform == "win32" or shutil.which(compiler[0]) is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("extension")
    source = folder / "theirs.pyx"
    source.write_text(SOURCE)
    includes = zmq.get_includes()
    if not any((Path(include) / "zmq.h").exists() for include in includes):
        pytest.skip("this installation brings no zmq.h")
    options = cython_build.CompilationOptions(
        cython_build.default_options, include_path=includes, output_file=str(folder / "theirs.c")
    )
    assert cython_build.compile(str(source), options).num_errors == 0
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    library = folder / f"theirs{suffix}"
    headers = [sysconfig.get_path("include"), *includes, *(f"{include}/zmq/backend" for include in includes[:1])]
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    subprocess.run(
        [*compiler, "-O0", "-fPIC", *shared, *(f"-I{header}" for header in headers), str(folder / "theirs.c"), "-o",
         str(library)],
        check=True,
    )  # fmt: skip
    return library


@pytest.fixture(scope="module")
def theirs(library: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("theirs", library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _undefined_symbols(library: Path) -> list[str]:
    if shutil.which("nm") is None:
        pytest.skip("no nm")
    output = subprocess.run(["nm", "-D", "-u", str(library)], check=True, capture_output=True, text=True).stdout
    return [line.split()[-1].split("@")[0] for line in output.splitlines() if line.strip()]


def test_the_extension_sees_the_libzmq_we_are_linked_with(theirs: ModuleType) -> None:
    assert theirs.version() == zmq.zmq_version_info()


def test_the_extension_sends_to_sockets_of_python(theirs: ModuleType, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    assert theirs.send(push, b"one", True) == 3
    assert theirs.send(push, b"four") == 4
    assert pull.recv_multipart() == [b"one", b"four"]


def test_the_extension_receives_from_sockets_of_python(theirs: ModuleType, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    push.send_multipart([b"one", b"", b"three"])
    assert theirs.receive(pull) == [b"one", b"", b"three"]
    assert theirs.receive(pull) == -zmq.EAGAIN


def test_the_extension_wakes_a_thread_that_waits_for_the_socket(
    theirs: ModuleType, make_pair: MakePair, waiting: Callable[..., object]
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    result = waiting(left.recv)
    for number in range(100):
        theirs.send(left, b"%d" % number)
        assert right.recv() == b"%d" % number
    right.send(b"reply")
    assert result.result() == b"reply"  # type: ignore[attr-defined]  # a Future


def test_the_extension_reads_frames(theirs: ModuleType) -> None:
    assert theirs.size(zmq.Frame(b"12345")) == 5


def test_a_closed_socket_raises_in_the_extension(theirs: ModuleType, make_pair: MakePair) -> None:
    pull, _ = make_pair(zmq.PULL, zmq.PUSH)
    pull.close()
    with pytest.raises(zmq.ZMQError):
        theirs.receive(pull)


def test_a_loop_of_the_extension_has_the_socket_to_itself(
    theirs: ModuleType, make_pair: MakePair, background: Callable[..., object], wait_until: Callable[..., None]
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    looping = background(theirs.echo, left, 100)

    def refused() -> bool:
        try:
            return left.getsockopt(zmq.TYPE) < 0
        except zmq.ZMQError as error:
            return error.errno == zmq.Errno.EMTHREAD

    wait_until(refused)
    for number in range(100):
        right.send(b"%d" % number)
        assert right.recv() == b"%d" % number
    assert looping.result() == 100  # type: ignore[attr-defined]  # a Future
    left.send(b"ours again")
    assert right.recv() == b"ours again"


def test_the_extension_is_not_linked_with_libzmq(library: Path) -> None:
    assert not [symbol for symbol in _undefined_symbols(library) if symbol.startswith("zmq_")]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into ELF files")
def test_of_our_modules_only_the_door_is_linked_with_libzmq() -> None:
    spec = importlib.util.find_spec("zmq.backend.libzmq")
    assert spec is not None
    assert spec.origin is not None
    door = Path(spec.origin)
    modules = sorted(door.parent.glob("*.so"))
    assert door in modules
    linked = [
        module.name.split(".")[0]
        for module in modules
        if any(symbol.startswith("zmq_") for symbol in _undefined_symbols(module))
    ]
    assert linked in (["libzmq"], [])  # none where libzmq is built in
