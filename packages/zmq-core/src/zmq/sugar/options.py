"""Socket options and context options as typed attributes: one line for each, with its kind and its documentation.

The number of an option is the constant of its name, in ``zmq.constants``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from zmq.backend.attributes import (
    BytesOption,
    Int64Option,
    IntOption,
    KeyOption,
    TextOption,
    TopicOption,
    described,
)
from zmq.constants import ContextOption, Errno, SocketOption
from zmq.error import ZMQError

if TYPE_CHECKING:
    from typing_extensions import Self

    from zmq.backend.context import Context

__all__ = ["CONTEXT_OPTIONS", "SOCKET_OPTIONS", "ContextOptions", "SocketOptions"]


class SocketOptions:
    """The options of sockets, mixed into Socket and, as defaults for new sockets, into Context.

    Most take effect for later binds and connects only; see zmq_setsockopt(3).
    """

    __slots__ = ()

    # ---- queues and time
    sndhwm = SNDHWM = IntOption(
        "Most messages queued for one peer; 0 is no limit.  Set it before bind and connect.", default=1000
    )
    rcvhwm = RCVHWM = IntOption(
        "Most messages queued from one peer; 0 is no limit.  Set it before bind and connect.", default=1000
    )
    hwm = HWM = IntOption(
        "Both high water marks: setting it sets sndhwm and rcvhwm, reading it reads sndhwm.", default=1000
    )
    linger = LINGER = IntOption(
        "Milliseconds to keep unsent messages after close; -1 for ever, 0 discards them. SUB and XSUB start with 0.",
        default=-1,
    )
    sndtimeo = SNDTIMEO = IntOption(
        "Milliseconds after which a send raises Again; -1 for never, 0 at once.", default=-1
    )
    rcvtimeo = RCVTIMEO = IntOption(
        "Milliseconds after which a receive raises Again; -1 for never, 0 at once.", default=-1
    )
    conflate = CONFLATE = IntOption("1 keeps only the last message; no multipart messages.", default=0)
    maxmsgsize = MAXMSGSIZE = Int64Option(
        "Most bytes in a received frame; a longer one ends the connection. -1 is no limit.", default=-1
    )
    immediate = IMMEDIATE = IntOption("1 queues messages only for connections that are complete.", default=0)
    delay_attach_on_connect = DELAY_ATTACH_ON_CONNECT = IntOption("The older name of immediate.", default=0)
    invert_matching = INVERT_MATCHING = IntOption("1 passes the messages that no topic prefix matches.", default=0)
    priority = PRIORITY = IntOption("Draft, Linux: the SO_PRIORITY of outgoing packets.")

    # ---- what the socket tells
    TYPE = IntOption("The SocketType, as an int.", writable=False)
    rcvmore = RCVMORE = IntOption("1 while the message of the frame received last goes on.", default=0, writable=False)
    events = EVENTS = IntOption("The PollEvents that are ready now, a mask.", writable=False)
    fd = FD = IntOption("A descriptor to wait for, edge-triggered: read events before waiting.", writable=False)
    last_endpoint = LAST_ENDPOINT = TextOption(
        "The endpoint bound last, with its port resolved.", default=b"", writable=False
    )
    mechanism = MECHANISM = IntOption("The SecurityMechanism in use.", default=0, writable=False)
    thread_safe = THREAD_SAFE = IntOption("1 if the socket is of a thread-safe type.", default=0, writable=False)
    topics_count = TOPICS_COUNT = IntOption("Draft: how many topic prefixes are subscribed to.", writable=False)

    # ---- routing
    routing_id = ROUTING_ID = BytesOption(
        "This socket's routing id for ROUTER peers, 1 to 255 bytes; not starting with a zero byte.", default=b""
    )
    identity = IDENTITY = BytesOption("The older name of routing_id.", default=b"")
    connect_routing_id = CONNECT_ROUTING_ID = BytesOption(
        "ROUTER, STREAM: the routing id that the peer connected to next is given.", readable=False
    )
    connect_rid = CONNECT_RID = BytesOption("The older name of connect_routing_id.", readable=False)
    router_mandatory = ROUTER_MANDATORY = IntOption(
        "ROUTER: 1 raises EHOSTUNREACH for messages to unknown peers, instead of dropping them.",
        default=0,
        readable=False,
    )
    fail_unroutable = FAIL_UNROUTABLE = IntOption("An older name of router_mandatory.", default=0, readable=False)
    router_behavior = ROUTER_BEHAVIOR = IntOption("An older name of router_mandatory.", default=0, readable=False)
    router_handover = ROUTER_HANDOVER = IntOption(
        "ROUTER: 1 lets a new peer take over a routing id in use.", default=0, readable=False
    )
    router_raw = ROUTER_RAW = IntOption(
        "ROUTER: 1 talks to plain TCP peers; new programs use a STREAM socket.", default=0, readable=False
    )
    router_notify = ROUTER_NOTIFY = IntOption(
        "Draft, ROUTER: RouterNotify flags; an empty message tells that a peer came or left."
    )
    probe_router = PROBE_ROUTER = IntOption(
        "1 sends an empty message on connecting, so that a ROUTER learns the routing id.", default=0, readable=False
    )
    stream_notify = STREAM_NOTIFY = IntOption(
        "STREAM: 1 tells of connections and their ends by empty messages.", default=1, readable=False
    )
    req_correlate = REQ_CORRELATE = IntOption("REQ: 1 matches replies to requests by an id.", default=0, readable=False)
    req_relaxed = REQ_RELAXED = IntOption(
        "REQ: 1 lets a new request drop the one under way.", default=0, readable=False
    )

    # ---- publish and subscribe
    SUBSCRIBE = TopicOption("SUB: a topic prefix to subscribe to, as by subscribe().", readable=False)
    UNSUBSCRIBE = TopicOption("SUB: a topic prefix to unsubscribe from, as by unsubscribe().", readable=False)
    xpub_verbose = XPUB_VERBOSE = IntOption("XPUB: 1 passes on repeated subscriptions.", default=0, readable=False)
    xpub_verboser = XPUB_VERBOSER = IntOption(
        "XPUB: 1 passes on repeated subscriptions and unsubscriptions.", default=0, readable=False
    )
    xpub_nodrop = XPUB_NODROP = IntOption(
        "XPUB, PUB: 1 makes send raise Again or wait at sndhwm, instead of dropping the message.",
        default=0,
        readable=False,
    )
    xpub_manual = XPUB_MANUAL = IntOption(
        "XPUB: 1 leaves it to the program to confirm subscriptions.", default=0, readable=False
    )
    xpub_manual_last_value = XPUB_MANUAL_LAST_VALUE = IntOption(
        "XPUB: as xpub_manual; the next message goes to the last subscriber only.", default=0, readable=False
    )
    xpub_welcome_msg = XPUB_WELCOME_MSG = BytesOption(
        "XPUB: a message for each new subscriber.", default=b"", readable=False
    )
    xsub_verbose_unsubscribe = XSUB_VERBOSE_UNSUBSCRIBE = IntOption(
        "Draft, XSUB: 1 passes on repeated unsubscriptions.", default=0, readable=False
    )
    only_first_subscribe = ONLY_FIRST_SUBSCRIBE = IntOption(
        "Draft, XPUB, XSUB: 1 takes only first frames for subscriptions.", default=0, readable=False
    )

    # ---- connections
    affinity = AFFINITY = Int64Option(
        "Bit mask of the I/O threads for new connections; 0 is all. The sign is bit 63.", default=0
    )
    backlog = BACKLOG = IntOption("Most connections waiting to be accepted.", default=100)
    reconnect_ivl = RECONNECT_IVL = IntOption("Milliseconds before a reconnect; -1 for never.", default=100)
    reconnect_ivl_max = RECONNECT_IVL_MAX = IntOption(
        "Milliseconds that doubling reconnect_ivl stops at; 0: it never doubles.", default=0
    )
    reconnect_stop = RECONNECT_STOP = IntOption("Draft: ReconnectStop flags, for when to give up.")
    connect_timeout = CONNECT_TIMEOUT = IntOption("Milliseconds for connect(2); 0 leaves it to the system.", default=0)
    handshake_ivl = HANDSHAKE_IVL = IntOption("Milliseconds for a ZMTP handshake; 0 is no limit.", default=30000)
    heartbeat_ivl = HEARTBEAT_IVL = IntOption("Milliseconds between ZMTP heartbeats; 0: none.", default=0)
    heartbeat_timeout = HEARTBEAT_TIMEOUT = IntOption(
        "Milliseconds to wait for the answer to a heartbeat; -1: as heartbeat_ivl.", default=-1
    )
    heartbeat_ttl = HEARTBEAT_TTL = IntOption(
        "Milliseconds after which the peer gives up on this end, in steps of 100, up to 6553599.", default=0
    )
    ipv6 = IPV6 = IntOption("1 allows IPv6.", default=0)
    ipv4only = IPV4ONLY = IntOption("The opposite of ipv6, and older.", default=1)
    tos = TOS = IntOption("The IP type of service of outgoing packets.", default=0)
    sndbuf = SNDBUF = IntOption("Bytes of the system's send buffer; -1 leaves it to the system.", default=-1)
    rcvbuf = RCVBUF = IntOption("Bytes of the system's receive buffer; -1 leaves it to the system.", default=-1)
    tcp_keepalive = TCP_KEEPALIVE = IntOption("1 on, 0 off, -1 leaves it to the system.", default=-1)
    tcp_keepalive_cnt = TCP_KEEPALIVE_CNT = IntOption(
        "TCP keepalive: probes before giving up; -1 leaves it to the system.", default=-1
    )
    tcp_keepalive_idle = TCP_KEEPALIVE_IDLE = IntOption(
        "TCP keepalive: seconds of silence before the first probe; -1 leaves it to the system.", default=-1
    )
    tcp_keepalive_intvl = TCP_KEEPALIVE_INTVL = IntOption(
        "TCP keepalive: seconds between probes; -1 leaves it to the system.", default=-1
    )
    tcp_maxrt = TCP_MAXRT = IntOption("Milliseconds to retransmit for; 0 leaves it to the system.", default=0)
    tcp_accept_filter = TCP_ACCEPT_FILTER = TextOption(
        "An address to accept connections from; use ZAP.", readable=False
    )
    ipc_filter_pid = IPC_FILTER_PID = IntOption("Linux: a process to accept connections from; use ZAP.", readable=False)
    ipc_filter_uid = IPC_FILTER_UID = IntOption("A user to accept connections from; use ZAP.", readable=False)
    ipc_filter_gid = IPC_FILTER_GID = IntOption("A group to accept connections from; use ZAP.", readable=False)
    use_fd = USE_FD = IntOption("A listening descriptor to use instead of a new one; -1: none.", default=-1)
    bindtodevice = BINDTODEVICE = TextOption("Linux: the network device to use, such as b'eth0'.")
    socks_proxy = SOCKS_PROXY = TextOption("host:port of a SOCKS5 proxy.", default=b"")
    socks_username = SOCKS_USERNAME = TextOption("The user for the SOCKS5 proxy.")
    socks_password = SOCKS_PASSWORD = TextOption("The password for the SOCKS5 proxy.")
    loopback_fastpath = LOOPBACK_FASTPATH = IntOption("Windows: 1 takes a faster way to this machine.")
    busy_poll = BUSY_POLL = IntOption("Draft, Linux: microseconds to poll busily for.")
    in_batch_size = IN_BATCH_SIZE = IntOption("Draft: most bytes to read at once.")
    out_batch_size = OUT_BATCH_SIZE = IntOption("Draft: most bytes to write at once.")
    metadata = METADATA = TextOption("Draft: a property for peers, as b'X-name:value'.")
    hello_msg = HELLO_MSG = BytesOption("Draft: a message that is sent on connecting.", readable=False)
    disconnect_msg = DISCONNECT_MSG = BytesOption(
        "Draft: a message that is received when a peer leaves.", readable=False
    )
    hiccup_msg = HICCUP_MSG = BytesOption("Draft: a message that is received when a connection breaks.", readable=False)
    blocky = BLOCKY = IntOption("A context option: 0 makes 0 the default of LINGER.")

    # ---- security
    curve_server = CURVE_SERVER = IntOption("1 makes this end the CURVE server.", default=0)
    curve_publickey = CURVE_PUBLICKEY = KeyOption("This end's public key.")
    curve_secretkey = CURVE_SECRETKEY = KeyOption("This end's secret key.")
    curve_serverkey = CURVE_SERVERKEY = KeyOption("The server's public key; makes this end the CURVE client.")
    plain_server = PLAIN_SERVER = IntOption("1 makes this end the PLAIN server.", default=0)
    plain_username = PLAIN_USERNAME = TextOption("The user; makes this end the PLAIN client.", default=b"")
    plain_password = PLAIN_PASSWORD = TextOption("The password.", default=b"")
    zap_domain = ZAP_DOMAIN = TextOption("The ZAP domain that authentication asks in.", default=b"")
    zap_enforce_domain = ZAP_ENFORCE_DOMAIN = IntOption(
        "1 asks ZAP only where a domain is set; 0 asks with an empty one, too.", default=0
    )
    gssapi_server = GSSAPI_SERVER = IntOption("1 makes this end the GSSAPI server.")
    gssapi_plaintext = GSSAPI_PLAINTEXT = IntOption("1 turns encryption off.")
    gssapi_principal = GSSAPI_PRINCIPAL = TextOption("This end's principal.")
    gssapi_principal_nametype = GSSAPI_PRINCIPAL_NAMETYPE = IntOption("The GssapiNameType of gssapi_principal.")
    gssapi_service_principal = GSSAPI_SERVICE_PRINCIPAL = TextOption(
        "The server's principal; makes this end the GSSAPI client."
    )
    gssapi_service_principal_nametype = GSSAPI_SERVICE_PRINCIPAL_NAMETYPE = IntOption(
        "The GssapiNameType of gssapi_service_principal."
    )
    wss_key_pem = WSS_KEY_PEM = TextOption("Draft: the key for wss://, as PEM.", readable=False)
    wss_cert_pem = WSS_CERT_PEM = TextOption("Draft: the certificate for wss://, as PEM.", readable=False)
    wss_trust_pem = WSS_TRUST_PEM = TextOption("Draft: the certificates that wss:// trusts, as PEM.", readable=False)
    wss_hostname = WSS_HOSTNAME = TextOption(
        "Draft: the name of the host that wss:// connects to, for TLS.", readable=False
    )
    wss_trust_system = WSS_TRUST_SYSTEM = IntOption(
        "Draft: 1 makes wss:// trust the system's certificates.", readable=False
    )

    # ---- multicast, NORM and VMCI
    rate = RATE = IntOption("Multicast: kilobits per second.", default=100)
    recovery_ivl = RECOVERY_IVL = IntOption("Multicast: milliseconds that a receiver may be away for.", default=10000)
    multicast_hops = MULTICAST_HOPS = IntOption("Multicast: most network hops.", default=1)
    multicast_maxtpdu = MULTICAST_MAXTPDU = IntOption("Multicast: most bytes in a packet.", default=1500)
    multicast_loop = MULTICAST_LOOP = IntOption("Multicast: 0 does not send to this machine.", default=1)
    norm_mode = NORM_MODE = IntOption("Draft: the NormMode.")
    norm_unicast_nack = NORM_UNICAST_NACK = IntOption("Draft: 1 sends NACKs by unicast.")
    norm_buffer_size = NORM_BUFFER_SIZE = IntOption("Draft: kilobytes of NORM's buffer.")
    norm_segment_size = NORM_SEGMENT_SIZE = IntOption("Draft: bytes in a segment.")
    norm_block_size = NORM_BLOCK_SIZE = IntOption("Draft: segments in a block.")
    norm_num_parity = NORM_NUM_PARITY = IntOption("Draft: parity segments in a block.")
    norm_num_autoparity = NORM_NUM_AUTOPARITY = IntOption("Draft: parity segments in a block that are sent at once.")
    norm_push = NORM_PUSH = IntOption("Draft: 1 makes the sender drop what is late.")
    vmci_buffer_size = VMCI_BUFFER_SIZE = Int64Option("VMCI: bytes of the buffer.")
    vmci_buffer_min_size = VMCI_BUFFER_MIN_SIZE = Int64Option("VMCI: the least that vmci_buffer_size can be.")
    vmci_buffer_max_size = VMCI_BUFFER_MAX_SIZE = Int64Option("VMCI: the most that vmci_buffer_size can be.")
    vmci_connect_timeout = VMCI_CONNECT_TIMEOUT = IntOption("VMCI: milliseconds for connecting.")


# What each option is called by, in lower case: `socket.Linger` is `socket.linger`, too.
SOCKET_OPTIONS = {name.lower(): option for name, option in SocketOption.__members__.items()}


class _ContextOption:  # as IntOption; its docstring is that of the option
    def __init__(self, doc: str, *, default: int | None = None, readable: bool = True, writable: bool = True) -> None:
        self.default = default
        self.readable = readable
        self.writable = writable
        self._doc = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name.lower()
        self.option = ContextOption[name.upper()]

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # computed when it is read
        return described(self.name, self._doc, "int", self.default, self.readable, self.writable)

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: Context[Any], owner: type | None = None) -> int: ...
    def __get__(self, instance: Context[Any] | None, owner: type | None = None) -> Self | int:
        if instance is None:
            return self
        try:
            return instance.get(self.option)
        except ZMQError as error:
            if error.errno != Errno.EINVAL:
                raise
            raise AttributeError(str(error)) from None  # so that hasattr() and getattr() with a default do

    def __set__(self, instance: Context[Any], value: int) -> None:
        instance.set(self.option, value)


class ContextOptions:
    """The options of contexts; see zmq_ctx_set(3)."""

    __slots__ = ()

    io_threads = IO_THREADS = _ContextOption("I/O threads; to be set before the first socket.", default=1)
    max_sockets = MAX_SOCKETS = _ContextOption("Most sockets; to be set before the first.", default=1023)
    socket_limit = SOCKET_LIMIT = _ContextOption("The largest max_sockets can be.", writable=False)
    thread_priority = THREAD_PRIORITY = _ContextOption("Scheduling priority of I/O threads.", readable=False)
    thread_sched_policy = THREAD_SCHED_POLICY = _ContextOption("Scheduling policy of I/O threads.")
    thread_affinity_cpu_add = THREAD_AFFINITY_CPU_ADD = _ContextOption("A CPU that I/O threads run on, too.")
    thread_affinity_cpu_remove = THREAD_AFFINITY_CPU_REMOVE = _ContextOption("A CPU that I/O threads do not run on.")
    thread_name_prefix = THREAD_NAME_PREFIX = _ContextOption("A number in the names of I/O threads.")
    max_msgsz = MAX_MSGSZ = _ContextOption("Most bytes in a frame that is sent.", default=2**31 - 1)
    msg_t_size = MSG_T_SIZE = _ContextOption("Bytes of a zmq_msg_t.", writable=False)
    zero_copy_recv = ZERO_COPY_RECV = _ContextOption("Draft: 0 copies received messages.", default=1)


CONTEXT_OPTIONS = {name.lower(): option for name, option in ContextOption.__members__.items()}
