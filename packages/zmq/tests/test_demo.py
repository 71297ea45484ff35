"""The demo loses no message, and detects failures."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import zmq

DEMO = Path(__file__).parents[3] / "examples" / "demo" / "run.py"
DEADLINE_S = 60.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables that redirect temporary files to a folder of the test, which shows files that are not removed."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))}


def command(*arguments: object) -> list[str]:
    """Return the command that runs the demo with all warnings as errors, also those for unclosed sockets."""
    return [sys.executable, "-X", "dev", "-W", "error", str(DEMO), *map(str, arguments)]


def run(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=environment,
        cwd=environment["TMPDIR"],
        check=False,
    )


@contextmanager
def running_demo(
    environment: dict[str, str], *arguments: object
) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """Start the demo and wait for its first line of progress; yield its process and the pids that it has printed."""
    pids: dict[str, int] = {}
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        deadline = threading.Timer(DEADLINE_S, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                pids.update((name, int(pid)) for name, pid in re.findall(r"([\w-]+) \(pid (\d+)\)", line))
                if line.startswith("["):
                    break
            yield process, pids
        finally:
            deadline.cancel()
            process.kill()


def left_behind(environment: dict[str, str]) -> list[Path]:
    """Return the temporary files that were not removed."""
    return list(Path(environment["TMPDIR"]).iterdir())


def assert_gone(pids: dict[str, int]) -> None:
    """Check that all processes have ended; their parent has waited for them, so their pids are free."""
    if sys.platform != "win32":  # there kill(pid, 0) ends the process
        for name, pid in pids.items():
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
                pytest.fail(f"{name} is left behind")


@pytest.fixture
def long_text(tmp_path: Path) -> Path:
    """A file that keeps the demo busy until the test interrupts it."""
    file = tmp_path / "long.txt"
    file.write_text("the quick brown fox\n" * 2_000_000)
    return file


@pytest.mark.parametrize("options", [[], ["--no-curve"]], ids=["curve", "no curve"])
def test_demo_loses_nothing(options: list[str], environment: dict[str, str]) -> None:
    done = run(environment, "--messages", 3000, "--workers", 2, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"source -> broker +tcp +3,000 +3,000 +0", done.stdout)
    assert re.search(r"broker -> workers +tcp +3,000 +3,000 +0", done.stdout)
    assert "Nothing was lost." in done.stdout
    assert "FAIL" not in done.stdout
    assert ("CURVE" in done.stdout) == (zmq.has("curve") and not options)
    assert ("turned away a client whose key it does not know" in done.stdout) == (zmq.has("curve") and not options)
    assert left_behind(environment) == []


def test_demo_shows_what_its_processes_log(environment: dict[str, str]) -> None:
    done = run(environment, "--messages", 1000, "--workers", 1)
    assert "  source    info     sent 1000 lines\n" in done.stdout
    assert "  worker-1  info     counted the words of 1000 lines\n" in done.stdout
    assert ("  service   info     denied CURVE from '127.0.0.1'" in done.stdout) == zmq.has("curve")


def test_demo_counts_words(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"To be,\nor not\n\nto be")
    (folder / "b.txt").write_bytes(b"not\r\n")
    (folder / "c.bin").write_bytes(b"\0no text\n")
    done = run(environment, "--path", folder, "--workers", 3)
    assert done.returncode == 0, done.stderr
    assert "found 5 lines in 2 files" in done.stdout
    assert "2 files, 25 bytes, 7 words, 4 of them distinct" in done.stdout


def test_demo_says_when_there_is_no_text(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    done = run(environment, "--path", folder)
    assert done.returncode == 1
    assert f"FAILED: there is no text in {folder}" in done.stderr


@pytest.mark.parametrize("name", ["broker", "worker-1", "sink"])
def test_demo_reports_a_killed_process(name: str, long_text: Path, environment: dict[str, str]) -> None:
    with running_demo(environment, "--path", long_text, "--messages", 2_000_000, "--workers", 2) as (process, pids):
        os.kill(pids[name], signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert f"FAILED: {name} (pid {pids[name]}) died" in stderr
    assert "Nothing was lost." not in stdout
    assert_gone(pids)
    assert left_behind(environment) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no Ctrl-C for one process")
def test_demo_ends_with_all_its_processes_on_ctrl_c(long_text: Path, environment: dict[str, str]) -> None:
    with running_demo(environment, "--path", long_text, "--messages", 2_000_000) as (process, pids):
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, stderr) == (130, "\nInterrupted: all processes ended.\n")
    assert_gone(pids)
    assert left_behind(environment) == []
