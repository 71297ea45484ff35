"""Public names and parameters, and what their import needs."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

import pytest

import zmq.auth
from zmq.auth.base import Authenticator
from zmq.auth.thread import ThreadAuthenticator


def parameters(function: Callable[..., object]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_public_names() -> None:
    assert zmq.auth.Authenticator is Authenticator
    assert zmq.auth.base.CURVE_ALLOW_ANY == zmq.auth.CURVE_ALLOW_ANY == "*"
    assert parameters(zmq.auth.create_certificates) == ["key_dir", "name", "metadata"]
    assert parameters(zmq.auth.certs.load_certificate) == ["filename"]
    assert parameters(zmq.auth.load_certificates) == ["directory"]
    assert ThreadAuthenticator.pipe_endpoint == ""


def test_parameters_are_in_pyzmqs_order() -> None:
    assert parameters(Authenticator) == parameters(ThreadAuthenticator) == ["context", "encoding", "log"]
    assert parameters(Authenticator.configure_plain) == ["self", "domain", "passwords"]
    assert parameters(Authenticator.configure_curve) == ["self", "domain", "location"]
    assert parameters(Authenticator.configure_curve_callback) == ["self", "domain", "credentials_provider"]
    assert parameters(Authenticator.configure_gssapi) == ["self", "domain", "location"]
    assert parameters(Authenticator.handle_zap_message) == ["self", "msg"]
    assert parameters(Authenticator.curve_user_id) == ["self", "client_public_key"]


def test_parameters_of_authenticators_for_loops() -> None:
    pytest.importorskip("zmq.asyncio")
    asyncio = importlib.import_module("zmq.auth.asyncio")
    assert parameters(asyncio.AsyncioAuthenticator) == ["context", "loop", "encoding", "log"]
    pytest.importorskip("tornado")
    ioloop = importlib.import_module("zmq.auth.ioloop")
    assert parameters(ioloop.IOLoopAuthenticator) == ["context", "encoding", "log", "io_loop"]
    assert issubclass(ioloop.IOLoopAuthenticator, asyncio.AsyncioAuthenticator)


def test_importing_it_imports_no_other_distribution(run_script: Callable[..., str]) -> None:
    run_script("""
        import sys, zmq.auth, zmq.auth.thread
        assert not {"zmq.asyncio", "zmq.eventloop", "tornado"} & set(sys.modules)
    """)


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [("zmq.auth.asyncio", "zmq.asyncio", "asyncio"), ("zmq.auth.ioloop", "tornado", "tornado")],
)
def test_the_error_for_a_missing_distribution_says_how_to_install_it(
    run_script: Callable[..., str], module: str, missing: str, extra: str
) -> None:
    if extra == "tornado":
        pytest.importorskip("zmq.asyncio")
    run_script(
        """
        import importlib, sys
        module, missing, extra = sys.argv[1:]
        sys.modules[missing] = sys.modules[f"{missing}.ioloop"] = None
        try:
            importlib.import_module(module)
        except ImportError as error:
            assert str(error).endswith(f"pip install --find-links dist 'zmq-auth[{extra}]'"), error
        else:
            raise AssertionError("imported")
        """,
        module,
        missing,
        extra,
    )
