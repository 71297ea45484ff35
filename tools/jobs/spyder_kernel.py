"""A job for spyder-kernels: start the kernel of Spyder's console, run code in it, interrupt it and shut it down.

On success it prints one line; on failure the last line is the reason, and the exit status is 1.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from job import children, deadline, end, expect
from jupyter_client.manager import KernelManager  # type: ignore[import-not-found]

import zmq

DEADLINE_S = 120
WAIT_S = 60  # for one reply
ENDING_S = 20

SAYS = "import zmq, spyder_kernels; print(zmq.__version__, zmq.__file__, spyder_kernels.__version__)"
WAITS = "import time\nprint('started', flush=True)\ntime.sleep(600)"


class SpyderKernel(KernelManager):  # type: ignore[misc]
    """Starts Spyder's kernel instead of an installed kernel spec."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the command line."""
        more = extra_arguments or []
        return [sys.executable, "-m", "spyder_kernels.console", "-f", self.connection_file, *more]


def main() -> None:
    """Run a kernel, and print the result."""
    with deadline(DEADLINE_S), tempfile.TemporaryDirectory() as folder:
        kernel = SpyderKernel(connection_file=str(Path(folder) / "kernel.json"))
        kernel.start_kernel()
        started = children()
        client = kernel.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=WAIT_S)
            said = printed(client, SAYS)
            version, file, spyder = said.split()
            expect([version, file] == [zmq.__version__, zmq.__file__], f"this zmq in the kernel, not {version}, {file}")
            interrupt(kernel, client)
            expect(printed(client, "print(6 * 7)") == "42\n", "an answer after the interrupt")
        finally:
            client.stop_channels()
            kernel.shutdown_kernel()
            end(started, ENDING_S)
    print(f"a kernel of spyder-kernels {spyder} answers, is interrupted, and ends")


def printed(client: Any, code: str) -> str:
    """Run *code* in the kernel; return its output."""
    texts: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            texts.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=WAIT_S, output_hook=keep)
    expect(reply["content"]["status"] == "ok", f"{code!r} to run, not {reply['content']}")
    return "".join(texts)


def interrupt(kernel: Any, client: Any) -> None:
    """Interrupt code that waits."""

    def when_started(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and "started" in message["content"]["text"]:
            kernel.interrupt_kernel()

    reply = client.execute_interactive(WAITS, timeout=WAIT_S, output_hook=when_started)
    expect(reply["content"].get("ename") == "KeyboardInterrupt", f"KeyboardInterrupt, not {reply['content']}")


if __name__ == "__main__":
    main()
