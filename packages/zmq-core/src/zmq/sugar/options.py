"""Socket options and context options as typed attributes: one declaration each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from zmq.backend.attributes import (
    BoolOption,
    BytesOption,
    Int64Option,
    IntOption,
    KeyOption,
    TextOption,
    UInt64Option,
)
from zmq.backend.options import BYTES, INT, declare
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
    sndhwm = IntOption(SocketOption.SNDHWM, "Most messages queued for one peer; 0 is no limit.")
    rcvhwm = IntOption(SocketOption.RCVHWM, "Most messages queued from one peer; 0 is no limit.")
    linger = IntOption(SocketOption.LINGER, "Milliseconds to keep unsent messages after close; -1 for ever.")
    sndtimeo = IntOption(SocketOption.SNDTIMEO, "Milliseconds after which a send raises Again; -1 for never.")
    rcvtimeo = IntOption(SocketOption.RCVTIMEO, "Milliseconds after which a receive raises Again; -1 for never.")
    conflate = BoolOption(SocketOption.CONFLATE, "1 keeps only the last message; no multipart messages.")
    maxmsgsize = Int64Option(SocketOption.MAXMSGSIZE, "Most bytes in a frame; longer ones end the connection. -1: any.")
    immediate = BoolOption(SocketOption.IMMEDIATE, "1 queues messages only for connections that are complete.")
    delay_attach_on_connect = BoolOption(SocketOption.DELAY_ATTACH_ON_CONNECT, "The older name of immediate.")
    invert_matching = BoolOption(SocketOption.INVERT_MATCHING, "1 passes the messages that no topic prefix matches.")
    priority = IntOption(SocketOption.PRIORITY, "Linux: the SO_PRIORITY of outgoing packets.")

    # ---- what the socket tells
    rcvmore = BoolOption(SocketOption.RCVMORE, "Whether the message of the last frame goes on.", writable=False)
    events = IntOption(SocketOption.EVENTS, "The PollEvents that are ready now.", writable=False)
    fd = IntOption(SocketOption.FD, "A descriptor, edge-triggered: read events before waiting.", writable=False)
    last_endpoint = TextOption(SocketOption.LAST_ENDPOINT, "The endpoint bound last, ports resolved.", writable=False)
    mechanism = IntOption(SocketOption.MECHANISM, "The SecurityMechanism in use.", writable=False)
    thread_safe = BoolOption(SocketOption.THREAD_SAFE, "Whether it is of a thread-safe type.", writable=False)
    topics_count = IntOption(SocketOption.TOPICS_COUNT, "How many topic prefixes are subscribed to.", writable=False)

    # ---- routing
    routing_id = BytesOption(SocketOption.ROUTING_ID, "This socket's routing id for ROUTER peers, 1 to 255 bytes.")
    identity = BytesOption(SocketOption.IDENTITY, "The older name of routing_id.")
    connect_routing_id = BytesOption(
        SocketOption.CONNECT_ROUTING_ID, "Routing id of the peer that is connected to next.", readable=False
    )
    connect_rid = BytesOption(SocketOption.CONNECT_RID, "The older name of connect_routing_id.", readable=False)
    router_mandatory = BoolOption(
        SocketOption.ROUTER_MANDATORY, "1: messages to unknown peers raise EHOSTUNREACH.", readable=False
    )
    fail_unroutable = BoolOption(SocketOption.FAIL_UNROUTABLE, "An older name of router_mandatory.", readable=False)
    router_behavior = BoolOption(SocketOption.ROUTER_BEHAVIOR, "An older name of router_mandatory.", readable=False)
    router_handover = BoolOption(
        SocketOption.ROUTER_HANDOVER, "1: a new peer takes over a routing id in use.", readable=False
    )
    router_raw = BoolOption(SocketOption.ROUTER_RAW, "1 talks to plain TCP peers; STREAM sockets do.", readable=False)
    router_notify = IntOption(SocketOption.ROUTER_NOTIFY, "Draft: RouterNotify flags; tells of peers by messages.")
    probe_router = BoolOption(SocketOption.PROBE_ROUTER, "1 sends an empty message on connecting.", readable=False)
    stream_notify = BoolOption(SocketOption.STREAM_NOTIFY, "0: STREAM tells of no connections.", readable=False)
    req_correlate = BoolOption(SocketOption.REQ_CORRELATE, "1 matches replies to requests by an id.", readable=False)
    req_relaxed = BoolOption(SocketOption.REQ_RELAXED, "1: a new request drops the one under way.", readable=False)

    # ---- publish and subscribe
    xpub_verbose = BoolOption(SocketOption.XPUB_VERBOSE, "1 passes on repeated subscriptions.", readable=False)
    xpub_verboser = BoolOption(SocketOption.XPUB_VERBOSER, "1 passes on repeated unsubscriptions.", readable=False)
    xpub_nodrop = BoolOption(SocketOption.XPUB_NODROP, "1: send blocks at sndhwm instead of dropping.", readable=False)
    xpub_manual = BoolOption(SocketOption.XPUB_MANUAL, "1: the program confirms subscriptions.", readable=False)
    xpub_manual_last_value = BoolOption(
        SocketOption.XPUB_MANUAL_LAST_VALUE, "1: like xpub_manual, sends to the last subscriber only.", readable=False
    )
    xpub_welcome_msg = BytesOption(SocketOption.XPUB_WELCOME_MSG, "Sent to each new subscriber.", readable=False)
    xsub_verbose_unsubscribe = BoolOption(
        SocketOption.XSUB_VERBOSE_UNSUBSCRIBE, "Draft: 1 passes on all unsubscriptions.", readable=False
    )
    only_first_subscribe = BoolOption(
        SocketOption.ONLY_FIRST_SUBSCRIBE, "Draft: 1 takes only first frames for subscriptions.", readable=False
    )

    # ---- connections
    affinity = UInt64Option(SocketOption.AFFINITY, "Bit mask of the I/O threads for new connections; 0: all.")
    backlog = IntOption(SocketOption.BACKLOG, "Most connections waiting to be accepted.")
    reconnect_ivl = IntOption(SocketOption.RECONNECT_IVL, "Milliseconds before a reconnect; -1 for never.")
    reconnect_ivl_max = IntOption(
        SocketOption.RECONNECT_IVL_MAX, "Milliseconds that doubling reconnect_ivl stops at; 0: it never doubles."
    )
    reconnect_stop = IntOption(SocketOption.RECONNECT_STOP, "Draft: ReconnectStop flags.")
    connect_timeout = IntOption(SocketOption.CONNECT_TIMEOUT, "Milliseconds for connect(2); 0 leaves it to the system.")
    handshake_ivl = IntOption(SocketOption.HANDSHAKE_IVL, "Milliseconds for a ZMTP handshake; 0: no limit.")
    heartbeat_ivl = IntOption(SocketOption.HEARTBEAT_IVL, "Milliseconds between ZMTP heartbeats; 0: none.")
    heartbeat_timeout = IntOption(SocketOption.HEARTBEAT_TIMEOUT, "Milliseconds to wait for an answer to one.")
    heartbeat_ttl = IntOption(SocketOption.HEARTBEAT_TTL, "Milliseconds after which the peer gives up on us.")
    ipv6 = BoolOption(SocketOption.IPV6, "1 allows IPv6.")
    ipv4only = BoolOption(SocketOption.IPV4ONLY, "The opposite of ipv6, and older.")
    tos = IntOption(SocketOption.TOS, "The IP type of service.")
    sndbuf = IntOption(SocketOption.SNDBUF, "Bytes of the system's send buffer; -1 leaves it to the system.")
    rcvbuf = IntOption(SocketOption.RCVBUF, "Bytes of the system's receive buffer; -1 leaves it to the system.")
    tcp_keepalive = IntOption(SocketOption.TCP_KEEPALIVE, "1 on, 0 off, -1 leaves it to the system.")
    tcp_keepalive_cnt = IntOption(SocketOption.TCP_KEEPALIVE_CNT, "Probes before giving up; -1: the system's.")
    tcp_keepalive_idle = IntOption(SocketOption.TCP_KEEPALIVE_IDLE, "Seconds of silence before; -1: the system's.")
    tcp_keepalive_intvl = IntOption(SocketOption.TCP_KEEPALIVE_INTVL, "Seconds between probes; -1: the system's.")
    tcp_maxrt = IntOption(SocketOption.TCP_MAXRT, "Milliseconds to retransmit for; 0: the system's.")
    tcp_accept_filter = TextOption(SocketOption.TCP_ACCEPT_FILTER, "An address to accept; use ZAP.", readable=False)
    ipc_filter_pid = IntOption(SocketOption.IPC_FILTER_PID, "A process to accept; use ZAP.", readable=False)
    ipc_filter_uid = IntOption(SocketOption.IPC_FILTER_UID, "A user to accept; use ZAP.", readable=False)
    ipc_filter_gid = IntOption(SocketOption.IPC_FILTER_GID, "A group to accept; use ZAP.", readable=False)
    use_fd = IntOption(SocketOption.USE_FD, "A listening descriptor to use instead of a new one.")
    bindtodevice = TextOption(SocketOption.BINDTODEVICE, "Linux: the network device to use.")
    socks_proxy = TextOption(SocketOption.SOCKS_PROXY, "host:port of a SOCKS5 proxy.")
    socks_username = TextOption(SocketOption.SOCKS_USERNAME, "The user for the SOCKS5 proxy.")
    socks_password = TextOption(SocketOption.SOCKS_PASSWORD, "The password for the SOCKS5 proxy.")
    loopback_fastpath = BoolOption(SocketOption.LOOPBACK_FASTPATH, "Windows: 1 takes a faster way to this machine.")
    busy_poll = IntOption(SocketOption.BUSY_POLL, "Draft: microseconds to poll busily for.")
    in_batch_size = IntOption(SocketOption.IN_BATCH_SIZE, "Draft: most bytes to read at once.")
    out_batch_size = IntOption(SocketOption.OUT_BATCH_SIZE, "Draft: most bytes to write at once.")
    metadata = TextOption(SocketOption.METADATA, "Draft: a property for peers, as X-name:value.")
    hello_msg = BytesOption(SocketOption.HELLO_MSG, "Draft: sent on connecting.", readable=False)
    disconnect_msg = BytesOption(SocketOption.DISCONNECT_MSG, "Draft: received when a peer leaves.", readable=False)
    hiccup_msg = BytesOption(SocketOption.HICCUP_MSG, "Draft: received when a connection breaks.", readable=False)
    blocky = BoolOption(SocketOption.BLOCKY, "A context option: 0 makes LINGER 0 by default.")

    # ---- security
    curve_server = BoolOption(SocketOption.CURVE_SERVER, "1 makes this end the CURVE server.")
    curve_publickey = KeyOption(SocketOption.CURVE_PUBLICKEY, "This end's public key.")
    curve_secretkey = KeyOption(SocketOption.CURVE_SECRETKEY, "This end's secret key.")
    curve_serverkey = KeyOption(SocketOption.CURVE_SERVERKEY, "The server's public key; makes this end the client.")
    plain_server = BoolOption(SocketOption.PLAIN_SERVER, "1 makes this end the PLAIN server.")
    plain_username = TextOption(SocketOption.PLAIN_USERNAME, "The user; makes this end the PLAIN client.")
    plain_password = TextOption(SocketOption.PLAIN_PASSWORD, "The password.")
    zap_domain = TextOption(SocketOption.ZAP_DOMAIN, "The ZAP domain that authentication asks in.")
    zap_enforce_domain = BoolOption(SocketOption.ZAP_ENFORCE_DOMAIN, "1: no ZAP without a domain.")
    gssapi_server = BoolOption(SocketOption.GSSAPI_SERVER, "1 makes this end the GSSAPI server.")
    gssapi_plaintext = BoolOption(SocketOption.GSSAPI_PLAINTEXT, "1: no encryption.")
    gssapi_principal = TextOption(SocketOption.GSSAPI_PRINCIPAL, "This end's principal.")
    gssapi_principal_nametype = IntOption(SocketOption.GSSAPI_PRINCIPAL_NAMETYPE, "Its name type.")
    gssapi_service_principal = TextOption(SocketOption.GSSAPI_SERVICE_PRINCIPAL, "The server's principal.")
    gssapi_service_principal_nametype = IntOption(SocketOption.GSSAPI_SERVICE_PRINCIPAL_NAMETYPE, "Its name type.")
    wss_key_pem = TextOption(SocketOption.WSS_KEY_PEM, "Draft: the key for wss://.", readable=False)
    wss_cert_pem = TextOption(SocketOption.WSS_CERT_PEM, "Draft: the certificate for wss://.", readable=False)
    wss_trust_pem = TextOption(SocketOption.WSS_TRUST_PEM, "Draft: whom to trust for wss://.", readable=False)
    wss_hostname = TextOption(SocketOption.WSS_HOSTNAME, "Draft: the host's name for wss://.", readable=False)
    wss_trust_system = BoolOption(SocketOption.WSS_TRUST_SYSTEM, "Draft: 1 trusts the system's CAs.", readable=False)

    # ---- multicast, NORM and VMCI
    rate = IntOption(SocketOption.RATE, "Multicast: kilobits per second.")
    recovery_ivl = IntOption(SocketOption.RECOVERY_IVL, "Multicast: milliseconds a receiver may be away for.")
    multicast_hops = IntOption(SocketOption.MULTICAST_HOPS, "Multicast: most network hops.")
    multicast_maxtpdu = IntOption(SocketOption.MULTICAST_MAXTPDU, "Multicast: most bytes in a packet.")
    multicast_loop = BoolOption(SocketOption.MULTICAST_LOOP, "Draft: 0 does not send to this machine.")
    norm_mode = IntOption(SocketOption.NORM_MODE, "Draft: the NormMode.")
    norm_unicast_nack = BoolOption(SocketOption.NORM_UNICAST_NACK, "Draft: 1 sends NACKs by unicast.")
    norm_buffer_size = IntOption(SocketOption.NORM_BUFFER_SIZE, "Draft: kilobytes of NORM's buffer.")
    norm_segment_size = IntOption(SocketOption.NORM_SEGMENT_SIZE, "Draft: bytes in a segment.")
    norm_block_size = IntOption(SocketOption.NORM_BLOCK_SIZE, "Draft: segments in a block.")
    norm_num_parity = IntOption(SocketOption.NORM_NUM_PARITY, "Draft: parity segments in a block.")
    norm_num_autoparity = IntOption(SocketOption.NORM_NUM_AUTOPARITY, "Draft: of these, sent at once.")
    norm_push = BoolOption(SocketOption.NORM_PUSH, "Draft: 1 makes the sender drop what is late.")
    vmci_buffer_size = UInt64Option(SocketOption.VMCI_BUFFER_SIZE, "VMCI: bytes of the buffer.")
    vmci_buffer_min_size = UInt64Option(SocketOption.VMCI_BUFFER_MIN_SIZE, "VMCI: its least size.")
    vmci_buffer_max_size = UInt64Option(SocketOption.VMCI_BUFFER_MAX_SIZE, "VMCI: its largest size.")
    vmci_connect_timeout = IntOption(SocketOption.VMCI_CONNECT_TIMEOUT, "VMCI: milliseconds for connecting.")


# These are methods and properties of sockets, not attributes.
declare(SocketOption.SUBSCRIBE, BYTES, readable=False, writable=True)
declare(SocketOption.UNSUBSCRIBE, BYTES, readable=False, writable=True)
declare(SocketOption.TYPE, INT, readable=True, writable=False)

# What each option is called by, in lower case: `socket.LINGER` and `socket.Linger` are `socket.linger`.
SOCKET_OPTIONS = {name.lower(): option for name, option in SocketOption.__members__.items()}


class _ContextOption:
    """The attribute of one context option, an int."""

    def __init__(self, option: ContextOption, doc: str, *, readable: bool = True, writable: bool = True) -> None:
        self.option = option
        self.readable = readable
        self.writable = writable
        self.__doc__ = doc

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: Context[Any], owner: type | None = None) -> int: ...
    def __get__(self, instance: Context[Any] | None, owner: type | None = None) -> Self | int:
        if instance is None:
            return self
        if not self.readable:  # two options share one number: libzmq would return the other
            raise AttributeError(f"{self.option.name} can only be set")
        try:
            return instance.get(self.option)
        except ZMQError as error:
            if error.errno != Errno.EINVAL:
                raise
            raise AttributeError(str(error)) from None  # so that hasattr() and getattr() with a default do

    def __set__(self, instance: Context[Any], value: int) -> None:
        if not self.writable:
            raise AttributeError(f"{self.option.name} can only be read")
        instance.set(self.option, value)


class ContextOptions:
    """The options of contexts; see zmq_ctx_set(3)."""

    __slots__ = ()

    io_threads = _ContextOption(ContextOption.IO_THREADS, "I/O threads; to be set before the first socket.")
    max_sockets = _ContextOption(ContextOption.MAX_SOCKETS, "Most sockets; to be set before the first.")
    socket_limit = _ContextOption(ContextOption.SOCKET_LIMIT, "The largest max_sockets can be.", writable=False)
    thread_priority = _ContextOption(
        ContextOption.THREAD_PRIORITY, "Scheduling priority of I/O threads.", readable=False
    )
    thread_sched_policy = _ContextOption(ContextOption.THREAD_SCHED_POLICY, "Their scheduling policy.")
    thread_affinity_cpu_add = _ContextOption(ContextOption.THREAD_AFFINITY_CPU_ADD, "Run them on this CPU, too.")
    thread_affinity_cpu_remove = _ContextOption(ContextOption.THREAD_AFFINITY_CPU_REMOVE, "Do not run them on it.")
    thread_name_prefix = _ContextOption(ContextOption.THREAD_NAME_PREFIX, "A number in the names of I/O threads.")
    max_msgsz = _ContextOption(ContextOption.MAX_MSGSZ, "Most bytes in a frame.")
    msg_t_size = _ContextOption(ContextOption.MSG_T_SIZE, "Bytes of a zmq_msg_t.", writable=False)


CONTEXT_OPTIONS = {name.lower(): option for name, option in ContextOption.__members__.items()}
