"""The base class of all authenticators: the policies, the ZAP socket, and the reply to one request."""

from __future__ import annotations

import asyncio
import codecs
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from inspect import isawaitable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import zmq
from zmq.auth._addresses import Addresses
from zmq.auth._files import PasswordFile
from zmq.auth._keys import AnyKey, Callback, CertificateDirectory, Keys, KeySet, Provider, as_callback
from zmq.auth._logs import Journal, Log
from zmq.auth._socket import Owner, ZapSocket, acquire, release
from zmq.auth.policy import ALL_DOMAINS, Policies, Question, curve_user_id, decide
from zmq.auth.zap import VERSION, ZapError, ZapReply, ZapRequest

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CURVE_ALLOW_ANY", "Authenticator"]

CURVE_ALLOW_ANY: Final = "*"
"""The location that accepts every key."""

PAUSE_S = 0.1
"""Seconds before the next attempt when receiving has failed, for want of memory or descriptors."""

_P = ParamSpec("_P")
_T = TypeVar("_T")

_FAILURE = ZapReply(500, "Internal error")


class Authenticator:
    """Tells libzmq which peers may connect to the servers of a context (RFC 27).

    libzmq sends a request for each peer of a server with PLAIN, CURVE or GSSAPI, and of a NULL server that has a ZAP
    domain.  Without policies all NULL and GSSAPI peers are accepted, and no PLAIN or CURVE peers.  A policy applies to
    one ZAP domain; the policy of "" to servers without a domain; the policy of "*" to all domains without a policy.

    With this class the program itself receives from ``zap_socket`` and calls handle_zap_message().
    ``ThreadAuthenticator``, ``AsyncioAuthenticator`` and ``IOLoopAuthenticator`` do that in a thread or loop.  Policies
    may be changed in any thread at any time; they apply from the next request on.

    It fails closed.  If answering a request fails, that peer is refused, the error is logged, and the next request is
    answered.  If the thread, loop or task ends, or the authenticator is collected, the ZAP socket stays bound and no
    peer can connect, until stop() is called, the context terminates, or another authenticator of the context starts and
    takes the socket over.

    If the context was made elsewhere and is only shadowed here, call stop() before it is terminated there: its
    termination waits until the ZAP socket is closed.

    Args:
        context: The context of the servers; ``zmq.Context.instance()`` by default.
        encoding: The encoding of domains, users and passwords.
        log: A logger; the one named "zmq.auth" by default.  Admitted peers are logged at DEBUG, refused ones at INFO.
            It never gets passwords, names of unknown users, or more than the first ten characters of a key.

    Attributes:
        zap_socket: A socket whose ``recv_multipart`` returns requests and whose ``send_multipart`` answers the last
            one; None unless the authenticator is started.

    Raises:
        ValueError: The encoding is unknown.
    """

    context: zmq.Context[Any]
    encoding: str
    log: Log
    zap_socket: ZapSocket | None

    def __init__(
        self, context: zmq.Context[Any] | None = None, encoding: str = "utf-8", log: Log | None = None
    ) -> None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(f"unknown encoding {encoding!r}: use 'utf-8'") from None
        self.context = zmq.Context.instance() if context is None else context
        self.encoding = encoding
        self.log = logging.getLogger("zmq.auth") if log is None else log
        self.zap_socket = None
        self._owner: Owner | None = None
        self._policies = Policies(encoding=encoding)
        self._changing = Lock()
        self._journal = Journal(self.log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def start(self) -> None:
        """Create and bind the ZAP socket.

        Raises:
            ZMQError: Another authenticator of the context is running, or the context is terminated.

        libzmq: zmq_bind(3)
        """
        with self._bound():
            pass

    @contextmanager
    def _bound(self) -> Generator[ZapSocket, None, None]:
        """Bind the ZAP socket for a block that starts to answer requests; if the block raises, roll back."""
        owner = Owner()
        socket, is_new = acquire(self.context, owner)
        try:
            self._owner, self.zap_socket = owner, socket
            yield socket
        except BaseException:
            if is_new:
                self.zap_socket = None
                release(socket)
            else:
                owner.answers = lambda: False
            raise

    def stop(self) -> None:
        """Unbind the ZAP endpoint.  Stopping twice is harmless.

        Peers whose requests are pending are refused.  For peers that connect later libzmq sends no requests: it accepts
        NULL peers, and CURVE peers whatever their key; it refuses PLAIN peers.  So close the servers first.

        Or give them a ZAP domain and set ZAP_ENFORCE_DOMAIN: then libzmq refuses peers while there is no authenticator.
        Never set ZAP_ENFORCE_DOMAIN on a server without a domain: libzmq would send no requests at all, and abort the
        process when a PLAIN peer connects.

        libzmq: zmq_unbind(3), zmq_setsockopt(3)
        """
        socket, self.zap_socket = self.zap_socket, None
        if socket is not None and socket.owner() is self._owner:  # else another authenticator has taken it over
            release(socket)

    # ---- policies

    def allow(self, *addresses: str) -> None:
        """Refuse all peers but those from these addresses, in addition to addresses allowed before.

        Allowed NULL peers are accepted; with other mechanisms allowed peers must still authenticate.

        Args:
            addresses: IP addresses, or networks such as "192.0.2.0/24".

        Raises:
            TypeError: An address is not a str.
            ValueError: A network is invalid, or addresses were denied before.
        """
        self._add_addresses("allowed", addresses, other="denied")

    def deny(self, *addresses: str) -> None:
        """Refuse peers from these addresses, in addition to addresses denied before.

        Args:
            addresses: IP addresses, or networks such as "192.0.2.0/24".

        Raises:
            TypeError: An address is not a str.
            ValueError: A network is invalid, or addresses were allowed before.
        """
        self._add_addresses("denied", addresses, other="allowed")

    def _add_addresses(self, kind: str, addresses: Sequence[str], *, other: str) -> None:
        with self._changing:
            if getattr(self._policies, other):
                raise ValueError(f"Only use allow or deny, not both: addresses are {other} already")
            before: Addresses = getattr(self._policies, kind)
            after = before | addresses
            setattr(self._policies, kind, after)
        for text in sorted(after.opaque - before.opaque):
            self.log.warning("%r is not an IP address: it only matches peers with exactly this address", text)
        self.log.debug("%s addresses: %s", kind, ", ".join(map(repr, addresses)))

    def configure_plain(
        self, domain: str = ALL_DOMAINS, passwords: Mapping[str, str] | str | os.PathLike[str] | None = None
    ) -> None:
        """Accept PLAIN peers to a ZAP domain if their password is correct.

        Args:
            domain: The domain; "*" for all domains without a policy.
            passwords: A dict from users to passwords, or the path of a file with lines of ``user=password``.  Both may
                change at any time.  None refuses all peers.

        Raises:
            TypeError: *passwords* is neither, or a user or password is not a str.
        """
        if passwords is None:
            passwords = {}
        elif isinstance(passwords, (str, os.PathLike)):
            # absolute: the program may change the current directory
            file = PasswordFile(Path(passwords).absolute(), self.encoding, self.log)
            len(file)  # reads it, so that the log names a mistake now and not at the first request
            passwords = file
        elif not isinstance(passwords, Mapping):
            raise TypeError(f"passwords must be a dict, or the path of a file: got a {type(passwords).__name__}")
        elif isinstance(passwords, dict) and not all(
            isinstance(text, str) for item in passwords.items() for text in item
        ):
            raise TypeError("users and passwords must be str: write numbers in quotes, decode bytes")
        self._policies.passwords[_checked_domain(domain)] = passwords
        self.log.debug("configured PLAIN for the domain %r", domain)

    def configure_curve(
        self, domain: str = ALL_DOMAINS, location: str | os.PathLike[str] | Collection[bytes | str] = "."
    ) -> None:
        """Accept CURVE peers to a ZAP domain if their public key is known.

        Args:
            domain: The domain; "*" for all domains without a policy.
            location: A directory of public certificates (``*.key``); a set of keys, in Z85 or of 32 bytes; or
                CURVE_ALLOW_ANY, which accepts every key.  Directories and sets may change at any time.

        Raises:
            TypeError: *location* is none of these.
            ValueError: *location* is empty, or an item is not a key.
        """
        keys: Keys
        if not isinstance(location, (str, os.PathLike)):
            keys = KeySet(location)
        elif location == CURVE_ALLOW_ANY:
            keys = AnyKey()
        elif location == "":
            raise ValueError("location must be a directory of certificates, or CURVE_ALLOW_ANY: got ''")
        else:
            keys = CertificateDirectory(Path(location).absolute(), self.log)
        self._policies.keys[_checked_domain(domain)] = keys
        self.log.debug("configured CURVE for the domain %r", domain)

    def configure_curve_callback(
        self, domain: str = ALL_DOMAINS, credentials_provider: Provider | Callback | None = None
    ) -> None:
        """Accept the CURVE peers of a ZAP domain for which a callback returns true.

        A slow callback delays the requests after it, except for coroutines in asyncio and tornado loops.

        Args:
            domain: The domain; "*" for all domains without a policy.
            credentials_provider: A function ``callback(domain, key)``, or an object with that method.  It gets the ZAP
                domain ("*" for a server without one) and the peer's public key in Z85, and returns whether to accept
                it.  It may be a coroutine function.  If it raises, or returns an object whose type defines no truth
                value, such as a generator, the peer is refused with status 500, and the error is logged.

        Raises:
            TypeError: *credentials_provider* is neither.
        """
        callback = as_callback(credentials_provider)
        self._policies.keys[_checked_domain(domain)] = callback
        self.log.debug("configured CURVE with a callback for the domain %r", domain)

    def configure_gssapi(self, domain: str = ALL_DOMAINS, location: str | None = None) -> None:
        """Do nothing: GSSAPI peers, which Kerberos has authenticated, are always accepted.

        Their user id is the principal.
        """

    def curve_user_id(self, client_public_key: bytes) -> str:
        """Return the user id of an accepted CURVE peer: its public key, in Z85.

        Subclasses may override it.

        Args:
            client_public_key: The public key, of 32 bytes.
        """
        return curve_user_id(client_public_key)

    # ---- requests

    async def handle_zap_message(self, msg: list[bytes]) -> None:
        """Answer a request that was received from ``zap_socket``.

        Args:
            msg: The frames of the request; with the envelope if another object on the same C socket received them.
        """
        socket = self.zap_socket
        if socket is not None and socket.pending.answered and msg[:1] != [VERSION]:
            msg = socket.unwrap(msg) or msg
        reply = _FAILURE
        try:
            request = ZapRequest.parse(msg, self.encoding)
            verdict = _call(decide, request, self._policies, self.curve_user_id)
            if isinstance(verdict, Question):
                verdict = await self._ask(verdict)
            reply = verdict
            self._journal.decision(request, reply)
        except ZapError as error:
            reply = ZapReply(400, str(error))
            self._journal.invalid(str(error))
        except Exception as error:  # noqa: BLE001 (providers and policies may raise anything)
            self._journal.failure(error)
        finally:  # also after cancellation and KeyboardInterrupt: the peer waits for a reply
            self._send(reply, bytes(msg[1]) if len(msg) > 1 else b"")

    async def _ask(self, question: Question) -> ZapReply:
        """Return the reply that follows from the answer of a credentials provider."""
        answer = _call(question.callback, question.domain, question.key)
        return _call(question.reply, await _result_of(answer) if isawaitable(answer) else answer)

    def _unwrap(self, socket: ZapSocket, frames: list[bytes]) -> list[bytes] | None:
        """Return the request in a message that *socket* received; None if it has no envelope."""
        message = socket.unwrap(frames)
        if message is None:
            self._journal.invalid("No envelope")
        return message

    async def _answer(self, msg: list[bytes]) -> None:
        """Call handle_zap_message(), and refuse the peer if an override in a subclass sends no reply."""
        socket = self.zap_socket
        try:
            done: object = _call(self.handle_zap_message, msg)
            if isawaitable(done):
                await done
        except (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 (providers and subclasses may raise anything)
            self._journal.failure(error)
        finally:
            if socket is not None and not socket.pending.answered:
                self._send(_FAILURE, bytes(msg[1]) if len(msg) > 1 else b"")

    def _send(self, reply: ZapReply, request_id: bytes) -> None:
        try:
            frames = reply.frames(request_id, self.encoding)
        except Exception as error:  # noqa: BLE001 (an overridden curve_user_id() may return anything)
            self._journal.failure(error)
            frames = _FAILURE.frames(request_id)
        socket = self.zap_socket
        with suppress(zmq.ZMQError):  # stop() has closed the socket meanwhile
            if socket is not None:
                socket.send_multipart(frames)


def _call(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call code of the program.

    SystemExit and the like become a RuntimeError, so that they end the request and not the thread or loop.
    """
    try:
        return function(*args, **kwargs)
    except (asyncio.CancelledError, GeneratorExit, SystemExit) as error:
        raise RuntimeError(f"{type(error).__name__} is not an answer") from error


async def _awaited(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except SystemExit as error:
        raise RuntimeError(f"{type(error).__name__} is not an answer") from error


async def _result_of(answer: Awaitable[object]) -> object:
    """Wait for the answer of a provider; if the provider is cancelled, raise RuntimeError."""
    future = asyncio.ensure_future(_awaited(answer))
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:  # the authenticator's own task is cancelled
        future.cancel()
        raise
    if future.cancelled():
        raise RuntimeError("the credentials provider was cancelled")
    return future.result()


def _checked_domain(domain: str) -> str:
    if not isinstance(domain, str):
        raise TypeError(f"a ZAP domain must be a str: got {domain!r:.60}")
    return domain
