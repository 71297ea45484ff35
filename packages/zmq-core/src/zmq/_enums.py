"""The constants of libzmq 4.3, as enums by subject.  Programs import them from ``zmq.constants``.

The build runs this file by its path, to write the stub of ``zmq.constants``; therefore it imports nothing of zmq.
"""

from __future__ import annotations

import errno as _errno
import sys as _sys
from enum import Enum, IntEnum, IntFlag

__all__ = [
    "ContextOption",
    "DeviceType",
    "Errno",
    "Event",
    "Flag",
    "GssapiNameType",
    "MessageOption",
    "NormMode",
    "PollEvent",
    "ReconnectStop",
    "RouterNotify",
    "SecurityMechanism",
    "SocketOption",
    "SocketType",
    "_OptType",
]


class SocketType(IntEnum):
    """Types of sockets; see zmq_socket(3)."""

    PAIR = 0
    """Exactly one peer, in both directions; for two threads."""
    PUB = 1
    """Publishes messages to all subscribers; drops messages to a subscriber whose queue is full."""
    SUB = 2
    """Receives the messages whose topics it has subscribed to."""
    REQ = 3
    """Sends a request, then receives its reply, in turn."""
    REP = 4
    """Receives a request, then sends its reply, in turn."""
    DEALER = 5
    """Sends to its peers in turn, receives from all; in any order."""
    ROUTER = 6
    """Addresses its peers by routing id, the first frame of each message."""
    PULL = 7
    """Receives from PUSH sockets."""
    PUSH = 8
    """Sends each message to one of its PULL peers, in turn; waits while all queues are full."""
    XPUB = 9
    """A PUB socket that receives subscriptions as messages."""
    XSUB = 10
    """A SUB socket that sends subscriptions as messages."""
    STREAM = 11
    """Raw TCP, for peers without ZeroMQ."""
    # Older names
    XREQ = DEALER
    """The older name of DEALER."""
    XREP = ROUTER
    """The older name of ROUTER."""
    # Drafts
    SERVER = 12
    """Addresses its CLIENT peers by a number, ``routing_id``."""
    CLIENT = 13
    """Sends to and receives from SERVER sockets; several threads may use it at once."""
    RADIO = 14
    """Sends messages to groups."""
    DISH = 15
    """Receives the messages of the groups that it has joined."""
    GATHER = 16
    """Receives from SCATTER sockets."""
    SCATTER = 17
    """Sends each message to one of its GATHER peers, in turn."""
    DGRAM = 18
    """UDP datagrams; the first frame is the address of the peer."""
    PEER = 19
    """Addresses its peers by a number, and can connect to them: ``connect_peer``."""
    CHANNEL = 20
    """Exactly one peer, as PAIR; several threads may use it at once."""


class _OptType(Enum):
    """Kinds of socket options."""

    int = "int"
    int64 = "int64"
    bytes = "bytes"
    fd = "fd"


class SocketOption(IntEnum):
    """Options of sockets; see zmq_setsockopt(3) and zmq_getsockopt(3)."""

    AFFINITY = 4
    ROUTING_ID = 5
    SUBSCRIBE = 6
    UNSUBSCRIBE = 7
    RATE = 8
    RECOVERY_IVL = 9
    SNDBUF = 11
    RCVBUF = 12
    RCVMORE = 13
    FD = 14
    EVENTS = 15
    TYPE = 16
    LINGER = 17
    RECONNECT_IVL = 18
    BACKLOG = 19
    RECONNECT_IVL_MAX = 21
    MAXMSGSIZE = 22
    SNDHWM = 23
    RCVHWM = 24
    MULTICAST_HOPS = 25
    RCVTIMEO = 27
    SNDTIMEO = 28
    LAST_ENDPOINT = 32
    ROUTER_MANDATORY = 33
    TCP_KEEPALIVE = 34
    TCP_KEEPALIVE_CNT = 35
    TCP_KEEPALIVE_IDLE = 36
    TCP_KEEPALIVE_INTVL = 37
    IMMEDIATE = 39
    XPUB_VERBOSE = 40
    ROUTER_RAW = 41
    IPV6 = 42
    MECHANISM = 43
    PLAIN_SERVER = 44
    PLAIN_USERNAME = 45
    PLAIN_PASSWORD = 46
    CURVE_SERVER = 47
    CURVE_PUBLICKEY = 48
    CURVE_SECRETKEY = 49
    CURVE_SERVERKEY = 50
    PROBE_ROUTER = 51
    REQ_CORRELATE = 52
    REQ_RELAXED = 53
    CONFLATE = 54
    ZAP_DOMAIN = 55
    ROUTER_HANDOVER = 56
    TOS = 57
    CONNECT_ROUTING_ID = 61
    GSSAPI_SERVER = 62
    GSSAPI_PRINCIPAL = 63
    GSSAPI_SERVICE_PRINCIPAL = 64
    GSSAPI_PLAINTEXT = 65
    HANDSHAKE_IVL = 66
    SOCKS_PROXY = 68
    XPUB_NODROP = 69
    BLOCKY = 70
    XPUB_MANUAL = 71
    XPUB_WELCOME_MSG = 72
    STREAM_NOTIFY = 73
    INVERT_MATCHING = 74
    HEARTBEAT_IVL = 75
    HEARTBEAT_TTL = 76
    HEARTBEAT_TIMEOUT = 77
    XPUB_VERBOSER = 78
    CONNECT_TIMEOUT = 79
    TCP_MAXRT = 80
    THREAD_SAFE = 81
    MULTICAST_MAXTPDU = 84
    VMCI_BUFFER_SIZE = 85
    VMCI_BUFFER_MIN_SIZE = 86
    VMCI_BUFFER_MAX_SIZE = 87
    VMCI_CONNECT_TIMEOUT = 88
    USE_FD = 89
    GSSAPI_PRINCIPAL_NAMETYPE = 90
    GSSAPI_SERVICE_PRINCIPAL_NAMETYPE = 91
    BINDTODEVICE = 92
    # Older names and options
    IDENTITY = ROUTING_ID
    CONNECT_RID = CONNECT_ROUTING_ID
    TCP_ACCEPT_FILTER = 38
    IPC_FILTER_PID = 58
    IPC_FILTER_UID = 59
    IPC_FILTER_GID = 60
    IPV4ONLY = 31
    HWM = 1
    DELAY_ATTACH_ON_CONNECT = IMMEDIATE
    FAIL_UNROUTABLE = ROUTER_MANDATORY
    ROUTER_BEHAVIOR = ROUTER_MANDATORY
    # Drafts
    ZAP_ENFORCE_DOMAIN = 93
    LOOPBACK_FASTPATH = 94
    METADATA = 95
    MULTICAST_LOOP = 96
    ROUTER_NOTIFY = 97
    XPUB_MANUAL_LAST_VALUE = 98
    SOCKS_USERNAME = 99
    SOCKS_PASSWORD = 100
    IN_BATCH_SIZE = 101
    OUT_BATCH_SIZE = 102
    WSS_KEY_PEM = 103
    WSS_CERT_PEM = 104
    WSS_TRUST_PEM = 105
    WSS_HOSTNAME = 106
    WSS_TRUST_SYSTEM = 107
    ONLY_FIRST_SUBSCRIBE = 108
    RECONNECT_STOP = 109
    HELLO_MSG = 110
    DISCONNECT_MSG = 111
    PRIORITY = 112
    BUSY_POLL = 113
    HICCUP_MSG = 114
    XSUB_VERBOSE_UNSUBSCRIBE = 115
    TOPICS_COUNT = 116
    NORM_MODE = 117
    NORM_UNICAST_NACK = 118
    NORM_BUFFER_SIZE = 119
    NORM_SEGMENT_SIZE = 120
    NORM_BLOCK_SIZE = 121
    NORM_NUM_PARITY = 122
    NORM_NUM_AUTOPARITY = 123
    NORM_PUSH = 124

    @property
    def _opt_type(self) -> _OptType:
        """How libzmq stores the value; programs for pyzmq use it."""
        from zmq.backend import options  # late: the compiled modules import this one

        if self is SocketOption.FD:
            return _OptType.fd
        kind = options.kind_of(self)
        return _OptType.int if kind == options.INT else _OptType.int64 if kind == options.INT64 else _OptType.bytes


class ContextOption(IntEnum):
    """Options of contexts; see zmq_ctx_set(3)."""

    IO_THREADS = 1
    MAX_SOCKETS = 2
    SOCKET_LIMIT = 3
    THREAD_PRIORITY = 3
    THREAD_SCHED_POLICY = 4
    MAX_MSGSZ = 5
    MSG_T_SIZE = 6
    THREAD_AFFINITY_CPU_ADD = 7
    THREAD_AFFINITY_CPU_REMOVE = 8
    THREAD_NAME_PREFIX = 9
    # Draft
    ZERO_COPY_RECV = 10


class MessageOption(IntEnum):
    """Properties of frames; see zmq_msg_get(3)."""

    MORE = 1
    """1 if another frame follows."""
    SHARED = 3
    """1 if the memory of the frame may be shared with another one."""
    SRCFD = 2
    """The descriptor of the connection on which the frame arrived; deprecated."""


class Flag(IntFlag):
    """Flags of send and receive."""

    DONTWAIT = 1
    """Raise Again instead of waiting."""
    SNDMORE = 2
    """Another frame of this message follows."""
    # Older name
    NOBLOCK = DONTWAIT
    """The older name of DONTWAIT."""


class PollEvent(IntFlag):
    """The events to poll for, and the result of a poll; see zmq_poll(3)."""

    POLLIN = 1
    """A message can be received, or data can be read."""
    POLLOUT = 2
    """A message can be sent, or data can be written."""
    POLLERR = 4
    """A descriptor has an error, or was closed."""
    POLLPRI = 8
    """Urgent data can be read from a descriptor."""


class Event(IntFlag):
    """Events of a monitored socket, and the values of ``HANDSHAKE_FAILED_PROTOCOL``; see zmq_socket_monitor(3)."""

    CONNECTED = 0x0001
    """A connection was made; the value is its descriptor."""
    CONNECT_DELAYED = 0x0002
    """A connection is being made."""
    CONNECT_RETRIED = 0x0004
    """A connection has failed, and will be retried; the value is the delay in milliseconds."""
    LISTENING = 0x0008
    """The socket is bound; the value is the descriptor."""
    BIND_FAILED = 0x0010
    """The socket could not be bound; the value is an errno."""
    ACCEPTED = 0x0020
    """A connection was accepted; the value is its descriptor."""
    ACCEPT_FAILED = 0x0040
    """A connection could not be accepted; the value is an errno."""
    CLOSED = 0x0080
    """A connection, or a listening descriptor, was closed; the value is the descriptor."""
    CLOSE_FAILED = 0x0100
    """A connection or listening descriptor could not be closed; the value is an errno."""
    DISCONNECTED = 0x0200
    """A connection was lost; the value is its descriptor."""
    MONITOR_STOPPED = 0x0400
    """The monitoring has ended."""
    HANDSHAKE_FAILED_NO_DETAIL = 0x0800
    """A handshake has failed, for an unknown reason; the value is an errno."""
    HANDSHAKE_SUCCEEDED = 0x1000
    """A connection is ready for messages."""
    HANDSHAKE_FAILED_PROTOCOL = 0x2000
    """A handshake has failed: the peer violated the protocol; the value is a PROTOCOL_ERROR."""
    HANDSHAKE_FAILED_AUTH = 0x4000
    """A handshake has failed: the peer was refused; the value is the status code of ZAP, 300, 400 or 500."""
    PIPES_STATS = 0x10000
    """Draft: how full the queues are."""
    ALL_V1 = 0xFFFF
    """All events of one value."""
    ALL = ALL_V1
    """All events but PIPES_STATS."""
    ALL_V2 = ALL_V1 | PIPES_STATS
    """All events."""
    PROTOCOL_ERROR_ZMTP_UNSPECIFIED = 0x10000000
    """ZMTP: no detail."""
    PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND = 0x10000001
    """ZMTP: a command at the wrong time."""
    PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE = 0x10000002
    """ZMTP: a nonce out of order."""
    PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE = 0x10000003
    """ZMTP: the keys could not be exchanged."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED = 0x10000011
    """ZMTP: a malformed command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE = 0x10000012
    """ZMTP: a malformed MESSAGE command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO = 0x10000013
    """ZMTP: a malformed HELLO command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE = 0x10000014
    """ZMTP: a malformed INITIATE command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR = 0x10000015
    """ZMTP: a malformed ERROR command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY = 0x10000016
    """ZMTP: a malformed READY command."""
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME = 0x10000017
    """ZMTP: a malformed WELCOME command."""
    PROTOCOL_ERROR_ZMTP_INVALID_METADATA = 0x10000018
    """ZMTP: malformed metadata."""
    PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC = 0x11000001
    """ZMTP: a command could not be decrypted or verified."""
    PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH = 0x11000002
    """ZMTP: the peers use different security mechanisms."""
    PROTOCOL_ERROR_ZAP_UNSPECIFIED = 0x20000000
    """ZAP: no detail."""
    PROTOCOL_ERROR_ZAP_MALFORMED_REPLY = 0x20000001
    """ZAP: a malformed reply of the authenticator."""
    PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID = 0x20000002
    """ZAP: a reply to another request."""
    PROTOCOL_ERROR_ZAP_BAD_VERSION = 0x20000003
    """ZAP: a reply with another version."""
    PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE = 0x20000004
    """ZAP: a reply with an invalid status code."""
    PROTOCOL_ERROR_ZAP_INVALID_METADATA = 0x20000005
    """ZAP: malformed metadata in a reply."""
    PROTOCOL_ERROR_WS_UNSPECIFIED = 0x30000000
    """WebSocket: no detail."""


class SecurityMechanism(IntEnum):
    """The security mechanism of a socket, the value of ``MECHANISM``."""

    NULL = 0
    """None."""
    PLAIN = 1
    """User and password, not encrypted."""
    CURVE = 2
    """Public keys of both peers; encrypted."""
    GSSAPI = 3
    """Kerberos."""


class GssapiNameType(IntEnum):
    """How GSSAPI principals are named."""

    HOSTBASED = 0
    """service@host."""
    USER_NAME = 1
    """A local user."""
    KRB5_PRINCIPAL = 2
    """A Kerberos principal."""


class ReconnectStop(IntEnum):
    """When a socket stops reconnecting, for ``RECONNECT_STOP`` (draft)."""

    CONN_REFUSED = 1
    """The connection was refused."""
    HANDSHAKE_FAILED = 2
    """The handshake has failed."""
    AFTER_DISCONNECT = 4  # 3 in the zmq.h of 4.3.4, by mistake
    """``disconnect`` was called."""


class RouterNotify(IntEnum):
    """The events that ``ROUTER_NOTIFY`` reports, as an empty message from the peer (draft)."""

    CONNECT = 1
    """A peer has connected."""
    DISCONNECT = 2
    """A peer has disconnected."""


class NormMode(IntEnum):
    """Congestion control of the norm transport, for ``NORM_MODE`` (draft)."""

    FIXED = 0
    """A fixed rate."""
    CC = 1
    """Congestion control, as TCP has it."""
    CCL = 2
    """Congestion control that tolerates loss."""
    CCE = 3
    """Congestion control with explicit notification."""
    CCE_ECNONLY = 4
    """Only explicit notification."""


class DeviceType(IntEnum):
    """Types of devices, for ``zmq.device``."""

    STREAMER = 1
    """PULL and PUSH."""
    FORWARDER = 2
    """XSUB and XPUB."""
    QUEUE = 3
    """ROUTER and DEALER."""


_HAUSNUMERO = 156384712

# Windows has two sets of numbers for these.  Python's errno module prefers Winsock's; libzmq reports the C library's.
_MSVC = {
    "EADDRINUSE": 100,
    "EADDRNOTAVAIL": 101,
    "EAFNOSUPPORT": 102,
    "ECONNABORTED": 106,
    "ECONNREFUSED": 107,
    "ECONNRESET": 108,
    "EHOSTUNREACH": 110,
    "EINPROGRESS": 112,
    "EMSGSIZE": 115,
    "ENETDOWN": 116,
    "ENETRESET": 117,
    "ENETUNREACH": 118,
    "ENOBUFS": 119,
    "ENOTCONN": 126,
    "ENOTSOCK": 128,
    "ENOTSUP": 129,
    "EPROTONOSUPPORT": 135,
    "ETIMEDOUT": 138,
}


def _number(name: str, offset: int) -> int:
    """Return the number of an error on this platform, or the one that zmq.h defines."""
    numbers = _MSVC if _sys.platform == "win32" else vars(_errno)
    return int(numbers.get(name, _HAUSNUMERO + offset))


class Errno(IntEnum):
    """Numbers of errors: those of the platform, or of zmq.h for errors that it lacks; see zmq_errno(3)."""

    EAGAIN = _errno.EAGAIN
    """The operation would block."""
    EFAULT = _errno.EFAULT
    """A bad address."""
    EINVAL = _errno.EINVAL
    """An invalid value."""
    ENOTSUP = _number("ENOTSUP", 1)
    """Not supported by this type of socket, or by this libzmq."""
    EPROTONOSUPPORT = _number("EPROTONOSUPPORT", 2)
    """This libzmq has no such transport."""
    ENOBUFS = _number("ENOBUFS", 3)
    """Too little memory for buffers."""
    ENETDOWN = _number("ENETDOWN", 4)
    """The network is down."""
    EADDRINUSE = _number("EADDRINUSE", 5)
    """The endpoint is taken."""
    EADDRNOTAVAIL = _number("EADDRNOTAVAIL", 6)
    """No interface of this machine has the address."""
    ECONNREFUSED = _number("ECONNREFUSED", 7)
    """The peer refused the connection."""
    EINPROGRESS = _number("EINPROGRESS", 8)
    """The operation is in progress."""
    ENOTSOCK = _number("ENOTSOCK", 9)
    """Not a socket, or a closed one."""
    EMSGSIZE = _number("EMSGSIZE", 10)
    """The message is too long."""
    EAFNOSUPPORT = _number("EAFNOSUPPORT", 11)
    """The kind of address is not supported."""
    ENETUNREACH = _number("ENETUNREACH", 12)
    """The network cannot be reached."""
    ECONNABORTED = _number("ECONNABORTED", 13)
    """The connection was aborted."""
    ECONNRESET = _number("ECONNRESET", 14)
    """The peer reset the connection."""
    ENOTCONN = _number("ENOTCONN", 15)
    """Not connected."""
    ETIMEDOUT = _number("ETIMEDOUT", 16)
    """The operation has timed out."""
    EHOSTUNREACH = _number("EHOSTUNREACH", 17)
    """The peer cannot be reached, or a ROUTER does not know it."""
    ENETRESET = _number("ENETRESET", 18)
    """The connection was reset by the network."""
    # libzmq's own
    EFSM = _HAUSNUMERO + 51
    """The wrong state: a REQ that waits for its reply cannot send."""
    ENOCOMPATPROTO = _HAUSNUMERO + 52
    """The transport does not support this socket type."""
    ETERM = _HAUSNUMERO + 53
    """The context was terminated."""
    EMTHREAD = _HAUSNUMERO + 54
    """The context has no I/O threads, or the socket is inside a relay."""


_LIMITS = {
    "IO_THREADS_DFLT": 1,
    "MAX_SOCKETS_DFLT": 1023,
    "THREAD_PRIORITY_DFLT": -1,
    "THREAD_SCHED_POLICY_DFLT": -1,
    "POLLITEMS_DFLT": 16,
    "GROUP_MAX_LENGTH": 255,
}

_PREFIXES = {
    "Event": "EVENT_",
    "GssapiNameType": "GSSAPI_NT_",
    "NormMode": "NORM_",
    "ReconnectStop": "RECONNECT_STOP_",
    "RouterNotify": "NOTIFY_",
}


def plain_names() -> dict[str, int]:
    """Return all constants by the names that zmq.h gives them: ``PUB`` is ``SocketType.PUB``."""
    names = dict(_LIMITS)
    for kind in (globals()[name] for name in __all__ if name != "_OptType"):
        prefix = _PREFIXES.get(kind.__name__, "")
        for name, member in kind.__members__.items():
            names[name if name.startswith("PROTOCOL_") else prefix + name] = member
    return names
