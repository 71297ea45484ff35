"""Compile all modules for Windows and macOS with zig: they are not linked and not run.

    PYTHON tools/cross.py FOLDER ZMQ_H [TARGET...]

FOLDER gets what Cython and zig write; ZMQ_H is the folder of zmq.h; the targets are those of ``TARGETS``.  Python's
headers are those of PYTHON on this system.  Its configuration is taken for macOS as it is, for integers have the same
sizes there; that of Windows is below.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import zig

ROOT = Path(__file__).resolve().parent.parent
POINTERS = ROOT / "packages" / "zmq-core" / "cmake" / "pointers.cmake"
TARGETS = {"windows": zig.WINDOWS, "macos-arm64": zig.MACOS, "macos-x86_64": zig.MACOS_X86_64}
DIRECTIVES = ["binding=True", "boundscheck=False", "wraparound=False", "initializedcheck=False", "embedsignature=False"]
SOURCES = [str(folder) for folder in sorted(ROOT.glob("packages/*/src"))]
# What Python.h wants to know of 64-bit Windows.
PYCONFIG = """
#define MS_WINDOWS
#define MS_WIN32
#define MS_WIN64
#define NT_THREADS
#define WITH_THREAD
#define HAVE_STDDEF_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_WCHAR_H 1
#define PLATFORM "win32"
#define SIZEOF_VOID_P 8
#define SIZEOF_TIME_T 8
#define SIZEOF_OFF_T 4
#define SIZEOF_FPOS_T 8
#define SIZEOF_HKEY 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_PID_T 4
#define SIZEOF_WCHAR_T 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_SHORT 2
#define SIZEOF_DOUBLE 8
#define SIZEOF_FLOAT 4
#define SIZEOF__BOOL 1
#define ALIGNOF_SIZE_T 8
#define ALIGNOF_LONG 4
#define ALIGNOF_MAX_ALIGN_T 8
#ifndef Py_BUILD_CORE
#include <io.h>
#include <stdio.h>
typedef __int64 Py_ssize_t;
#define HAVE_PY_SSIZE_T 1
#define PY_SSIZE_T_MAX 9223372036854775807LL
#define PY_LLONG_MIN _I64_MIN
#define PY_LLONG_MAX _I64_MAX
#define PY_ULLONG_MAX _UI64_MAX
#endif
"""


def translate(pyx: Path, folder: Path) -> tuple[Path, str]:
    """Return the C file that Cython makes of a module, and what it said if it failed."""
    name = pyx.relative_to(next(parent for parent in pyx.parents if parent.name == "src"))
    c = folder / "c" / name.with_suffix(".c")
    c.parent.mkdir(parents=True, exist_ok=True)
    options = [part for directive in DIRECTIVES for part in ("-X", directive)]
    options += [part for source in SOURCES for part in ("-I", source)]
    options += ["-I", str(folder), "--module-name", ".".join(name.with_suffix("").parts)]
    return c, _run([sys.executable, "-m", "cython", "-3", *options, str(pyx), "-o", str(c)])


def compile_for(target: zig.Target, c: Path, includes: list[Path]) -> str:
    """Compile one file for *target*; return what the compiler said if it failed."""
    folders = [f"-I{folder}" for folder in [*includes, *SOURCES]]
    # as in a bundled build; warnings of generated code are those of other compilers, too
    options = ["-c", "-O1", "-w", "-DZMQ_STATIC", *folders, str(c), "-o", str(c.with_suffix(f".{target.triple}.o"))]
    return _run([*zig.compiler(target), *options])


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{command[-3]}\n{done.stdout}{done.stderr}" if done.returncode else ""


def main() -> int:
    """Compile, and tell how many modules each target has; return 1 if one does not compile."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("zmq_h", type=Path)
    parser.add_argument("targets", nargs="*", default=list(TARGETS))
    arguments = parser.parse_args()
    modules = sorted(ROOT.glob("packages/*/src/**/*.pyx"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    # Copies, without the folders that have headers of this machine's libraries, too.
    headers, windows = arguments.folder / "headers", arguments.folder / "windows"
    for folder in (headers, windows):
        folder.mkdir(exist_ok=True)
    shutil.copy2(arguments.zmq_h / "zmq.h", headers)
    # what the build writes before Cython runs
    subprocess.run(["cmake", "-P", str(POINTERS)], cwd=arguments.folder, check=True)
    python = Path(sysconfig.get_path("include"))
    shutil.copytree(python, windows, dirs_exist_ok=True)
    (windows / "pyconfig.h").write_text(PYCONFIG)
    failures = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        translated = list(pool.map(partial(translate, folder=arguments.folder), modules))
        failures += [said for _, said in translated if said]
        files = [c for c, said in translated if not said]
        for name in arguments.targets:
            target = TARGETS[name]
            includes = [headers, windows if target.system == "Windows" else python]
            said = [words for words in pool.map(partial(compile_for, target, includes=includes), files) if words]
            print(f"{name}: {len(files) - len(said)} of {len(modules)} modules compile", flush=True)
            failures += said
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
