"""Decorators that open a context or a socket for the duration of each call.

Example::

    from zmq.decorators import context, socket

    @context()
    @socket(zmq.PUSH)
    def work(context, push):
        push.connect("tcp://127.0.0.1:5555")

    work()

Each call creates its own context or socket, and closes it when the function returns or raises, or, for a coroutine
function, when the coroutine ends.  The object is passed by keyword if the decorator was given a name, otherwise after
the positional arguments of the call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import zmq

__all__ = ["context", "socket"]

_Result = TypeVar("_Result")
_Make = Callable[[tuple[object, ...], dict[str, Any]], AbstractContextManager[object]]


class _Decorator(Protocol):
    def __call__(self, func: Callable[..., _Result], /) -> Callable[..., _Result]: ...


def context(*args: Any, **kwargs: Any) -> _Decorator:
    """Pass a new context to each call of the decorated function, and terminate it when the call ends.

    Args:
        args: Optionally the name of the keyword argument, as a str; then the arguments of ``Context``.
        kwargs: ``name``: the same name, by keyword.  The rest is passed to ``Context``.

    Raises:
        TypeError: The decorator is used without parentheses, or two names are given.
    """
    name, args = _take_name("context", args, kwargs)
    return _decorator(name, lambda _args, _kwargs: zmq.Context(*args, **kwargs))


def socket(*args: Any, **kwargs: Any) -> _Decorator:
    """Pass a new socket to each call of the decorated function, and close it when the call ends.

    The context of the socket is the keyword argument *context_name* of the call, else the first ``Context`` among its
    positional arguments, else ``Context.instance()``.

    Args:
        args: Optionally the name of the keyword argument, as a str; then the arguments of ``Context.socket``.
        kwargs: ``name``: the same name, by keyword.  ``context_name``: the keyword argument that holds the context, by
            default "context".  The rest is passed to ``Context.socket``.

    Raises:
        TypeError: The decorator is used without parentheses, or two names are given.
    """
    name, args = _take_name("socket", args, kwargs)
    context_name = kwargs.pop("context_name", "context")

    def make(call_args: tuple[object, ...], call_kwargs: dict[str, Any]) -> AbstractContextManager[object]:
        candidates = (call_kwargs.get(context_name), *call_args)
        contexts: list[zmq.Context[Any]] = [each for each in candidates if isinstance(each, zmq.Context)]
        found = contexts[0] if contexts else zmq.Context.instance()
        made: AbstractContextManager[object] = found.socket(*args, **kwargs)
        return made

    return _decorator(name, make)


def _take_name(decorator: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | None, tuple[Any, ...]]:
    """Return the name that *decorator* was given (None if there is none), and the positional arguments without it."""
    if args and inspect.isroutine(args[0]):
        raise TypeError(f"write @{decorator}(...): the decorator takes arguments, if only ()")
    if not (args and isinstance(args[0], str)):
        return kwargs.pop("name", None), args
    if "name" in kwargs:
        raise TypeError(f"@{decorator} got two names, {args[0]!r} and {kwargs['name']!r}")
    return args[0], args[1:]


def _decorator(name: str | None, make: _Make) -> _Decorator:
    """Return a decorator that passes the result of *make* to each call."""

    def give(thing: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if name is None:
            return (*args, thing), kwargs
        if name in kwargs:
            raise TypeError(f"got two values for argument {name!r}: the caller's and the decorator's")
        return args, {**kwargs, name: thing}

    def decorate(func: Callable[..., _Result]) -> Callable[..., _Result]:
        if inspect.iscoroutinefunction(func):

            @wraps(func)
            async def wait(*args: Any, **kwargs: Any) -> Any:
                with make(args, kwargs) as thing:
                    given, named = give(thing, args, kwargs)
                    return await func(*given, **named)

            return cast("Callable[..., _Result]", wait)

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> _Result:
            with make(args, kwargs) as thing:
                given, named = give(thing, args, kwargs)
                return func(*given, **named)

        return call

    return decorate
