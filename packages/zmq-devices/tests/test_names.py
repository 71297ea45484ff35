"""The names of zmq.devices exist in the modules in which programs expect them."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
from pathlib import Path

import pytest

import zmq
from zmq import devices
from zmq._stub_docs import write_stubs
from zmq.devices import _build, _monitored

MODULES = {
    "basedevice": ["Device", "ThreadDevice", "ProcessDevice", "proxy"],
    "monitoredqueue": ["monitored_queue"],
    "monitoredqueuedevice": ["monitored_queue", "MonitoredQueue", "ThreadMonitoredQueue", "ProcessMonitoredQueue"],
    "proxydevice": ["Proxy", "ThreadProxy", "ProcessProxy"],
    "proxysteerabledevice": ["ProxySteerable", "ThreadProxySteerable", "ProcessProxySteerable"],
}

SIDES = {"Device": ["in", "out"], "Proxy": ["in", "out", "mon"], "ProxySteerable": ["in", "out", "mon", "ctrl"]}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_its_names(module: str) -> None:
    imported = importlib.import_module(f"zmq.devices.{module}")
    for name in MODULES[module]:
        assert getattr(imported, name) is getattr(devices, name)
        assert name in imported.__all__


def test_names_of_zmq_core_are_also_in_zmq_devices() -> None:
    assert devices.proxy is zmq.proxy
    assert devices.DeviceType is zmq.DeviceType


def test_all_lists_the_public_names() -> None:
    public = {name for name in vars(devices) if not name.startswith("_") and not inspect.ismodule(vars(devices)[name])}
    assert public - {"annotations"} == set(devices.__all__)


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize("form", ["", "Thread", "Process"])
def test_every_side_has_its_methods(form: str, kind: str) -> None:
    device = getattr(devices, form + kind)
    for side in SIDES[kind]:
        for method, parameters in {
            f"bind_{side}": ["self", "addr"],
            f"bind_{side}_to_random_port": ["self", "addr", "args", "kwargs"],
            f"connect_{side}": ["self", "addr"],
            f"setsockopt_{side}": ["self", "opt", "value"],
        }.items():
            assert list(inspect.signature(getattr(device, method)).parameters) == parameters


@pytest.mark.parametrize("kind", ["Device", "Proxy", "MonitoredQueue", "ProxySteerable"])
def test_context_factories_are_those_of_the_specification(kind: str) -> None:
    assert getattr(devices, f"Thread{kind}").context_factory == zmq.Context.instance
    assert getattr(devices, f"Process{kind}").context_factory is zmq.Context


def test_the_build_has_the_version_of_the_distribution() -> None:
    pyproject = Path(__file__).parent / "../pyproject.toml"
    assert f'\nversion = "{_build.VERSION}"\n' in pyproject.read_text()
    try:
        installed = importlib.metadata.version("zmq-devices")
    except importlib.metadata.PackageNotFoundError:
        return
    assert installed == _build.VERSION


def test_the_stub_of_the_wheel_has_the_docstrings_of_the_compiled_loop(tmp_path: Path) -> None:
    source, installed = Path(__file__).parents[1] / "src" / "zmq" / "devices", Path(devices.__file__).parent
    write_stubs(source, tmp_path)
    tree = ast.parse((tmp_path / "_monitored.pyi").read_text(encoding="utf-8"))
    [relay] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert ast.get_docstring(tree) == inspect.cleandoc(_monitored.__doc__ or "")
    assert ast.get_docstring(relay) == inspect.cleandoc(_monitored.MonitoredRelay.__doc__ or "")
    if source != installed:  # a wheel
        assert (installed / "_monitored.pyi").read_text(encoding="utf-8") == (tmp_path / "_monitored.pyi").read_text(
            "utf-8"
        )
