"""Build without a requirement, and check the message: ``python tools/messages.py PACKAGE FOLDER``.

PACKAGE is the folder of zmq-core or zmq-devices, whose build requirements are installed.  The builds run in a copy of
it in FOLDER.  Each build must fail, and its output must end with our message, which names the cure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BUILD = "import hatchling.build; hatchling.build.build_wheel('built')"
MOST_LINES = {"zmq-core": 20, "zmq-devices": 40}  # with the latter, CMake's output precedes the message


class Case(NamedTuple):
    """A missing requirement: how it is hidden, and the texts that the message must contain."""

    name: str
    environment: dict[str, str]
    said: list[str]


NO_C = {"CC": "/missing/cc"}
NO_CXX = {"CXX": "/missing/c++"}
OLD_C = {"CFLAGS": "-std=c89 -pedantic-errors"}
OLD_CXX = {"CXXFLAGS": "-std=c++98"}
NO_HEADERS = {"CMAKE_ARGS": "-DPython_INCLUDE_DIR=/missing"}
NO_SYSTEM = {"PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": "/missing"}
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:1")
BUNDLE = {"ZMQ_BUNDLE": "1"}
OLD = {"PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": "{old}/lib"}
OURS = ("ZMQ_", "LIBZMQ_", "LIBSODIUM_", "CMAKE_")
HERE = str(Path(__file__).parent)

C_COMPILER = Case("a C compiler", NO_C, ["a C compiler", "/missing/cc", "apt-get install gcc"])
HEADERS = Case("Python.h", NO_HEADERS, ["header files of Python", "/missing/Python.h", "apt-get install python3."])
# Another interpreter than the one that runs the build, because the packages for building may not exist for it.
OLD_PYTHON = [
    Case(
        "a recent Python",
        {"CMAKE_ARGS": f"-DPython_EXECUTABLE={path}"},
        ["needs Python 3.10 or later", f"{path} is 3."],
    )
    for path in filter(None, map(shutil.which, ("python3.9", "python3.8")))
    if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0  # no shim of pyenv's
][:1]
CASES = {
    "zmq-core": [
        C_COMPILER,
        Case(
            "a recent C compiler",
            OLD_C,
            ["knows C11", "with -std=c89 -pedantic-errors, does not", "apt-get install gcc"],
        ),
        *OLD_PYTHON,
        HEADERS,
        Case("two things", {**NO_C, **NO_HEADERS}, ["a C compiler", "header files", "install gcc libc6-dev python3."]),
        Case("libzmq", {**NO_SYSTEM, "ZMQ_BUNDLE": "0"}, ["libzmq 4.3.4 or later", "libzmq3-dev", "ZMQ_PREFIX"]),
        Case(
            "a libzmq that is new enough", {**OLD, "ZMQ_BUNDLE": "0"}, ["4.3.4 or later", "the 4.3.3 here is too old"]
        ),
        Case("one in the prefix", {"ZMQ_PREFIX": "{old}"}, ["needs libzmq 4.3.4 or later, but", "zmq.h is 4.3.3"]),
        Case("libzmq and a C++ compiler", {**NO_SYSTEM, **NO_CXX}, ["libzmq3-dev", "With a C++ compiler"]),
        Case("a C++ compiler", {**BUNDLE, **NO_CXX}, ["a C++ compiler", "/missing/c++", "apt-get install g++"]),
        Case(
            "a recent C++ compiler",
            {**BUNDLE, **OLD_CXX},
            ["knows C++11", "with -std=c++98, does not", "apt-get install g++"],
        ),
        Case("a prefix", {"ZMQ_PREFIX": "/missing"}, ["ZMQ_PREFIX is /missing", "include/zmq.h"]),
        Case("the network", {**BUNDLE, **NO_NETWORK}, ["could not be downloaded", "libzmq3-dev", "LIBSODIUM_SOURCE"]),
        Case(
            "a tarball",
            {**BUNDLE, "LIBSODIUM_SOURCE": "/missing.tar.gz"},
            ["there is no /missing.tar.gz, which LIBSODIUM_SOURCE"],
        ),
        Case("what a tarball has", {**BUNDLE, "LIBSODIUM_SOURCE": __file__}, [f"{__file__} cannot be unpacked"]),
        Case("a source tree", {**BUNDLE, "LIBSODIUM_SOURCE": HERE}, ["no source tree of libsodium"]),
    ],
    "zmq-devices": [C_COMPILER, *OLD_PYTHON, HEADERS],
}


def main(package: Path, folder: Path) -> int:
    """Print the problems; return 1 if there are any."""
    wrong = 0
    old = make_old_libzmq(folder / "old")
    for case in CASES[package.name]:
        tree = folder / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(package, tree, ignore=shutil.ignore_patterns("build", "tests", "*.so", "_build.py"))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        wanted = {name: value.format(old=old) for name, value in case.environment.items()}
        done = subprocess.run(
            [sys.executable, "-I", "-c", BUILD],
            cwd=tree,
            env={**inherited, **wanted},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        message = done.stdout[done.stdout.rfind(f"{package.name} cannot be built") :].rstrip()
        missed = [text for text in case.said if text not in message]
        lines = done.stdout.count("\n")
        if done.returncode == 0 or missed or lines > MOST_LINES[package.name]:
            wrong = 1
            print(f"--- without {case.name}: exit status {done.returncode}, {lines} lines, not said: {missed}")
            print(done.stdout)
        else:
            print(f"without {case.name}:\n  " + message.replace("\n", "\n  "))
    return wrong


def make_old_libzmq(prefix: Path) -> Path:
    """Make a prefix of which only the version counts: that before the oldest libzmq that the build accepts."""
    for name, text in {
        "include/zmq.h": "".join(f"#define ZMQ_VERSION_{part}\n" for part in ("MAJOR 4", "MINOR 3", "PATCH 3")),
        "lib/libzmq.a": "",
        "lib/libzmq.pc": f"Name: libzmq\nDescription: old\nVersion: 4.3.3\nCflags: -I{prefix}/include\nLibs: -lzmq\n",
    }.items():
        (prefix / name).parent.mkdir(parents=True, exist_ok=True)
        (prefix / name).write_text(text)
    return prefix


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:])))
