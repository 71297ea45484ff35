"""Devices in the background: in a new thread or a new process."""

from __future__ import annotations

import ctypes
import multiprocessing
import pickle
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

import zmq
from zmq.backend.native import Event, Thread
from zmq.devices._device import Device, Stopper
from zmq.devices._specs import release_all_but
from zmq.devices._statistics import SIZE

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BackgroundDevice", "ProcessDevice", "ThreadDevice"]


class BackgroundDevice(Device):
    """A device that runs in the background; start() returns when it runs.

    A with statement starts the device, unless it runs already, and stops and joins it at the end.
    """

    launcher: Thread | multiprocessing.Process | None = None
    """The thread or process in which the device runs; None before ``start()``."""

    def __enter__(self) -> Self:
        if not self.is_alive():
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join()

    @property
    def done(self) -> bool:
        """Whether the device was started and has ended."""
        return self.launcher is not None and not self.launcher.is_alive()

    def is_alive(self) -> bool:
        """Return whether the device was started and has not ended."""
        return self.launcher is not None and self.launcher.is_alive()

    def start(self) -> None:
        """Start the device, and return when all its sockets are bound and connected.

        Raises:
            ZMQError: A socket cannot be created, bound or connected; the device has ended.
            RuntimeError: The device runs already.
        """
        raise NotImplementedError

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended; *done* tells whether it has.

        Args:
            timeout: Longest wait in seconds; None waits for ever.

        Raises:
            RuntimeError: The device was not started.
        """
        if self.launcher is None:
            raise RuntimeError(f"cannot join {self!r}: it was not started; call start() first")
        self.launcher.join(timeout)


class ThreadDevice(BackgroundDevice):
    """A Device that runs in a new thread; the thread is native even if gevent has replaced threads by greenlets.

    Example::

        from zmq.devices import ThreadDevice

        device = ThreadDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
        clients_port = device.bind_in_to_random_port("tcp://127.0.0.1")
        workers_port = device.bind_out_to_random_port("tcp://127.0.0.1")
        device.start()
        with zmq.Context() as context, context.socket(zmq.REP) as worker, context.socket(zmq.REQ) as client:
            worker.connect(f"tcp://127.0.0.1:{workers_port}")
            client.connect(f"tcp://127.0.0.1:{clients_port}")
            client.send(b"hello")
            worker.send(worker.recv())
            print(client.recv())
        device.stop()
    """

    _launch_class: type[Thread] = Thread

    def start(self) -> None:
        self._begin()
        running = Event()
        errors: list[BaseException] = []
        self._announce = running.set
        if self._runs_its_own_way():
            running.set()
        thread = self._launch_class(target=self._launch, args=[running, errors], daemon=self.daemon)
        try:
            thread.start()
        except BaseException:
            self._end()
            raise
        self.launcher = thread
        try:
            running.wait()
        except BaseException:
            self.stop()  # a signal handler raised: the caller does not get a running device
            thread.join()
            raise
        if errors:
            thread.join()
            raise errors[0]

    def _launch(self, running: Event, errors: list[BaseException]) -> None:
        try:
            self.run()
        except BaseException as error:
            if running.is_set():
                raise  # start() has returned: threading.excepthook reports it
            errors.append(error)
        finally:
            running.set()  # also if the context was terminated before the device ran


class DeviceProcess(multiprocessing.Process):
    """Holds a reference to the stopper: the device may be collected, and a collected stopper ends the process."""

    stopper: Stopper | None = None


class ProcessDevice(BackgroundDevice):
    """A Device that runs in a new process, which is started with the start method of ``multiprocessing``.

    The process ends when its parent ends, and without a traceback on Ctrl-C.  With ``spawn`` and ``forkserver`` it gets
    a pickled copy of the device: a subclass and its context_factory must be importable then.
    """

    context_factory: Callable[..., zmq.Context[Any]] = zmq.Context

    _launch_class: type[DeviceProcess] = DeviceProcess

    def start(self) -> None:
        self._begin()
        try:
            self._counters = multiprocessing.RawArray(ctypes.c_char, SIZE)
            reader, writer = multiprocessing.Pipe(duplex=False)
            with reader:
                with writer:
                    arguments = (self._stopping, writer)
                    launcher = self._launch_class(target=self._run_in_process, args=arguments, daemon=self.daemon)
                    launcher.start()
                self._close_sockets()  # the child has its own copies
                self.launcher = launcher
                launcher.stopper = self._stopper
                report = self._wait_for(reader, launcher)
        except BaseException:
            self._end()
            raise
        for spec, endpoints in zip(self._specs(), report, strict=True):
            if spec is not None:
                spec.endpoints = endpoints

    def _wait_for(self, reader: Connection[Any, Any], launcher: DeviceProcess) -> list[list[str]]:
        """Return the endpoints of each socket that the process reports, or raise the error that it reports."""
        report: list[list[str]] | BaseException | None = None
        try:
            wait([reader, launcher.sentinel])
            if reader.poll():
                report = reader.recv()
        except EOFError:
            pass
        except BaseException:
            self.stop()
            launcher.join()
            raise
        if isinstance(report, list):
            return report
        launcher.join()
        if report is None:
            code = launcher.exitcode
            raise RuntimeError(f"the process of the device ended before it ran, with exit code {code}")
        raise report

    def _run_in_process(self, stopping: socket.socket, writer: Connection[Any, Any]) -> None:
        """Run the device: the target function of the process."""
        if self._stopper is not None:
            self._stopper.close()  # inherited through fork: only the parent may hold it, so that its end is noticed
        release_all_but(self._specs())
        self._stopping = stopping

        def announce() -> None:
            if not writer.closed:
                writer.send([[] if spec is None else spec.endpoints for spec in self._specs()])
                writer.close()

        self._announce = announce
        if self._runs_its_own_way():
            announce()
        try:
            self.run()
        except KeyboardInterrupt:
            pass  # Ctrl-C in a terminal reaches all processes; the parent reports it
        except BaseException as error:
            if writer.closed:
                raise
            writer.send(_portable(error))
        else:
            announce()  # the context was terminated before the device ran

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the attributes that belong to this process."""
        ours = {"launcher", "_ended", "_sockets", "_context", "_stopper", "_stopping", "_announce"}
        return {name: value for name, value in vars(self).items() if name not in ours}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the state in the new process."""
        self._reset()
        vars(self).update(state)


def _portable(error: BaseException) -> BaseException:
    """Return *error*, or a RuntimeError with its text if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    except Exception:  # noqa: BLE001 (whatever its class does)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
