"""Extensions in Cython use libzmq through our modules, without linking it; so do extensions written for pyzmq."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

import zmq

cython_build = pytest.importorskip("Cython.Compiler.Main", reason="Cython is not installed")

MakePair: TypeAlias = "Callable[..., tuple[zmq.Socket, zmq.Socket]]"

OURS = '''
# cython: language_level=3, freethreading_compatible=True
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
    """Echo *count* messages, in a C loop without the GIL."""
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

FOR_PYZMQ = '''
# cython: language_level=3, freethreading_compatible=True
cimport zmq
from zmq.backend.cython cimport Context, Frame, Socket, libzmq
from zmq.backend.cython.libzmq cimport zmq_errno


def handle(zmq.Socket socket):
    return <size_t>socket.handle


def context_handle(Context context):
    return <size_t>context.handle


def send(Socket socket, Frame frame):
    """Send a copy of the frame; return 0, or the errno."""
    cdef libzmq.zmq_msg_t message
    libzmq.zmq_msg_init(&message)
    libzmq.zmq_msg_copy(&message, &frame.zmq_msg)
    return 0 if libzmq.zmq_msg_send(&message, socket.handle, libzmq.ZMQ_DONTWAIT) >= 0 else zmq_errno()


def receive(Socket socket):
    """Receive one frame; None if there is none."""
    cdef Frame frame = Frame()
    rc = libzmq.zmq_msg_recv(&frame.zmq_msg, socket.handle, libzmq.ZMQ_NOBLOCK)
    return frame if rc >= 0 else None


def events(Socket socket):
    """Return the events of the socket."""
    cdef int found = 0
    cdef size_t size = sizeof(int)
    return found if libzmq.zmq_getsockopt(socket.handle, libzmq.ZMQ_EVENTS, &found, &size) >= 0 else -zmq_errno()


def through_pointers_alone(bytes data):
    """Send and receive without Python objects of zmq."""
    cdef void *context = libzmq.zmq_init(1)
    cdef void *left = libzmq.zmq_socket(context, libzmq.ZMQ_PAIR)
    cdef void *right = libzmq.zmq_socket(context, libzmq.ZMQ_PAIR)
    cdef char buffer[100]
    assert libzmq.zmq_bind(left, b"inproc://pointers") == 0
    assert libzmq.zmq_connect(right, b"inproc://pointers") == 0
    assert libzmq.zmq_send(left, <char *>data, len(data), 0) == len(data)
    size = libzmq.zmq_recv(right, buffer, 100, 0)
    libzmq.zmq_close(left)
    libzmq.zmq_close(right)
    assert libzmq.zmq_term(context) == 0
    return buffer[:size]
'''


def _compile(folder: Path, name: str, text: str) -> Path:
    """Compile an extension as its author would: with ``get_includes()`` alone, and without libzmq."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if sys.platform == "win32" or shutil.which(compiler[0]) is None:
        pytest.skip("no C compiler")
    source = folder / f"{name}.pyx"
    source.write_text(text)
    includes = zmq.get_includes()
    options = cython_build.CompilationOptions(
        cython_build.default_options, include_path=includes, output_file=str(folder / f"{name}.c")
    )
    assert cython_build.compile(str(source), options).num_errors == 0
    library = folder / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    shared = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
    folders = [f"-I{include}" for include in (sysconfig.get_path("include"), *includes)]
    command = [*compiler, "-O0", "-fPIC", *shared, *folders, str(folder / f"{name}.c"), "-o", str(library)]
    subprocess.run(command, check=True)
    return library


def _load(library: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, library)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _compile(tmp_path_factory.mktemp("extension"), "theirs", OURS)


@pytest.fixture(scope="module")
def theirs(library: Path) -> ModuleType:
    return _load(library, "theirs")


@pytest.fixture(scope="module")
def of_the_manual(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The extension that the manual shows."""
    page = (Path(__file__).parents[3] / "docs" / "howto" / "extensions.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```cython\n(.*?)```", page, re.DOTALL)
    return _load(_compile(tmp_path_factory.mktemp("extension"), "of_the_manual", block), "of_the_manual")


@pytest.fixture(scope="module")
def for_pyzmq(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return _load(_compile(tmp_path_factory.mktemp("extension"), "for_pyzmq", FOR_PYZMQ), "for_pyzmq")


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


def test_the_extension_of_the_manual_sends_twice(of_the_manual: ModuleType, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    of_the_manual.send_twice(push, b"news")
    assert [pull.recv(), pull.recv()] == [b"news", b"news"]


def test_the_extension_of_the_manual_raises_what_libzmq_says(of_the_manual: ModuleType, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    with pytest.raises(OSError, match="cannot send") as caught:
        of_the_manual.send_twice(pull, b"a PULL socket does not send")
    assert caught.value.errno == zmq.ENOTSUP
    push.close()
    with pytest.raises(zmq.ZMQError):
        of_the_manual.send_twice(push, b"closed")


def test_the_extension_of_the_manual_wakes_a_thread_that_waits_for_the_socket(
    of_the_manual: ModuleType, make_pair: MakePair, waiting: Callable[..., object]
) -> None:
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    result = waiting(left.recv)
    for _ in range(100):
        of_the_manual.send_twice(left, b"news")
        assert [right.recv(), right.recv()] == [b"news", b"news"]
    right.send(b"reply")
    assert result.result() == b"reply"  # type: ignore[attr-defined]  # a Future


def test_other_threads_cannot_use_a_socket_inside_a_loop_of_the_extension(
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


def test_sources_for_pyzmq_send_and_receive_frames(for_pyzmq: ModuleType, make_pair: MakePair) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    assert for_pyzmq.receive(pull) is None
    assert for_pyzmq.send(push, zmq.Frame(b"frame")) == 0
    assert pull.poll() == zmq.POLLIN
    assert for_pyzmq.receive(pull).bytes == b"frame"
    assert for_pyzmq.through_pointers_alone(b"alone") == b"alone"


def test_sources_for_pyzmq_find_the_pointers_of_sockets_and_contexts(
    for_pyzmq: ModuleType, context: zmq.Context
) -> None:
    assert for_pyzmq.context_handle(context) == context.underlying != 0
    assert for_pyzmq.context_handle(zmq.Context.shadow(context)) == context.underlying
    with context.socket(zmq.PUSH) as socket:
        assert for_pyzmq.handle(socket) == socket.underlying != 0
        assert for_pyzmq.handle(zmq.Socket.shadow(socket.underlying)) == socket.underlying


def test_the_pointer_is_null_once_the_socket_is_closed_through_any_object(
    for_pyzmq: ModuleType, context: zmq.Context
) -> None:
    socket = context.socket(zmq.PUSH)
    shadow = zmq.Socket.shadow(socket)
    other = context.socket(zmq.PUSH)
    socket.close()
    assert for_pyzmq.handle(socket) == for_pyzmq.handle(shadow) == 0
    assert for_pyzmq.send(shadow, zmq.Frame(b"")) == zmq.ENOTSOCK
    assert for_pyzmq.handle(other) == other.underlying
    other.close()


def test_the_pointer_is_null_once_the_context_is_terminated(for_pyzmq: ModuleType) -> None:
    context = zmq.Context()
    shadow = zmq.Context.shadow(context)
    context.term()
    assert for_pyzmq.context_handle(context) == for_pyzmq.context_handle(shadow) == 0


def test_the_pointer_of_an_object_that_is_initialised_again_follows_its_new_socket(
    for_pyzmq: ModuleType, context: zmq.Context
) -> None:
    socket = context.socket(zmq.PUSH)
    first = zmq.Socket.shadow(socket)
    socket.__init__(context, zmq.PULL)  # type: ignore[misc]
    first.close()
    assert for_pyzmq.handle(socket) == socket.underlying != 0
    socket.close()


def test_the_pointer_is_null_while_a_loop_in_c_has_the_socket(
    for_pyzmq: ModuleType, theirs: ModuleType, make_pair: MakePair, background: Callable[..., object],
    wait_until: Callable[..., None],
) -> None:  # fmt: skip
    left, right = make_pair(zmq.PAIR, zmq.PAIR)
    looping = background(theirs.echo, left, 1)
    wait_until(lambda: for_pyzmq.handle(left) == 0)
    right.send(b"the one message")
    assert looping.result() == 1  # type: ignore[attr-defined]  # a Future
    assert for_pyzmq.handle(left) == left.underlying != 0


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # libzmq's threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_the_pointers_are_null_in_a_forked_child(for_pyzmq: ModuleType, context: zmq.Context) -> None:
    with context.socket(zmq.PUSH) as socket:
        child = os.fork()
        if child == 0:
            os._exit(bool(for_pyzmq.handle(socket) or for_pyzmq.context_handle(context)))
        assert os.waitpid(child, 0)[1] == 0
        assert for_pyzmq.handle(socket) == socket.underlying


def test_receiving_and_polling_notice_calls_of_an_extension_on_the_pointer(
    for_pyzmq: ModuleType, make_pair: MakePair
) -> None:
    pull, push = make_pair(zmq.PULL, zmq.PUSH)
    for number in range(3):
        push.send_multipart([b"%d" % number])
        push.send_multipart([b"next"])
        assert pull.poll() == zmq.POLLIN
        assert for_pyzmq.receive(pull).bytes == b"%d" % number
        assert pull.recv() == b"next"
        assert pull.poll(0) == 0


def test_a_reply_that_an_extension_has_seen_is_received_soon(
    for_pyzmq: ModuleType, make_pair: MakePair, background: Callable[..., Any]
) -> None:
    rep, req = make_pair(zmq.REP, zmq.REQ)
    req.rcvtimeo = -1  # else it tries first

    def request() -> None:
        for number in range(100):
            req.send(b"%d" % number)
            rep.send(rep.recv())
            assert for_pyzmq.events(req) == zmq.POLLIN
            assert req.recv() == b"%d" % number

    background(request).result(30)


@pytest.mark.parametrize("asks_after_the_request", [False, True])
def test_a_loop_receives_a_reply_that_code_with_the_address_of_the_socket_has_seen(
    for_pyzmq: ModuleType, loop: Any, in_loop: Any, make_pair: MakePair, asks_after_the_request: bool
) -> None:
    rep, socket = make_pair(zmq.REP, zmq.REQ)
    req = in_loop(socket)
    if not asks_after_the_request:
        assert req.underlying
    req.send(b"request")
    rep.send(rep.recv())
    if asks_after_the_request:
        assert req.underlying
    assert for_pyzmq.events(socket) == zmq.POLLIN
    waiting = req.recv()
    loop.until(waiting.done)
    assert waiting.result() == b"request"


def test_c_programs_find_zmq_h(tmp_path: Path) -> None:
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if sys.platform == "win32" or shutil.which(compiler[0]) is None:
        pytest.skip("no C compiler")
    program = tmp_path / "program.c"
    program.write_text("#include <zmq.h>\nint push = ZMQ_PUSH;\nvoid *f(void) { return zmq_ctx_new(); }\n")
    folders = [f"-I{folder}" for folder in zmq.get_includes()]
    subprocess.run([*compiler, "-c", *folders, str(program), "-o", str(tmp_path / "o")], check=True)
    assert zmq.get_library_dirs() == [str(Path(zmq.__file__).parent)]


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="looks into capsules")
def test_every_function_that_can_be_cimported_is_there() -> None:
    name_of, pointer_in = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_in.restype, pointer_in.argtypes = ctypes.POINTER(ctypes.c_void_p), [ctypes.py_object, ctypes.c_char_p]
    capsules = vars(importlib.import_module("zmq.backend.libzmq"))["__pyx_capi__"]
    functions = {name: capsule for name, capsule in capsules.items() if name.startswith("zmq_")}
    assert {"zmq_errno", "zmq_msg_send", "zmq_socket_monitor_versioned", "zmq_device"} <= functions.keys()
    assert [name for name, one in functions.items() if not pointer_in(one, name_of(one)).contents.value] == []


def test_the_extension_is_not_linked_with_libzmq(library: Path) -> None:
    assert not [symbol for symbol in _undefined_symbols(library) if symbol.startswith("zmq_")]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into ELF files")
def test_of_our_modules_only_backend_libzmq_is_linked_with_libzmq() -> None:
    spec = importlib.util.find_spec("zmq.backend.libzmq")
    assert spec is not None
    assert spec.origin is not None
    door = Path(spec.origin)
    modules = sorted(door.parent.glob("*.so"))
    assert door in modules
    linked = {
        module.name.split(".")[0]
        for module in modules
        if any(symbol.startswith("zmq_") for symbol in _undefined_symbols(module))
    }
    assert linked in ({"libzmq"}, set())  # none if libzmq is built in
