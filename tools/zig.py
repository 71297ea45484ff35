"""zig as a C and C++ compiler for other systems: folders with commands for CMake, and what a build needs to know.

``ziglang`` of the package index brings the compiler, the headers and the C libraries of all targets.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

COMMANDS = {"cc": "cc", "c++": "c++", "ar": "ar", "ranlib": "ranlib"}


class Target(NamedTuple):
    """A system to compile for."""

    triple: str
    """zig's name of it; after gnu the oldest glibc."""
    processor: str
    """CMake's name of the processor."""
    system: str
    """CMake's name of the system."""
    platform: str = ""
    """The platform tag of its wheels."""
    abi: str = ""
    """What follows the version in the names of modules."""
    libc: str = ""
    """The name by which its wheels need the C library, where zig's linker writes another."""

    @property
    def suffix(self) -> str:
        """The end of the names of modules for this Python."""
        abi = self.abi
        if sys.version_info < (3, 11):  # takes musl for glibc there
            abi = abi.replace("-musl", "-gnu")
        return f".{sys.implementation.cache_tag}-{abi}.so"


MANYLINUX = Target(
    "x86_64-linux-gnu.2.17", "x86_64", "Linux", "manylinux2014_x86_64.manylinux_2_17_x86_64", "x86_64-linux-gnu"
)
MANYLINUX_ARM64 = Target(
    "aarch64-linux-gnu.2.17", "aarch64", "Linux", "manylinux2014_aarch64.manylinux_2_17_aarch64", "aarch64-linux-gnu"
)
MUSLLINUX = Target(
    "x86_64-linux-musl",
    "x86_64",
    "Linux",
    "musllinux_1_2_x86_64",
    "x86_64-linux-musl",
    "libc.musl-x86_64.so.1",
)
WINDOWS = Target("x86_64-windows-gnu", "AMD64", "Windows")
MACOS = Target("aarch64-macos", "arm64", "Darwin")
MACOS_X86_64 = Target("x86_64-macos", "x86_64", "Darwin")


def compiler(target: Target, command: str = "cc") -> list[str]:
    """Return the command line that compiles for *target*."""
    return [sys.executable, "-m", "ziglang", command, "-target", target.triple]


def toolchain(target: Target, folder: Path) -> Path:
    """Write scripts for the compilers of *target* into a folder, and return it."""
    folder = folder / target.triple
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in COMMANDS.items():
        line = compiler(target, command) if name in {"cc", "c++"} else [sys.executable, "-m", "ziglang", command]
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join(line)} "$@"\n')
        script.chmod(0o755)
    return folder


def environment(target: Target, tools: Path, cache: Path, build: Path) -> dict[str, str]:
    """Return the variables with which the build backend makes a wheel for *target*."""
    options = [
        f"-DCMAKE_SYSTEM_NAME={target.system}",
        f"-DCMAKE_SYSTEM_PROCESSOR={target.processor}",
        *(f"-DCMAKE_{tool.upper()}={tools / tool}" for tool in ("ar", "ranlib")),
        "-DCMAKE_STRIP=",  # the linker does it
        "-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY",  # nothing of this machine
    ]
    return {
        "CC": str(tools / "cc"),
        "CXX": str(tools / "c++"),
        "LDFLAGS": "-Wl,-s",
        "SKBUILD_CMAKE_ARGS": ";".join(options),
        "_PYTHON_HOST_PLATFORM": f"linux-{target.processor}",
        "SETUPTOOLS_EXT_SUFFIX": target.suffix,
        "SKBUILD_BUILD_DIR": str(build),
        "ZMQ_BUNDLE": "1",
        "ZIG_GLOBAL_CACHE_DIR": str(cache),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
