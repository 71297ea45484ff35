"""Every supported way to install, each in a clean environment with a smoke test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nox

from sessions.environment import (
    DIST,
    PACKAGES,
    ROOT,
    from_dist,
    install,
    install_for_building,
    install_group,
    pytest,
    python_of,
    requires,
    sources,
    temporary,
    uninstall,
    wheel,
    wheels,
)


def alone(session: nox.Session, package: str) -> None:
    """Install one package with its requirements, from wheel and from sdist; uninstall it, and check the rest."""
    install(session, package)
    run(session, package)
    if package != "zmq-core":
        uninstall(session, package)
        run(session, *requires(package))
    sdist = wheels(session)[package].name.split("-")[0]
    sdist = str(next(DIST.glob(f"{sdist}-[0-9]*.tar.gz")))
    # built in isolation by the installer; its requirements come from the wheels in dist
    session.install("--no-cache", "--find-links", str(DIST), "--reinstall-package", package, sdist)
    run(session, package)


def editable(session: nox.Session) -> None:
    """Install all packages in place, except one as a wheel."""
    tree = temporary(session, "packages")
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / "packages", tree, ignore=shutil.ignore_patterns("build", "_build.py", "*.so", "tests"))
    ours = wheels(session)  # the build of other packages needs zmq-core
    for name in PACKAGES:
        if name != "zmq":
            one = [str(ours[name])] if name == "zmq-log" else ["--editable", str(tree / name)]
            session.install(*from_dist(), *one)
    run(session, *PACKAGES)


def bundled(session: nox.Session, *, drafts: bool) -> None:
    """Bundle libzmq, with and without drafts, on a machine without another libzmq."""
    found = sources(session)
    settings = {"ZMQ_BUNDLE": "1", **found, **({"ZMQ_DRAFTS": "1"} if drafts else {})}
    built = wheel(session, "zmq-core", temporary(session, "bundled"), settings)
    session.run("python", "tools/exports.py", str(built))
    test_without_libzmq(session, built)


def prefix(session: nox.Session) -> None:
    """Link with a libzmq in a prefix that pkg-config does not know."""
    place = temporary(session, "a prefix")
    if not make_prefix(place):
        session.skip("there is no libzmq of the system's to make a prefix from")
    nowhere = {"PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": str(place / "nothing")}
    built = wheel(session, "zmq-core", temporary(session, "prefixed"), {"ZMQ_PREFIX": str(place), **nowhere})
    session.install(str(built))
    said = str(session.run("python", "-I", "tools/smoke.py", silent=True))
    session.log(said)
    if sys.platform == "linux" and f"from ZMQ_PREFIX, {place}" not in said:
        session.error("it does not use the libzmq of the prefix")


def messages(session: nox.Session) -> None:
    """Build without a requirement, and check that the message names it and the cure."""
    for package in ("zmq-core", "zmq-devices"):
        install_for_building(session, package)
        session.run("python", "tools/messages.py", f"packages/{package}", str(temporary(session, package)))


def read_only(session: nox.Session) -> None:
    """Build from read-only sources."""
    tree = temporary(session, "packages")
    command = [str(ROOT / "tools" / "read_only"), str(tree)]
    tree.mkdir(exist_ok=True)
    if subprocess.run([*command, "true"], check=False).returncode:
        session.skip("cannot make a folder read-only here, which takes Linux and root")
    shutil.rmtree(tree)
    built = temporary(session, "wheels")
    shutil.rmtree(built, ignore_errors=True)
    for package in ("zmq-core", "zmq-devices"):
        shutil.copytree(ROOT / "packages" / package, tree / package, ignore=shutil.ignore_patterns("build", "tests"))
        install_for_building(session, package)
        build = f"import hatchling.build; hatchling.build.build_wheel({str(built)!r})"
        with session.chdir(tree / package):
            session.run(*command, python_of(session), "-I", "-c", build, external=True, silent=True)
    session.install("--reinstall", "--no-deps", *map(str, built.glob("*.whl")))
    run(session, "zmq-devices")


def repaired(session: nox.Session) -> None:
    """Put the system's libzmq into the wheel with auditwheel, and use it on a machine without another libzmq."""
    if sys.platform != "linux":
        session.skip("auditwheel is for Linux")
    install_group(session, "release")
    folder = DIST / "repaired"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("auditwheel", "repair", "--wheel-dir", str(folder), str(wheels(session)["zmq-core"]))
    test_without_libzmq(session, next(folder.glob("*.whl")))


def beside_pyzmq(session: nox.Session) -> None:
    """Install with pyzmq, in both orders: check the message and its cure; then install the stand-in for pyzmq."""
    install(session, "zmq")
    ours = [package for package in PACKAGES if package != "zmq"]
    session.install("--only-binary", "pyzmq", "pyzmq")
    session.run("python", "-I", "-m", "zmq_check", success_codes=[1])  # pyzmq installed last
    session.run("python", "-I", "-m", "zmq_check", "--stand-in-for-pyzmq", success_codes=[1])
    said = str(session.run("python", "-I", "-c", "import zmq.anyio", success_codes=[1], silent=True))
    if "pip uninstall pyzmq" not in said or not all(package in said for package in ours):
        session.error(f"it does not say what to do: {said}")
    wheels(session)
    session.install("--reinstall", "--no-deps", str(wheels(session)["zmq-core"]))
    session.run("python", "-I", "-c", "import zmq", success_codes=[1])  # zmq-core installed last
    uninstall(session, "pyzmq")
    session.install("--no-index", *from_dist(), "--reinstall", "--no-deps", *ours)
    run(session, *ours)
    session.run("python", "-I", "-m", "zmq_check", "--stand-in-for-pyzmq")
    session.install("--no-index", "pyzmq>=25")  # is there
    session.run("python", "-I", "-m", "zmq_check", "--remove-stand-in")


def frozen(session: nox.Session) -> None:
    """Freeze a program with PyInstaller, and run it."""
    install(session, "zmq")
    ask = "from sysconfig import get_config_var as v; print(v('Py_ENABLE_SHARED') or v('PYTHONFRAMEWORK') or '')"
    if os.name != "nt" and str(session.run("python", "-c", ask, silent=True)).strip() in {"", "0"}:
        session.skip("PyInstaller takes a Python with a shared library, and this one was built without")
    session.install("pyinstaller>=6", "tornado")
    folder = temporary(session, "frozen")
    shutil.rmtree(folder, ignore_errors=True)
    places = [f"--{name}={folder / name}" for name in ("distpath", "workpath", "specpath")]
    session.run("pyinstaller", "--noconfirm", "--log-level=WARN", *places, "tools/frozen.py")
    session.run(str(folder / "distpath" / "frozen" / "frozen"), external=True)


def hatch(session: nox.Session) -> None:
    """Run hatch version, hatch build and hatch test, of one file, in the folder of each package."""
    session.install("hatch")
    wheels(session)  # zmq-devices is built with zmq-core from dist
    versions = set()
    for name in PACKAGES:
        folder = ROOT / "packages" / name
        built = temporary(session, name)
        shutil.rmtree(built, ignore_errors=True)
        tests = min((folder / "tests").glob("test_*.py"), key=lambda path: path.stat().st_size)
        with session.chdir(folder):
            versions.add(str(session.run("hatch", "version", silent=True)).split()[-1])
            session.run("hatch", "build", str(built), silent=True)
            session.run("hatch", "test", str(tests.relative_to(folder)))
        if sorted(path.suffix for path in built.iterdir()) != [".gz", ".whl"]:
            session.error(f"hatch build of {name} made {list(built.iterdir())}")
    if len(versions) != 1:
        session.error(f"hatch version tells {versions}")


WAYS: dict[str, Callable[[nox.Session], None]] = {
    **{package: partial(alone, package=package) for package in PACKAGES},
    "editable": editable,
    "messages": messages,
    "prefix": prefix,
    "read-only": read_only,
    "bundled": partial(bundled, drafts=False),
    "drafts": partial(bundled, drafts=True),
    "repaired": repaired,
    "pyzmq": beside_pyzmq,
    "frozen": frozen,
}


def run(session: nox.Session, *packages: str) -> None:
    """Run the smoke test of *packages* in the session's environment, outside the sources."""
    added = [path for name in packages for path in (ROOT / "packages" / name / "src" / "zmq").glob("*/__init__.py")]
    core = ROOT / "packages" / "zmq-core"
    modules = [f"zmq.{path.parent.name}" for path in added if core not in path.parents]
    session.run("python", "-I", "tools/smoke.py", *modules)


def test_without_libzmq(session: nox.Session, built: Path) -> None:
    """Run zmq-core's tests from the wheel *built* in a mount namespace in which the system's libzmq is hidden."""
    install_group(session, "tests")
    session.install("--reinstall-package", "zmq-core", str(built))
    hide: tuple[str, ...] = (str(ROOT / "tools" / "without_libzmq"),)
    if subprocess.run([*hide, "true"], check=False).returncode:
        session.warn("cannot hide the system's libzmq here, which takes Linux and root: tested beside it")
        hide = ()
    session.run(*hide, python_of(session), "-I", "tools/smoke.py", external=True)
    pytest(session, "zmq-core", prefix=hide)


def make_prefix(place: Path) -> bool:
    """Copy the system's libzmq into a prefix; return whether the system has one."""
    if not shutil.which("pkg-config"):
        return False
    shutil.rmtree(place, ignore_errors=True)
    for variable, folder, pattern in (("includedir", "include", "zmq.h"), ("libdir", "lib", "libzmq*.[ds]*")):
        ask = ["pkg-config", f"--variable={variable}", "libzmq"]
        system = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
        files = list(Path(system).glob(pattern)) if system else []
        (place / folder).mkdir(parents=True)
        for file in files:
            shutil.copy(file, place / folder, follow_symlinks=False)
        if not files:
            return False
    return True
