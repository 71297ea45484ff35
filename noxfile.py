"""The sessions: `nox -l` lists them; `python3 dev.py SESSION` runs one on a new machine.

Each is a few commands here; what takes more is in tools/sessions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

sys.path.append(str(Path(__file__).parent / "tools"))
from sessions import free_threaded, on_pypy, portable, published, races, sanitized, typed, unstable
from sessions import smoke as installations
from sessions.environment import (
    PACKAGES,
    PYENV,
    ROOT,
    install,
    install_for_building,
    install_group,
    prepare,
    pytest,
    python_of,
    run_cases,
    temporary,
    wheels,
)

# A new Python is one line here. The packages are the folders of packages/.
PYTHONS = [
    "3.10",
    "3.11",
    "3.12",
    "3.13",
]
NEWEST = [  # used wherever they are found; the session newest brings them
    "3.14",
    "3.15",
]

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.sessions = ["tests"]
# A machine with pyenv must have every Python of the list; another machine is tested with those that it has.
nox.options.error_on_missing_interpreters = "CI" in os.environ and PYENV.is_dir()
prepare()
free_threaded.find_own()
THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"
PYTHONS += [python for python in NEWEST if python == THIS or shutil.which(f"python{python}")]


@nox.session(python=PYTHONS)
def build(session: nox.Session) -> None:
    """Build wheels and sdists of every package into dist/."""
    wheels(session)


@nox.session(python=PYTHONS)
@nox.parametrize("package", PACKAGES, ids=PACKAGES)
def tests(session: nox.Session, package: str) -> None:
    """Run one package's tests against its wheel; `-- zmq-core -k name` picks packages, the rest goes to pytest."""
    wanted = [arg for arg in session.posargs if arg in PACKAGES]
    if wanted and package not in wanted:
        session.skip(f"only {', '.join(wanted)} was asked for")
    # The snippets of the manual run with the package zmq.
    install(session, package, "snippets" if package == "zmq" else "tests", extras=True)
    pytest(session, package, *(arg for arg in session.posargs if arg not in PACKAGES))


@nox.session(python=False)
def newest(session: nox.Session) -> None:
    """Run the tests on the newest Pythons and libzmq, in a Debian unstable system in .cache; as root on Debian.

    Arguments after -- are Pythons, then those of the session tests: `-- 3.14 zmq-core -k name`.
    """
    pythons = [arg for arg in session.posargs if arg in NEWEST] or NEWEST
    unstable.run_tests(session, pythons, [arg for arg in session.posargs if arg not in NEWEST])


@nox.session(python=False)
def pypy(session: nox.Session) -> None:
    """Run the tests on PyPy, in a Debian unstable system in .cache; as root on Debian.

    Arguments after -- are packages, then those of pytest: `-- zmq-core -k name`.
    """
    on_pypy.run_tests(session)


@nox.session(python=free_threaded.PYTHONS)
def freethreaded(session: nox.Session) -> None:
    """Run the tests without the GIL, on each free-threaded Python of PATH; arguments as for the session tests."""
    free_threaded.run_tests(session)


@nox.session(python=False)
def free_threaded_python(session: nox.Session) -> None:
    """Build a free-threaded CPython into .cache, where the session freethreaded finds it; on Debian."""
    free_threaded.build_python(session)


@nox.session(name="sanitized")
def watched_memory(session: nox.Session) -> None:
    """Run the tests of what is compiled with AddressSanitizer and UBSan in it; arguments as for the session tests."""
    sanitized.run_tests(session)


@nox.session(name="races", python=free_threaded.PYTHONS[0])
def watched_threads(session: nox.Session) -> None:
    """Run zmq-core's tests of threads without the GIL, with ThreadSanitizer in the interpreter, libzmq and zmq-core."""
    races.run_tests(session)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo."""
    install(session, "zmq")
    session.run("python", "examples/demo/run.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling, words and workflows: ruff, ruff format, cython-lint, codespell, actionlint."""
    install_group(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    cython = [str(path) for suffix in ("pyx", "pxd") for path in sorted(ROOT.glob(f"packages/*/src/**/*.{suffix}"))]
    session.run("cython-lint", *cython)
    session.run("codespell")
    # words for people that do not name programs, threads or peers, and what to write instead
    session.run("codespell", "--dictionary", "tools/words.txt")
    if sys.platform == "linux":
        session.run("actionlint")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: mypy --strict and pyright on the sources, both and stubtest on the installed wheels."""
    install(session, "zmq", "typing")
    typed.check_sources(session)
    typed.check_wheels(session)


@nox.session
def contract(session: nox.Session) -> None:
    """Compare the installed wheels with the API contract in the folder given after --."""
    install(session, "zmq", "tests")  # with the libraries of the extras
    session.run("python", "tools/contract.py", *session.posargs)


@nox.session(python=PYTHONS)
def cases(session: nox.Session) -> None:
    """Run the test programs in the files given after --: correctness of the binding."""
    run_cases(session)


@nox.session
def claims(session: nox.Session) -> None:
    """Run the test programs on one Python: promises of the documentation."""
    run_cases(session)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the manual into docs/_build, warnings are errors; `-- serve` shows it, `-- linkcheck` tries its links."""
    install(session, "zmq", "docs", extras=True)
    out = ROOT / "docs" / "_build"
    session.run("python", "-I", "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html", "docs", str(out))
    session.log(f"the manual is in {(out / 'index.html').relative_to(ROOT)}")
    if "linkcheck" in session.posargs:  # to other sites, over the network; those within the manual were checked above
        session.run("python", "-I", "-m", "sphinx", "-q", "-b", "linkcheck", "docs", str(out / "linkcheck"))
    if "serve" in session.posargs:
        session.run("python", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(out), "8000")


@nox.session
def bench(session: nox.Session) -> None:
    """Compare the speed with pyzmq, pyomq and plain C; arguments after -- go to benchmarks/run.py."""
    install(session, "zmq")
    sides = ["--ours", python_of(session)]
    for option, distributions in (("--peer", ["pyzmq", "gevent"]), ("--pyomq", ["pyomq"])):
        folder = temporary(session, option.strip("-"))
        session.run("python", "-m", "venv", "--clear", str(folder))
        python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
        install_peer = [python, "-m", "pip", "install", "-q", "--only-binary", ",".join(distributions), *distributions]
        if subprocess.run(install_peer, check=False).returncode == 0:
            sides += [option, python]
        elif option == "--peer":
            session.error("pyzmq cannot be installed, so there is nothing to compare with")
    session.run("python", "benchmarks/run.py", *sides, *session.posargs)


@nox.session
def clients(session: nox.Session) -> None:
    """Run programs for pyzmq, and its own tests, on our wheels: see tools/programs.py; `-- --peer` compares."""
    session.install("pip")  # downloads sdists; uv's environments have none
    session.run("python", "tools/clients.py", *map(str, wheels(session).values()), *session.posargs)


@nox.session
@nox.parametrize("how", list(installations.WAYS), ids=list(installations.WAYS))
def smoke(session: nox.Session, how: str) -> None:
    """Install in a clean environment, in every supported way, and run a smoke test."""
    installations.WAYS[how](session)


@nox.session
def hatch(session: nox.Session) -> None:
    """Run hatch version, hatch build and hatch test, of one file, in the folder of each package."""
    installations.hatch(session)


@nox.session
def cibuildwheel(session: nox.Session) -> None:
    """Build the wheels that are published, on one platform, into dist/; the arguments after -- go to cibuildwheel.

    `-- list` lists those of all machines of the workflow, and checks that no Python is missing.
    """
    install_group(session, "cibuildwheel")
    if session.posargs == ["list"]:
        published.list_all(session)
    else:
        published.build(session)


@nox.session(name="wheels", python=PYTHONS)
def portable_wheels(session: nox.Session) -> None:
    """Build wheels for many Linux systems with zig into dist/portable, audit and test them; `-- x86_64` picks one."""
    portable.build(session)


@nox.session
def cross(session: nox.Session) -> None:
    """Compile all modules for Windows and macOS with zig, without linking; `-- windows` picks one."""
    portable.compile_for_others(session)


@nox.session
def reproducible(session: nox.Session) -> None:
    """Build packages twice, in two folders, and compare the bytes; `-- zmq-log` picks one."""
    install_for_building(session, "zmq-devices")  # which needs most
    session.run("python", "tools/reproducible.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Set or check all versions, or build what is published: `-- set 28.1.0`, `-- check v28.1.0`, `-- build`."""
    install_group(session, "build")
    session.run("python", "tools/release.py", *session.posargs)
