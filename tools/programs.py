"""The programs that ``tools/clients.py`` runs, their environments, and the excluded tests with the reasons."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """A script of ``tools/jobs`` that uses a program."""

    program: str
    environment: str
    script: str
    options: tuple[str, ...] = ()


class Suite(NamedTuple):
    """A program's own tests, from its sdist."""

    program: str
    environment: str
    options: tuple[str, ...] = ()
    installed: bool = True
    """Whether the program is installed, too; of pyzmq only the tests are used, and its package is removed."""
    left_out: dict[str, str] = {}  # noqa: RUF012 (a constant)
    """The excluded tests, each with the reason."""


PEER = "pyzmq==27.3.0"

_NO_THREAD = "looks at what waits in pyzmq's thread that frees memory: there is none here"
_TIMEOUTS_WORK = "wants a warning that timeouts do not work in zmq.green: they do here"

JOBS = {
    "map": Job("ipyparallel==9.2.0", "jupyter", "ipyparallel_map.py"),
    "tunnels": Job("ipyparallel==9.2.0", "jupyter", "ipyparallel_map.py", ("--tunnels",)),
    "workers": Job("locust==2.47.0", "jupyter", "locust_workers.py"),
    "spyder": Job("spyder-kernels==3.1.6", "spyder", "spyder_kernel.py"),
}

SUITES = {
    "pyzmq": Suite(
        PEER,
        "pyzmq",
        ("--import-mode=importlib", "--timeout=240"),
        installed=False,
        left_out={
            "tests/test_message.py::TestFrame::test_above_30": _NO_THREAD,
            "tests/test_message.py::TestFrame::test_lifecycle1": _NO_THREAD,
            "tests/test_message.py::TestFrame::test_lifecycle2": _NO_THREAD,
            "tests/test_socket.py::TestSocketGreen::test_warn_get_timeo": _TIMEOUTS_WORK,
            "tests/test_socket.py::TestSocketGreen::test_warn_set_timeo": _TIMEOUTS_WORK,
            "tests/test_log.py::TestPubLog::test_blank_root_topic": "does not wait for its subscription, and hangs at"
            " times: on pyzmq, too",
        },
    ),
    # pytest-asyncio is not one of its requirements, and breaks its tests
    "jupyter_client": Suite("jupyter_client==8.10.0", "jupyter", ("-p", "no:asyncio")),
    "ipykernel": Suite("ipykernel==7.4.0", "jupyter", ("-o", "asyncio_default_fixture_loop_scope=function")),
}

# Separate environments for programs with conflicting requirements or pytest plugins.
ENVIRONMENTS = {
    "jupyter": [
        "pytest>=8,<10",
        "pytest-asyncio>=0.23.5",
        "pytest-cov",
        "pytest-jupyter[client]>=0.6.2",
        "pytest-timeout",
        "anyio",
        "flaky",
        "msgpack",
        "psutil>=5.7",
        "tornado",
        "ipyparallel==9.2.0",
        "locust==2.47.0",
    ],
    "spyder": ["spyder-kernels==3.1.6", "psutil>=5.7"],
    "pyzmq": [  # its test-requirements.txt, and the optional imports of its tests
        "pytest>=8,<10",
        "pytest-asyncio>=0.23.5",
        "pytest-rerunfailures",
        "pytest-timeout",
        "anyio",
        "cffi",
        "cython>=3.1",
        "gevent",
        "mypy>=1.19",
        "numpy",
        "paramiko",
        "setuptools",
        "tornado",
        "types-cffi",
        "types-gevent",
        "types-paramiko",
        "types-pexpect",
        "types-setuptools",
        "types-tornado",
    ],
}
