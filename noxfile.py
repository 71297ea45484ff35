"""The sessions: `nox -l` lists them; `python3 dev.py SESSION` runs one on a new machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import nox

# A new package or Python is one line here. Packages are in dependency order.
PACKAGES = [
    "zmq",
    "zmq-core",
    "zmq-devices",
    "zmq-eventloop",
    "zmq-auth",
    "zmq-green",
    "zmq-log",
    "zmq-ssh",
]
PYTHONS = [
    "3.10",
    "3.11",
    "3.12",
    "3.13",
]
ACROSS = ["benchmarks", "tools"]  # tests that span packages: run with zmq, which brings them all
DEMO = "examples/demo/run.py"
BENCHMARKS = "benchmarks/run.py"

ROOT = Path(__file__).parent
WORDS = ROOT / "tools" / "words.txt"
"""Words for people that do not name programs, threads or peers, and what to write instead."""
DIST = ROOT / "dist"
PROJECT = nox.project.load_toml("pyproject.toml")
# The variables that decide how zmq-core is linked: a wheel built with other values is not reused.
BUILD_VARIABLES = ["ZMQ_PREFIX", "ZMQ_BUNDLE", "ZMQ_DRAFTS", "LIBZMQ_SOURCE", "LIBSODIUM_SOURCE", "PKG_CONFIG_PATH"]
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
# Retries, because a package index may fail temporarily.
PATIENCE = {"UV_HTTP_TIMEOUT": "120", "UV_HTTP_RETRIES": "8", "PIP_DEFAULT_TIMEOUT": "60", "PIP_RETRIES": "8"}

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.sessions = ["tests"]
# A machine with pyenv must have every Python of the list; another machine is tested with those that it has.
nox.options.error_on_missing_interpreters = "CI" in os.environ and PYENV.is_dir()


def _prepare_environment() -> None:
    """Make nox and uv find pyenv's interpreters, and the package index of pip's configuration."""
    # Newest first, then the rest of PATH: pyenv's shims work only for the activated versions.
    found = sorted(PYENV.glob("3.*/bin"), key=lambda path: [int(n) for n in path.parent.name.split(".") if n.isdigit()])
    os.environ["PATH"] = os.pathsep.join([*map(str, reversed(found)), os.environ["PATH"]])
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    settings = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    for line in settings.stdout.splitlines():
        name, _, value = line.partition("=")
        if name.endswith(".index-url"):
            os.environ.setdefault("UV_DEFAULT_INDEX", value.strip("'\""))
        elif name.endswith(".cert"):
            os.environ.setdefault("SSL_CERT_FILE", value.strip("'\""))


_prepare_environment()


@nox.session(python=PYTHONS)
def build(session: nox.Session) -> None:
    """Build wheels and sdists of every package into dist/; unchanged packages are kept."""
    for package in PACKAGES:
        _wheel(session, package)


@nox.session(python=PYTHONS)
@nox.parametrize("package", PACKAGES, ids=PACKAGES)
def tests(session: nox.Session, package: str) -> None:
    """Run one package's tests against its wheel; `-- zmq-core -k name` picks packages, the rest goes to pytest."""
    wanted = [arg for arg in session.posargs if arg in PACKAGES]
    if wanted and package not in wanted:
        session.skip(f"only {', '.join(wanted)} was asked for")
    # The snippets of the manual run with the package zmq.
    _install(session, package, groups=["snippets" if package == "zmq" else "tests"], extras=True)
    _pytest(session, package, *(arg for arg in session.posargs if arg not in PACKAGES))


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo."""
    _install(session, "zmq")
    session.run("python", DEMO, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling and words: ruff, ruff format, cython-lint, codespell."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    cython = [str(path) for suffix in ("pyx", "pxd") for path in sorted(ROOT.glob(f"packages/*/src/**/*.{suffix}"))]
    session.run("cython-lint", *cython)
    session.run("codespell")
    session.run("codespell", "--dictionary", str(WORDS))


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: mypy --strict and pyright on the sources, both and stubtest on the installed wheels."""
    _install(session, "zmq", groups=["typing"])
    sources = _in_packages("src")
    scripts = ["noxfile.py", "dev.py", "packages/conftest.py"]
    tests = [[path] for path in _in_packages("tests")]
    hooks = [[path] for path in _in_packages("hatch_build.py")]  # all with one module name
    for paths in (sources, scripts, *tests, *hooks):
        session.run("mypy", *paths, env={"MYPYPATH": os.pathsep.join(sources)})
    # scripts that import modules of their folder
    for bases in (["examples", "examples/demo"], ["benchmarks"], ["tools", "tools/jobs"]):
        session.run("mypy", bases[0], env={"MYPYPATH": os.pathsep.join([*sources, *bases])})
    python = str(shutil.which("python", path=session.bin))
    # One merged tree: pyright looks for all of zmq in the folder of zmq/__init__.py.
    tree = _temporary(session, "sources").resolve()
    shutil.rmtree(tree, ignore_errors=True)
    for path in sources:
        shutil.copytree(path, tree, dirs_exist_ok=True)
    base = os.path.relpath(ROOT / "pyproject.toml", tree)
    # pyright's default excludes folders that begin with a dot, such as .nox.
    (tree / "pyrightconfig.json").write_text(json.dumps({"extends": base, "include": ["."], "exclude": []}))
    session.run("pyright", "--project", str(tree / "pyrightconfig.json"), "--pythonpath", python)
    shutil.rmtree(tree)
    # From here on: the installed wheels only, without our configuration.
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        for package in PACKAGES:
            compiled = [
                ".".join(path.relative_to(ROOT / "packages" / package / "src").with_suffix("").parts)
                for path in sorted(ROOT.glob(f"packages/{package}/src/**/*.pyx"))
            ]
            if compiled:
                allowed = ["--allowlist", str(ROOT / "tools" / "stubtest.allowlist"), "--ignore-unused-allowlist"]
                session.run("stubtest", "--ignore-disjoint-bases", *allowed, *compiled)
            usage = ROOT / "packages" / package / "tests" / "typing_usage.py"
            if usage.exists():
                shutil.copy(usage, ".")
                # The file has ignore comments for each checker; each reports its superfluous ones.
                strict = {"enableTypeIgnoreComments": False, "reportUnnecessaryTypeIgnoreComment": True}
                Path("pyrightconfig.json").write_text(json.dumps(strict))
                session.run("mypy", "--strict", usage.name)
                session.run("pyright", "--pythonpath", python, usage.name)


@nox.session
def contract(session: nox.Session) -> None:
    """Compare the installed wheels with the API contract in the folder given after --."""
    _install(session, "zmq", groups=["tests"])  # with the libraries of the extras
    session.run("python", "tools/contract.py", *session.posargs)


@nox.session(python=PYTHONS)
def cases(session: nox.Session) -> None:
    """Run the test programs in the files given after --: correctness of the binding."""
    _run_cases(session)


@nox.session
def claims(session: nox.Session) -> None:
    """Run the test programs on one Python: promises of the documentation."""
    _run_cases(session)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the manual into docs/_build, warnings are errors; `-- serve` shows it, `-- linkcheck` tries its links."""
    _install(session, "zmq", groups=["docs"], extras=True)
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
    _install(session, "zmq")
    sides = ["--ours", f"{session.bin}/python"]
    for option, distributions in (("--peer", ["pyzmq", "gevent"]), ("--pyomq", ["pyomq"])):
        folder = _temporary(session, option.strip("-"))
        session.run("python", "-m", "venv", "--clear", str(folder))
        python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
        install = [python, "-m", "pip", "install", "-q", "--only-binary", ",".join(distributions), *distributions]
        if subprocess.run(install, check=False).returncode == 0:
            sides += [option, python]
        elif option == "--peer":
            session.error("pyzmq cannot be installed, so there is nothing to compare with")
    session.run("python", BENCHMARKS, *sides, *session.posargs)


@nox.session
def clients(session: nox.Session) -> None:
    """Run programs for pyzmq, and its own tests, on our wheels: see tools/programs.py; `-- --peer` compares."""
    wheels = [str(_wheel(session, package)) for package in PACKAGES]
    session.install("pip")  # downloads sdists; uv's environments have none
    session.run("python", "tools/clients.py", *wheels, *session.posargs)


def _smoke_alone(session: nox.Session, package: str) -> None:
    """Install one package with its requirements, from wheel and from sdist; uninstall it, and check the rest."""
    _install(session, package)
    _run_smoke(session, package)
    if package != "zmq-core":
        if session.venv_backend == "uv":
            session.run("uv", "pip", "uninstall", package, external=True)
        else:
            session.run("python", "-m", "pip", "uninstall", "--yes", package)
        _run_smoke(session, *_requires(package))
    sdist = max(DIST.glob(f"{package.replace('-', '_')}-[0-9]*.tar.gz"), key=lambda path: path.stat().st_mtime)
    # built in isolation by the installer; its requirements come from the wheels in dist
    uncached = "--no-cache" if session.venv_backend == "uv" else "--no-cache-dir"
    session.install(uncached, "--find-links", str(DIST), str(sdist))
    _run_smoke(session, package)


def _smoke_editable(session: nox.Session) -> None:
    """Install all packages in place, except one as a wheel."""
    tree = _temporary(session, "packages")
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / "packages", tree, ignore=shutil.ignore_patterns("build", "_build.py", "*.so", "tests"))
    _wheel(session, "zmq-core")  # the build of other packages needs it
    for name in PACKAGES:
        if name != "zmq":
            one = [str(_wheel(session, name))] if name == "zmq-log" else ["--editable", str(tree / name)]
            fresh = ["--refresh-package=zmq-core"] if session.venv_backend == "uv" else []
            session.install("--find-links", str(DIST), *fresh, *one)
    _run_smoke(session, *PACKAGES)


def _smoke_bundled(session: nox.Session, *, drafts: bool) -> None:
    """Bundle libzmq, with and without drafts, on a machine without another libzmq."""
    sources = ROOT / ".cache" / "sources"
    session.run("python", "tools/sources.py", str(sources))
    found = json.loads((sources / "found.json").read_text())
    if not found:
        session.skip("the sources of libzmq and libsodium cannot be had: set LIBZMQ_SOURCE and LIBSODIUM_SOURCE")
    settings = {"ZMQ_BUNDLE": "1", **found, **({"ZMQ_DRAFTS": "1"} if drafts else {})}
    wheel = _wheel(session, "zmq-core", "drafts" if drafts else "bundled", settings)
    session.run("python", "tools/exports.py", str(wheel))
    _test_without_libzmq(session, wheel)


def _smoke_prefix(session: nox.Session) -> None:
    """Link with a libzmq in a prefix that pkg-config does not know."""
    prefix = _temporary(session, "a prefix").resolve()
    if not _make_prefix(prefix):
        session.skip("there is no libzmq of the system's to make a prefix from")
    nowhere = {"PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": str(prefix / "nothing")}
    session.install(str(_wheel(session, "zmq-core", "prefix", {"ZMQ_PREFIX": str(prefix), **nowhere})))
    said = str(session.run("python", "-I", "tools/smoke.py", silent=True))
    session.log(said)
    if sys.platform == "linux" and f"from ZMQ_PREFIX, {prefix}" not in said:
        session.error("it does not use the libzmq of the prefix")


def _smoke_messages(session: nox.Session) -> None:
    """Build without a requirement, and check that the message names it and the cure."""
    for package in ("zmq-core", "zmq-devices"):
        _install_for_building(session, package)
        session.run("python", "tools/messages.py", f"packages/{package}", str(_temporary(session, package)))


def _smoke_read_only(session: nox.Session) -> None:
    """Build from read-only sources."""
    tree = _temporary(session, "packages").resolve()
    command = [str(ROOT / "tools" / "read_only"), str(tree)]
    tree.mkdir(exist_ok=True)
    if subprocess.run([*command, "true"], check=False).returncode:
        session.skip("cannot make a folder read-only here, which takes Linux and root")
    shutil.rmtree(tree)
    wheels = _temporary(session, "wheels").resolve()
    shutil.rmtree(wheels, ignore_errors=True)
    for package in ("zmq-core", "zmq-devices"):
        shutil.copytree(ROOT / "packages" / package, tree / package, ignore=shutil.ignore_patterns("build", "tests"))
        _install_for_building(session, package)
        build = f"import hatchling.build; hatchling.build.build_wheel({str(wheels)!r})"
        with session.chdir(tree / package):
            session.run(*command, f"{session.bin}/python", "-I", "-c", build, external=True, silent=True)
    anew = "--reinstall" if session.venv_backend == "uv" else "--force-reinstall"
    session.install(anew, "--no-deps", *map(str, wheels.glob("*.whl")))
    _run_smoke(session, "zmq-devices")


def _smoke_repaired(session: nox.Session) -> None:
    """Put the system's libzmq into the wheel with auditwheel, and use it on a machine without another libzmq."""
    if sys.platform != "linux":
        session.skip("auditwheel is for Linux")
    wheel = _wheel(session, "zmq-core")
    session.install(*nox.project.dependency_groups(PROJECT, "release"))
    repaired = DIST / "repaired"
    shutil.rmtree(repaired, ignore_errors=True)
    session.run("auditwheel", "repair", "--wheel-dir", str(repaired), str(wheel))
    _test_without_libzmq(session, next(repaired.glob("*.whl")))


def _smoke_pyzmq(session: nox.Session) -> None:
    """Install with pyzmq, in both orders: check the message and its cure; then install the stand-in for pyzmq."""
    _install(session, "zmq")
    anew = "--reinstall" if session.venv_backend == "uv" else "--force-reinstall"
    ours = [package for package in PACKAGES if package != "zmq"]
    session.install("--only-binary", "pyzmq", "pyzmq")
    session.run("python", "-I", "-m", "zmq_check", success_codes=[1])  # pyzmq installed last
    session.run("python", "-I", "-m", "zmq_check", "--stand-in-for-pyzmq", success_codes=[1])
    said = str(session.run("python", "-I", "-c", "import zmq.anyio", success_codes=[1], silent=True))
    if "pip uninstall pyzmq" not in said or not all(package in said for package in ours):
        session.error(f"it does not say what to do: {said}")
    session.install(anew, "--no-deps", str(_wheel(session, "zmq-core")))
    session.run("python", "-I", "-c", "import zmq", success_codes=[1])  # zmq-core installed last
    if session.venv_backend == "uv":
        session.run("uv", "pip", "uninstall", "pyzmq", external=True)
    else:
        session.run("python", "-m", "pip", "uninstall", "--yes", "pyzmq")
    session.install("--no-index", "--find-links", str(DIST), anew, "--no-deps", *ours)
    _run_smoke(session, *ours)
    session.run("python", "-I", "-m", "zmq_check", "--stand-in-for-pyzmq")
    session.install("--no-index", "pyzmq>=25")  # is there
    session.run("python", "-I", "-m", "zmq_check", "--remove-stand-in")


def _smoke_frozen(session: nox.Session) -> None:
    """Freeze a program with PyInstaller, and run it."""
    _install(session, "zmq")
    ask = "from sysconfig import get_config_var as v; print(v('Py_ENABLE_SHARED') or v('PYTHONFRAMEWORK') or '')"
    if os.name != "nt" and str(session.run("python", "-c", ask, silent=True)).strip() in {"", "0"}:
        session.skip("PyInstaller takes a Python with a shared library, and this one was built without")
    session.install("pyinstaller>=6", "tornado")
    folder = _temporary(session, "frozen").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    places = [f"--{name}={folder / name}" for name in ("distpath", "workpath", "specpath")]
    session.run("pyinstaller", "--noconfirm", "--log-level=WARN", *places, "tools/frozen.py")
    session.run(str(folder / "distpath" / "frozen" / "frozen"), external=True)


SMOKE: dict[str, Callable[[nox.Session], None]] = {
    **{package: partial(_smoke_alone, package=package) for package in PACKAGES},
    "editable": _smoke_editable,
    "messages": _smoke_messages,
    "prefix": _smoke_prefix,
    "read-only": _smoke_read_only,
    "bundled": partial(_smoke_bundled, drafts=False),
    "drafts": partial(_smoke_bundled, drafts=True),
    "repaired": _smoke_repaired,
    "pyzmq": _smoke_pyzmq,
    "frozen": _smoke_frozen,
}


@nox.session
@nox.parametrize("how", list(SMOKE), ids=list(SMOKE))
def smoke(session: nox.Session, how: str) -> None:
    """Install in a clean environment, in every supported way, and run a smoke test."""
    SMOKE[how](session)


def _run_smoke(session: nox.Session, *packages: str) -> None:
    """Run the smoke test of *packages* in the session's environment, outside the sources."""
    added = [path for name in packages for path in (ROOT / "packages" / name / "src" / "zmq").glob("*/__init__.py")]
    core = ROOT / "packages" / "zmq-core"
    modules = [f"zmq.{path.parent.name}" for path in added if core not in path.parents]
    session.run("python", "-I", "tools/smoke.py", *modules)


def _install(session: nox.Session, package: str, groups: Sequence[str] = (), *, extras: bool = False) -> None:
    """Install the wheels of *package* and of our packages that it requires, and groups, into a clean environment."""
    wheels = [str(_wheel(session, name)) for name in [package, *_requires(package, extras=extras)]]
    requirements = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    session.install(*wheels, *requirements)


def _install_for_building(session: nox.Session, package: str) -> None:
    """Install the requirements of a build of *package* without isolation."""
    settings = nox.project.load_toml(f"packages/{package}/pyproject.toml")
    ours = [str(_wheel(session, name)) for name in _requires(package)]
    session.install(*settings["build-system"]["requires"], *ours)


def _pytest(session: nox.Session, package: str, *args: str, prefix: tuple[str, ...] = ()) -> None:
    folders = [f"packages/{package}/tests", *(ACROSS if package == "zmq" else [])]
    # -I keeps the source tree off sys.path; a hanging test prints the stack of every thread, and ends the run.
    python = [f"{session.bin}/python", "-I", "-m", "pytest", "--timeout=240", "--timeout-method=thread"]
    session.run(*prefix, *python, "-p", "no:cacheprovider", *folders, *args, external=bool(prefix))


def _test_without_libzmq(session: nox.Session, wheel: Path) -> None:
    """Run zmq-core's tests from *wheel* in a mount namespace in which the system's libzmq is hidden."""
    session.install(str(wheel), *nox.project.dependency_groups(PROJECT, "tests"))
    hide: tuple[str, ...] = (str(ROOT / "tools" / "without_libzmq"),)
    if subprocess.run([*hide, "true"], check=False).returncode:
        session.warn("cannot hide the system's libzmq here, which takes Linux and root: tested beside it")
        hide = ()
    session.run(*hide, f"{session.bin}/python", "-I", "tools/smoke.py", external=True)
    _pytest(session, "zmq-core", prefix=hide)


def _make_prefix(prefix: Path) -> bool:
    """Copy the system's libzmq into a prefix; return whether the system has one."""
    if not shutil.which("pkg-config"):
        return False
    shutil.rmtree(prefix, ignore_errors=True)
    for variable, folder, pattern in (("includedir", "include", "zmq.h"), ("libdir", "lib", "libzmq*.[ds]*")):
        ask = ["pkg-config", f"--variable={variable}", "libzmq"]
        place = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
        files = list(Path(place).glob(pattern)) if place else []
        (prefix / folder).mkdir(parents=True)
        for file in files:
            shutil.copy(file, prefix / folder, follow_symlinks=False)
        if not files:
            return False
    return True


def _temporary(session: nox.Session, name: str) -> Path:
    """Return a path in the temporary folder of the session.

    Not ``create_tmp`` alone: it also sets TMPDIR, to a path that may be too long for ipc endpoints of the tests.
    """
    folder = session.env_dir / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _run_cases(session: nox.Session) -> None:
    """Run files of test programs on our wheels."""
    _install(session, "zmq", groups=["cases"])
    session.run("python", "-I", "tools/cases.py", *session.posargs)


def _in_packages(name: str) -> list[str]:
    """Return the paths of *name* in all packages that have it."""
    paths = (ROOT / "packages" / package / name for package in PACKAGES)
    return [str(path) for path in paths if path.exists()]


def _requires(package: str, *, extras: bool = False) -> list[str]:
    """Return our other packages that *package* needs to be built, or installed with all its extras."""
    settings = nox.project.load_toml(f"packages/{package}/pyproject.toml")
    required = [*settings["build-system"]["requires"], *settings["project"].get("dependencies", ())]
    if extras:
        required += chain.from_iterable(settings["project"].get("optional-dependencies", {}).values())
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in required}
    return [name for name in PACKAGES if name in names and name != package]


def _wheel(session: nox.Session, package: str, variant: str = "", env: Mapping[str, str] | None = None) -> Path:
    """Return the wheel of *package* for the session's Python; build it, and the sdist, if the sources have changed."""
    for name in _requires(package):
        _wheel(session, name)
    folder = DIST / variant
    python = f"{session.bin}/python"
    series = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    settings = {name: os.environ[name] for name in BUILD_VARIABLES if name in os.environ} | dict(env or {})
    digest = hashlib.sha256(json.dumps([series, sorted(settings.items())]).encode())
    for name in [package, *_requires(package)]:
        _digest_sources(digest, ROOT / "packages" / name)
    stamp = folder / ".stamps" / f"{package}-{digest.hexdigest()[:16]}"
    if stamp.exists() and (folder / stamp.read_text()).exists():
        return folder / stamp.read_text()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    work = _temporary(session, "built")
    shutil.rmtree(work, ignore_errors=True)
    find = {"UV_FIND_LINKS": str(DIST), "PIP_FIND_LINKS": f"{os.environ.get('PIP_FIND_LINKS', '')} {DIST}".strip()}
    if session.venv_backend == "uv":  # the sdist, then the wheel from it
        command = ["uv", "build", "--no-sources", "--no-create-gitignore", "--python", python, "--out-dir", str(work)]
        command += [f"--refresh-package={name}" for name in _requires(package)]  # the same version, rebuilt
    else:
        command = [python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(work)]
    session.run(*command, f"packages/{package}", env={**settings, **find}, external=True, silent=True)
    for built in work.iterdir():
        built.replace(folder / built.name)
        if built.suffix == ".whl":
            stamp.write_text(built.name)
            for old in stamp.parent.iterdir():  # a wheel belongs to the build that wrote it last
                if old != stamp and old.read_text() == built.name:
                    old.unlink()
    return folder / stamp.read_text()


def _digest_sources(digest: hashlib._Hash, folder: Path) -> None:
    ignored = {"build", "tests", "__pycache__", "include", "licenses", "_build.py"}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not ignored.intersection(parts) and path.suffix not in {".so", ".pyd", ".pyc"}:
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
