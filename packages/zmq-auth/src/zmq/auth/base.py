"""What all authenticators have in common: the policies, the ZAP socket, and the answer to one request."""

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
from zmq.auth._keys import AnyKey, Callback, CertificateDirectory, KeySet, Provider, as_callback
from zmq.auth._logs import Journal, Log
from zmq.auth._passwords import PasswordFile
from zmq.auth._seat import Tenant, give_up, take
from zmq.auth._socket import ZapSocket
from zmq.auth.policy import ALL_DOMAINS, Policies, Question, curve_user_id, decide
from zmq.auth.zap import VERSION, ZapError, ZapReply, ZapRequest

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CURVE_ALLOW_ANY", "Authenticator"]

CURVE_ALLOW_ANY: Final = "*"
"""The location that stands for all keys."""

_P = ParamSpec("_P")
_T = TypeVar("_T")

_FAILURE = ZapReply(500, "Internal error")


class Authenticator:
    """Tells libzmq which peers may connect to the servers of a context (RFC 27).

    libzmq asks for servers that use PLAIN, CURVE or GSSAPI, and for those without a mechanism (NULL) that have a ZAP
    domain.  Without policies all peers with NULL and GSSAPI come in, and none with PLAIN or CURVE.  A policy for a
    domain holds for that domain alone, one for "" for servers without a domain; one for "*" for all that have none of
    their own.

    This class leaves it to the program to receive from ``zap_socket`` and to call handle_zap_message();
    ``ThreadAuthenticator``, ``AsyncioAuthenticator`` and ``IOLoopAuthenticator`` do it themselves.  Policies may be
    changed in any thread, at any time; the next request is decided by them.

    Whatever happens while a request is answered, the peer it was for is refused, the log tells, and the next one is
    answered.  Whatever ends the answering, be it the end of a loop, no peer comes in from then on, for the ZAP socket
    stays bound, also when the authenticator is collected: until stop(), until the context terminates, or until another
    authenticator of the context starts and takes it over.
    Call stop() before a context that was made elsewhere, and is shadowed here, is terminated there: that waits for the
    ZAP socket to be closed.

    Args:
        context: The context of the servers; ``zmq.Context.instance()`` by default.
        encoding: What domains, users and passwords are written in.
        log: A logger; that named "zmq.auth" by default.  Who came in is logged at DEBUG, who did not at INFO.  Never
            logged are passwords, names of users that are not known, and keys, but for the first characters.

    Attributes:
        zap_socket: While the authenticator is started, a socket whose ``recv_multipart`` returns requests, and whose
            ``send_multipart`` answers the last one; else None.

    Raises:
        ValueError: There is no such encoding.
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
            raise ValueError(f"there is no encoding {encoding!r}: use 'utf-8'") from None
        self.context = zmq.Context.instance() if context is None else context
        self.encoding = encoding
        self.log = logging.getLogger("zmq.auth") if log is None else log
        self.zap_socket = None
        self._tenant: Tenant | None = None
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
            ZMQError: Another authenticator of the context runs, or the context is terminated.

        libzmq: zmq_bind(3)
        """
        with self._bound():
            pass

    @contextmanager
    def _bound(self) -> Generator[ZapSocket, None, None]:
        """Bind the ZAP socket, for a block that has it answered; when the block raises all is as it was before."""
        tenant = Tenant()
        socket, is_new = take(self.context, tenant)
        try:
            self._tenant, self.zap_socket = tenant, socket
            yield socket
        except BaseException:
            if is_new:
                self.zap_socket = None
                give_up(socket)
            else:
                tenant.answers = lambda: False
            raise

    def stop(self) -> None:
        """Unbind the ZAP endpoint.  Stopping twice is harmless.

        Peers that wait for an answer are not let in.  Those that connect later are not asked about: libzmq lets them in
        with CURVE, whatever their key, and without a mechanism; with PLAIN it refuses them.  So close the servers
        first.  Or give them a ZAP domain and set ZAP_ENFORCE_DOMAIN: then libzmq refuses peers that it cannot ask
        about.  Never set that for a server without a domain: libzmq would ask about no peer, and with PLAIN abort the
        process.

        libzmq: zmq_unbind(3), zmq_setsockopt(3)
        """
        socket, self.zap_socket = self.zap_socket, None
        if socket is not None and socket.tenant() is self._tenant:  # no other one has taken it over
            give_up(socket)

    # ---- policies

    def allow(self, *addresses: str) -> None:
        """Let only peers from these addresses go on; those that were allowed before still are.

        With NULL they come in; with other mechanisms they go on to be authenticated.

        Args:
            addresses: IP addresses, or networks such as "192.0.2.0/24".

        Raises:
            TypeError: One is no str.
            ValueError: One is no network, or addresses were denied before: use either.
        """
        with self._changing:
            if self._policies.denied:
                raise ValueError("Only use allow or deny, not both: addresses are denied already")
            self._policies.allowed = self._added(self._policies.allowed, addresses)
        self.log.debug("allowing %s", ", ".join(map(repr, addresses)))

    def deny(self, *addresses: str) -> None:
        """Turn peers from these addresses away; those that were denied before still are.

        Args:
            addresses: IP addresses, or networks such as "192.0.2.0/24".

        Raises:
            TypeError: One is no str.
            ValueError: One is no network, or addresses were allowed before: use either.
        """
        with self._changing:
            if self._policies.allowed:
                raise ValueError("Only use allow or deny, not both: addresses are allowed already")
            self._policies.denied = self._added(self._policies.denied, addresses)
        self.log.debug("denying %s", ", ".join(map(repr, addresses)))

    def _added(self, before: Addresses, addresses: Sequence[str]) -> Addresses:
        after = before | addresses
        for text in sorted(after.opaque - before.opaque):
            self.log.warning("%r is no IP address: it only stands for peers whose address reads exactly so", text)
        return after

    def configure_plain(
        self, domain: str = ALL_DOMAINS, passwords: Mapping[str, str] | str | os.PathLike[str] | None = None
    ) -> None:
        """Let the users of a ZAP domain in who know their passwords.

        Args:
            domain: The domain; "*" for all that have no policy of their own.
            passwords: A dict from users to passwords, or the path of a file with lines of ``user=password``.  Both may
                change at any time.  None lets nobody in.

        Raises:
            TypeError: *passwords* is neither, or holds something else than str.
        """
        if passwords is None:
            passwords = {}
        elif isinstance(passwords, (str, os.PathLike)):
            file = PasswordFile(_absolute(passwords), self.encoding, self.log)
            len(file)  # read it now, so that the log tells at once what is wrong with it
            passwords = file
        elif not isinstance(passwords, Mapping):
            raise TypeError(f"passwords are a dict, or the path of a file: got a {type(passwords).__name__}")
        elif isinstance(passwords, dict) and not all(
            isinstance(text, str) for item in passwords.items() for text in item
        ):
            raise TypeError("users and passwords are str: write numbers in quotes, decode bytes")
        self._policies.passwords[_checked_domain(domain)] = passwords
        self.log.debug("configured PLAIN for the domain %r", domain)

    def configure_curve(
        self, domain: str = ALL_DOMAINS, location: str | os.PathLike[str] | Collection[bytes | str] = "."
    ) -> None:
        """Let the peers into a ZAP domain whose public keys are known.

        Args:
            domain: The domain; "*" for all that have no policy of their own.
            location: A directory of certificates, those whose names end with ".key"; CURVE_ALLOW_ANY for all keys,
                unchecked; or a set of keys, in Z85 or as 32 bytes.  Directories and sets may change at any time.

        Raises:
            TypeError: *location* is something else.
            ValueError: It is empty, or a key is none.
        """
        if isinstance(location, (str, os.PathLike)):
            if location == CURVE_ALLOW_ANY:
                self._policies.keys[_checked_domain(domain)] = AnyKey()
            elif location == "":
                raise ValueError("a location is a directory of certificates, or CURVE_ALLOW_ANY: got ''")
            else:
                directory = CertificateDirectory(_absolute(location), self.log)
                self._policies.keys[_checked_domain(domain)] = directory
        else:
            self._policies.keys[_checked_domain(domain)] = KeySet(location)
        self.log.debug("configured CURVE for the domain %r", domain)

    def configure_curve_callback(
        self, domain: str = ALL_DOMAINS, credentials_provider: Provider | Callback | None = None
    ) -> None:
        """Let the peers into a ZAP domain that a function lets in.

        Requests are answered one after the other: what takes the provider long holds up the next peer, too.

        Args:
            domain: The domain; "*" for all that have no policy of their own.
            credentials_provider: An object with a method ``callback(domain, key)``, or that function.  It is given the
                ZAP domain and the peer's public key in Z85, and returns whether to let the peer in; it may be a
                coroutine.  An answer whose type defines no truth, such as a generator, refuses the peer with status
                500, and the log tells.

        Raises:
            TypeError: It is no provider.
        """
        callback = as_callback(credentials_provider)
        self._policies.keys[_checked_domain(domain)] = callback
        self.log.debug("configured CURVE with a callback for the domain %r", domain)

    def configure_gssapi(self, domain: str = ALL_DOMAINS, location: str | None = None) -> None:
        """Do nothing: whom Kerberos vouches for is let in, with the principal as user id."""

    def curve_user_id(self, client_public_key: bytes) -> str:
        """Return the user id of a peer that has been let in with CURVE: its public key, in Z85.

        Override it to give peers other names.

        Args:
            client_public_key: Its key, of 32 bytes.
        """
        return curve_user_id(client_public_key)

    # ---- requests

    async def handle_zap_message(self, msg: list[bytes]) -> None:
        """Answer a request that was received from ``zap_socket``.

        Args:
            msg: Its frames; with the envelope, if another object on the same C socket has received them.
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
        except Exception as error:  # noqa: BLE001 (whatever a provider or a policy raises)
            self._journal.failure(error)
        finally:  # also where it is cancelled, by Ctrl-C for one
            self._send(reply, bytes(msg[1]) if len(msg) > 1 else b"")

    async def _ask(self, question: Question) -> ZapReply:
        """Return what a credentials provider decides."""
        answer = _call(question.callback, question.domain, question.key)
        return _call(question.reply, await _result_of(answer) if isawaitable(answer) else answer)

    def _unwrap(self, socket: ZapSocket, frames: list[bytes]) -> list[bytes] | None:
        """Return the request in what *socket* received; None if nobody could be answered."""
        message = socket.unwrap(frames)
        if message is None:
            self._journal.invalid("No envelope")
        return message

    async def _answer(self, msg: list[bytes]) -> None:
        """Call handle_zap_message(), and see to it that there is an answer also where a subclass has overridden it."""
        socket = self.zap_socket
        try:
            done: object = _call(self.handle_zap_message, msg)
            if isawaitable(done):
                await done
        except (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 (whatever a provider or the subclass raises)
            self._journal.failure(error)
        finally:
            if socket is not None and not socket.pending.answered:
                self._send(_FAILURE, bytes(msg[1]) if len(msg) > 1 else b"")

    def _send(self, reply: ZapReply, request_id: bytes) -> None:
        try:
            frames = reply.frames(request_id, self.encoding)
        except Exception as error:  # noqa: BLE001 (the user id is not what it should be)
            self._journal.failure(error)
            frames = _FAILURE.frames(request_id)
        socket = self.zap_socket
        with suppress(zmq.ZMQError):  # stopped meanwhile
            if socket is not None:
                socket.send_multipart(frames)


def _call(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call what is not ours; what it raises is an Exception, and ends the request instead of the thread or the loop."""
    try:
        return function(*args, **kwargs)
    except (asyncio.CancelledError, GeneratorExit, SystemExit) as error:
        raise RuntimeError(f"{type(error).__name__} is no answer") from error


async def _awaited(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except SystemExit as error:
        raise RuntimeError(f"{type(error).__name__} is no answer") from error


async def _result_of(answer: Awaitable[object]) -> object:
    """Wait for a provider's answer; one that is cancelled is an error like any other, and does not cancel us."""
    future = asyncio.ensure_future(_awaited(answer))
    try:
        await asyncio.wait([future])
    except asyncio.CancelledError:  # it is us who are cancelled
        future.cancel()
        raise
    if future.cancelled():
        raise RuntimeError("the credentials provider was cancelled")
    return future.result()


def _absolute(path: str | os.PathLike[str]) -> Path:
    return Path(path).absolute()  # the current directory may change


def _checked_domain(domain: str) -> str:
    if not isinstance(domain, str):
        raise TypeError(f"a ZAP domain is a str: got {domain!r:.60}")
    return domain
