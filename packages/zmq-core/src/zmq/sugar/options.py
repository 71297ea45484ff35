"""Socket options and context options as typed attributes: one line for each, with its kind and its documentation.

The number of an option is the constant of its name, in ``zmq.constants``.  What a line can tell besides its text
``zmq.backend.described.Facts`` lists: the unit, the range, the types of sockets, the version of libzmq.  The facts are
those of the man pages of libzmq 4.3; the tests try the ranges and the defaults.
"""

from __future__ import annotations

from zmq.backend.attributes import (
    BytesOption,
    Int64Option,
    IntContextOption,
    IntOption,
    KeyOption,
    SwitchOption,
    TextOption,
    TopicOption,
)
from zmq.constants import ContextOption, SocketOption

__all__ = ["CONTEXT_OPTIONS", "SOCKET_OPTIONS", "ContextOptions", "SocketOptions"]


class SocketOptions:
    """The options of sockets, mixed into Socket and, as defaults for new sockets, into Context.

    Most take effect for later binds and connects only; see zmq_setsockopt(3).
    """

    __slots__ = ()

    # fmt: off
    # ---- queues and time
    sndhwm = SNDHWM = IntOption(
        "Most messages queued for one peer; 0 is no limit.  Set it before bind and connect.",
        unit="messages", values="0..", default=1000)
    rcvhwm = RCVHWM = IntOption(
        "Most messages queued from one peer; 0 is no limit.  Set it before bind and connect.",
        unit="messages", values="0..", default=1000)
    hwm = HWM = IntOption(
        "Both high water marks: setting it sets sndhwm and rcvhwm, reading it reads sndhwm.",
        unit="messages", values="0..", default=1000)
    linger = LINGER = IntOption(
        "How long to keep unsent messages after close; -1 is for ever, 0 discards them. SUB and XSUB start with 0.",
        unit="milliseconds", values="-1..", default=-1)
    sndtimeo = SNDTIMEO = IntOption(
        "How long a send waits before it raises Again; -1 is for ever, 0 raises at once.",
        unit="milliseconds", values="-1..", default=-1)
    rcvtimeo = RCVTIMEO = IntOption(
        "How long a receive waits before it raises Again; -1 is for ever, 0 raises at once.",
        unit="milliseconds", values="-1..", default=-1)
    conflate = CONFLATE = SwitchOption(
        "1 keeps only the last message; no multipart messages.", sockets="PULL, PUSH, SUB, PUB, DEALER")
    maxmsgsize = MAXMSGSIZE = Int64Option(
        "The longest frame to receive; a longer one ends the connection. -1 is no limit.", unit="bytes", default=-1)
    immediate = IMMEDIATE = SwitchOption(
        "1 queues messages only for connections that are complete.", transports="connection-oriented")
    delay_attach_on_connect = DELAY_ATTACH_ON_CONNECT = SwitchOption(
        "The older name of immediate.", transports="connection-oriented")
    invert_matching = INVERT_MATCHING = SwitchOption(
        "1 passes the messages that no topic prefix matches. PUB and SUB must agree.", sockets="PUB, XPUB, SUB")
    priority = PRIORITY = IntOption(
        "The SO_PRIORITY of outgoing packets, on Linux. More than 6 needs a privilege.",
        values="0..", default=0, transports="connection-oriented", draft="4.3.4")

    # ---- what the socket tells
    TYPE = IntOption.read_only("The type of the socket.", values="SocketType")
    rcvmore = RCVMORE = SwitchOption.read_only("1 while the message of the frame received last goes on.")
    events = EVENTS = IntOption.read_only("What is ready now, a mask.", values="PollEvent")
    fd = FD = IntOption.read_only("A descriptor to wait for, edge-triggered: read events before waiting.")
    last_endpoint = LAST_ENDPOINT = TextOption.read_only(
        "The endpoint bound last, with its port resolved.", default=b"")
    mechanism = MECHANISM = IntOption.read_only(
        "The security in use.", values="SecurityMechanism", default=0, transports="tcp, ipc")
    thread_safe = THREAD_SAFE = SwitchOption.read_only("1 if the socket is of a thread-safe type.")
    topics_count = TOPICS_COUNT = IntOption.read_only(
        "How many topic prefixes are subscribed to.",
        unit="topic prefixes", values="0..", sockets="PUB, XPUB, SUB, XSUB", draft="4.3.5")

    # ---- routing
    routing_id = ROUTING_ID = BytesOption(
        "This socket's routing id for ROUTER peers. It does not start with a zero byte.",
        length="1..255", default=b"", sockets="REQ, REP, ROUTER, DEALER")
    identity = IDENTITY = BytesOption(
        "The older name of routing_id.", length="1..255", default=b"", sockets="REQ, REP, ROUTER, DEALER")
    connect_routing_id = CONNECT_ROUTING_ID = BytesOption(
        "The routing id that the peer connected to next is given. It does not start with a zero byte.",
        length="1..255", sockets="ROUTER, STREAM", readable=False)
    connect_rid = CONNECT_RID = BytesOption(
        "The older name of connect_routing_id.", length="1..255", sockets="ROUTER, STREAM", readable=False)
    router_mandatory = ROUTER_MANDATORY = SwitchOption(
        "1 raises EHOSTUNREACH for messages to unknown peers, instead of dropping them; full peers are waited for.",
        sockets="ROUTER", readable=False)
    fail_unroutable = FAIL_UNROUTABLE = SwitchOption(
        "An older name of router_mandatory.", sockets="ROUTER", readable=False)
    router_behavior = ROUTER_BEHAVIOR = SwitchOption(
        "An older name of router_mandatory.", sockets="ROUTER", readable=False)
    router_handover = ROUTER_HANDOVER = SwitchOption(
        "1 lets a new peer take over a routing id in use.", sockets="ROUTER", readable=False)
    router_raw = ROUTER_RAW = SwitchOption(
        "1 talks to plain TCP peers; new programs use a STREAM socket.",
        sockets="ROUTER", transports="tcp", readable=False)
    router_notify = ROUTER_NOTIFY = IntOption(
        "An empty message tells that a peer came or left; a mask.",
        values="RouterNotify", default=0, sockets="ROUTER", transports="tcp, ipc", draft="4.3.0")
    probe_router = PROBE_ROUTER = SwitchOption(
        "1 sends an empty message on connecting, so that a ROUTER learns the routing id.",
        sockets="ROUTER, DEALER, REQ", readable=False)
    stream_notify = STREAM_NOTIFY = SwitchOption(
        "1 tells of connections and their ends by empty messages.", default=1, sockets="STREAM", readable=False)
    req_correlate = REQ_CORRELATE = SwitchOption(
        "1 matches replies to requests by an id.", sockets="REQ", readable=False)
    req_relaxed = REQ_RELAXED = SwitchOption(
        "1 lets a new request drop the one under way. Set req_correlate, too.", sockets="REQ", readable=False)

    # ---- publish and subscribe
    SUBSCRIBE = TopicOption(
        "A topic prefix to subscribe to, as by subscribe(); an XPUB with xpub_manual confirms one.",
        sockets="SUB, XPUB", readable=False)
    UNSUBSCRIBE = TopicOption(
        "A topic prefix to unsubscribe from, as by unsubscribe().", sockets="SUB, XPUB", readable=False)
    xpub_verbose = XPUB_VERBOSE = SwitchOption("1 passes on repeated subscriptions.", sockets="XPUB", readable=False)
    xpub_verboser = XPUB_VERBOSER = SwitchOption(
        "1 passes on repeated subscriptions and unsubscriptions.", sockets="XPUB", readable=False)
    xpub_nodrop = XPUB_NODROP = SwitchOption(
        "1 makes send raise Again or wait at sndhwm, instead of dropping the message.",
        sockets="XPUB, PUB", readable=False)
    xpub_manual = XPUB_MANUAL = SwitchOption(
        "1 leaves it to the program to confirm subscriptions.", sockets="XPUB", readable=False)
    xpub_manual_last_value = XPUB_MANUAL_LAST_VALUE = SwitchOption(
        "As xpub_manual; the next message goes to the last subscriber only.",
        sockets="XPUB", draft="4.3.2", readable=False)
    xpub_welcome_msg = XPUB_WELCOME_MSG = BytesOption(
        "A message for each new subscriber, if it has subscribed to it.", default=b"", sockets="XPUB", readable=False)
    xsub_verbose_unsubscribe = XSUB_VERBOSE_UNSUBSCRIBE = SwitchOption(
        "1 passes on repeated unsubscriptions.", sockets="XSUB", draft="4.3.5", readable=False)
    only_first_subscribe = ONLY_FIRST_SUBSCRIBE = SwitchOption(
        "1 takes only first frames for subscriptions.", sockets="XPUB, XSUB", draft="4.3.3", readable=False)

    # ---- connections
    affinity = AFFINITY = Int64Option(
        "The I/O threads for new connections, a mask; 0 is all. The sign is bit 63.", default=0)
    backlog = BACKLOG = IntOption(
        "Most connections waiting to be accepted.",
        unit="connections", values="0..", default=100, transports="connection-oriented")
    reconnect_ivl = RECONNECT_IVL = IntOption(
        "How long to wait before a reconnect; -1 is for ever.",
        unit="milliseconds", values="-1..", default=100, transports="connection-oriented")
    reconnect_ivl_max = RECONNECT_IVL_MAX = IntOption(
        "How far reconnect_ivl doubles with each failure; 0: it never doubles.",
        unit="milliseconds", values="0..", default=0, transports="connection-oriented")
    reconnect_stop = RECONNECT_STOP = IntOption(
        "When to give up reconnecting, a mask.",
        values="ReconnectStop", default=0, transports="connection-oriented", draft="4.3.3")
    connect_timeout = CONNECT_TIMEOUT = IntOption(
        "How long connect(2) may take; 0 leaves it to the system.",
        unit="milliseconds", values="0..", default=0, transports="tcp")
    handshake_ivl = HANDSHAKE_IVL = IntOption(
        "How long a ZMTP handshake may take; 0 is no limit.",
        unit="milliseconds", values="0..", default=30000, sockets="all but STREAM", transports="connection-oriented")
    heartbeat_ivl = HEARTBEAT_IVL = IntOption(
        "How often to send a ZMTP heartbeat; 0: never.",
        unit="milliseconds", values="0..", default=0, transports="connection-oriented")
    heartbeat_timeout = HEARTBEAT_TIMEOUT = IntOption(
        "How long to wait for traffic after a heartbeat. Reads -1 until it is set: as heartbeat_ivl.",
        unit="milliseconds", values="0..", default=-1, transports="connection-oriented")
    heartbeat_ttl = HEARTBEAT_TTL = IntOption(
        "How long the peer waits for traffic before it gives up on this end, in steps of 100.",
        unit="milliseconds", values="0..6553599", default=0, transports="connection-oriented")
    ipv6 = IPV6 = SwitchOption("1 allows IPv6.", transports="tcp")
    ipv4only = IPV4ONLY = SwitchOption("The opposite of ipv6, and older.", default=1, transports="tcp")
    tos = TOS = IntOption(
        "The IP type of service of outgoing packets.", values="0..", default=0, transports="connection-oriented")
    sndbuf = SNDBUF = IntOption(
        "The system's send buffer; -1 leaves it to the system.", unit="bytes", values="-1..", default=-1)
    rcvbuf = RCVBUF = IntOption(
        "The system's receive buffer; -1 leaves it to the system.", unit="bytes", values="-1..", default=-1)
    tcp_keepalive = TCP_KEEPALIVE = IntOption(
        "Keepalive probes of TCP: 1 on, 0 off, -1 leaves it to the system.",
        values="-1, 0, 1", default=-1, transports="tcp")
    tcp_keepalive_cnt = TCP_KEEPALIVE_CNT = IntOption(
        "Keepalive probes before giving up; -1 leaves it to the system.",
        unit="probes", values="-1..", default=-1, transports="tcp")
    tcp_keepalive_idle = TCP_KEEPALIVE_IDLE = IntOption(
        "The silence before the first keepalive probe; -1 leaves it to the system.",
        unit="seconds", values="-1..", default=-1, transports="tcp")
    tcp_keepalive_intvl = TCP_KEEPALIVE_INTVL = IntOption(
        "The time between keepalive probes; -1 leaves it to the system.",
        unit="seconds", values="-1..", default=-1, transports="tcp")
    tcp_maxrt = TCP_MAXRT = IntOption(
        "How long to retransmit; 0 leaves it to the system.",
        unit="milliseconds", values="0..", default=0, transports="tcp")
    tcp_accept_filter = TCP_ACCEPT_FILTER = TextOption(
        "An address or network to accept connections from, such as b'10.0.0.0/8'; use ZAP.",
        transports="tcp", readable=False)
    ipc_filter_pid = IPC_FILTER_PID = IntOption(
        "A process to accept connections from, on Linux; use ZAP.", transports="ipc", readable=False)
    ipc_filter_uid = IPC_FILTER_UID = IntOption(
        "A user to accept connections from; use ZAP.", transports="ipc", readable=False)
    ipc_filter_gid = IPC_FILTER_GID = IntOption(
        "A group to accept connections from; use ZAP.", transports="ipc", readable=False)
    use_fd = USE_FD = IntOption(
        "A listening descriptor to use instead of a new one; -1: none.",
        values="-1..", default=-1, transports="tcp, ipc")
    bindtodevice = BINDTODEVICE = TextOption(
        "The network device to use, such as b'eth0', on Linux.", default=b"", transports="tcp, udp")
    socks_proxy = SOCKS_PROXY = TextOption("host:port of a SOCKS5 proxy.", default=b"", transports="tcp")
    socks_username = SOCKS_USERNAME = TextOption(
        "The user for the SOCKS5 proxy.", length="0..255", default=b"", transports="tcp", draft="4.3.2")
    socks_password = SOCKS_PASSWORD = TextOption(
        "The password for the SOCKS5 proxy.", length="0..255", default=b"", transports="tcp", draft="4.3.2")
    loopback_fastpath = LOOPBACK_FASTPATH = SwitchOption(
        "1 takes a faster way to this machine, on Windows.", transports="tcp", draft="4.2.4")
    busy_poll = BUSY_POLL = IntOption(
        "How long the system polls the network device busily, on Linux.",
        unit="microseconds", values="0..", default=0, draft="4.3.5")
    in_batch_size = IN_BATCH_SIZE = IntOption(
        "The most to read at once. Hardly any program gains by changing it.",
        unit="bytes", values="1..", default=8192, transports="tcp, ipc, pgm, norm", draft="4.3.2")
    out_batch_size = OUT_BATCH_SIZE = IntOption(
        "The most to write at once. Hardly any program gains by changing it.",
        unit="bytes", values="1..", default=8192, transports="tcp, ipc, pgm, norm", draft="4.3.2")
    metadata = METADATA = TextOption("A property for peers, as b'X-name:value'.", draft="4.2.4")
    hello_msg = HELLO_MSG = BytesOption(
        "A message that is sent to each new peer.",
        default=b"", sockets="ROUTER, DEALER, CLIENT, SERVER, PEER", draft="4.3.3", readable=False)
    disconnect_msg = DISCONNECT_MSG = BytesOption(
        "A message that is received when a peer leaves.",
        default=b"", sockets="ROUTER, SERVER, PEER", draft="4.3.3", readable=False)
    hiccup_msg = HICCUP_MSG = BytesOption(
        "A message that is received when a connection breaks.",
        default=b"", sockets="DEALER, CLIENT, PEER", draft="4.3.5", readable=False)
    blocky = BLOCKY = IntOption(
        "An option of contexts: 0 makes 0 the default of LINGER.",
        values="0, 1", sockets="none: context.set(zmq.BLOCKY, 0)", page="zmq_ctx_set")

    # ---- security
    curve_server = CURVE_SERVER = SwitchOption("1 makes this end the CURVE server.", transports="tcp, ipc")
    curve_publickey = CURVE_PUBLICKEY = KeyOption("This end's public key.", transports="tcp, ipc")
    curve_secretkey = CURVE_SECRETKEY = KeyOption("This end's secret key.", transports="tcp, ipc")
    curve_serverkey = CURVE_SERVERKEY = KeyOption(
        "The server's public key; makes this end the CURVE client.", transports="tcp, ipc")
    plain_server = PLAIN_SERVER = SwitchOption("1 makes this end the PLAIN server.", transports="tcp, ipc")
    plain_username = PLAIN_USERNAME = TextOption(
        "The user; makes this end the PLAIN client.", length="1..255", default=b"", transports="tcp, ipc")
    plain_password = PLAIN_PASSWORD = TextOption(
        "The password.", length="1..255", default=b"", transports="tcp, ipc")
    zap_domain = ZAP_DOMAIN = TextOption(
        "The ZAP domain that authentication asks in.", length="1..255", default=b"", transports="tcp, ipc")
    zap_enforce_domain = ZAP_ENFORCE_DOMAIN = SwitchOption(
        "1 refuses peers while no authenticator runs. Set ZAP_DOMAIN, too: without one ZAP is not asked, PLAIN aborts.",
        transports="tcp, ipc", draft="4.2.3")
    gssapi_server = GSSAPI_SERVER = SwitchOption("1 makes this end the GSSAPI server.", transports="tcp, ipc")
    gssapi_plaintext = GSSAPI_PLAINTEXT = SwitchOption("1 turns encryption off.", transports="tcp, ipc")
    gssapi_principal = GSSAPI_PRINCIPAL = TextOption(
        "This end's principal.", length="1..255", default=b"", transports="tcp, ipc")
    gssapi_principal_nametype = GSSAPI_PRINCIPAL_NAMETYPE = IntOption(
        "What kind of name gssapi_principal is.",
        values="GssapiNameType", default=0, transports="tcp, ipc")
    gssapi_service_principal = GSSAPI_SERVICE_PRINCIPAL = TextOption(
        "The server's principal; makes this end the GSSAPI client.",
        length="1..255", default=b"", transports="tcp, ipc")
    gssapi_service_principal_nametype = GSSAPI_SERVICE_PRINCIPAL_NAMETYPE = IntOption(
        "What kind of name gssapi_service_principal is.",
        values="GssapiNameType", default=0, transports="tcp, ipc")
    wss_key_pem = WSS_KEY_PEM = TextOption("The key, as PEM.", transports="wss", draft="4.3.3", readable=False)
    wss_cert_pem = WSS_CERT_PEM = TextOption(
        "The certificate, as PEM.", transports="wss", draft="4.3.3", readable=False)
    wss_trust_pem = WSS_TRUST_PEM = TextOption(
        "The certificates that are trusted, as PEM.", transports="wss", draft="4.3.3", readable=False)
    wss_hostname = WSS_HOSTNAME = TextOption(
        "The name of the host that is connected to, for TLS.", transports="wss", draft="4.3.3", readable=False)
    wss_trust_system = WSS_TRUST_SYSTEM = IntOption(
        "1 trusts the system's certificates.", values="0, 1", transports="wss", draft="4.3.3", readable=False)

    # ---- multicast, NORM and VMCI
    rate = RATE = IntOption(
        "The most to send or receive.", unit="kilobits per second", values="1..", default=100, transports="multicast")
    recovery_ivl = RECOVERY_IVL = IntOption(
        "How long a receiver may be away without losing messages.",
        unit="milliseconds", values="0..", default=10000, transports="multicast")
    multicast_hops = MULTICAST_HOPS = IntOption(
        "How far packets go; 1 is the local network.",
        unit="network hops", values="1..", default=1, transports="multicast")
    multicast_maxtpdu = MULTICAST_MAXTPDU = IntOption(
        "The largest packet to send.", unit="bytes", values="1..", default=1500, transports="multicast")
    multicast_loop = MULTICAST_LOOP = SwitchOption(
        "0 does not send to this machine.", default=1, sockets="RADIO", transports="multicast over udp", draft="4.3.0")
    norm_mode = NORM_MODE = IntOption(
        "How NORM controls congestion.", values="NormMode", default=1, transports="norm", draft="4.3.5")
    norm_unicast_nack = NORM_UNICAST_NACK = SwitchOption("1 sends NACKs by unicast.", transports="norm", draft="4.3.5")
    norm_buffer_size = NORM_BUFFER_SIZE = IntOption(
        "NORM's buffer.", unit="kilobytes", values="1..", default=2048, transports="norm", draft="4.3.5")
    norm_segment_size = NORM_SEGMENT_SIZE = IntOption(
        "The most content in a packet.", unit="bytes", values="1..", default=1400, transports="norm", draft="4.3.5")
    norm_block_size = NORM_BLOCK_SIZE = IntOption(
        "How large a block for error correction is.",
        unit="segments", values="1..255", default=16, transports="norm", draft="4.3.5")
    norm_num_parity = NORM_NUM_PARITY = IntOption(
        "Most parity segments for a block, which lost data is repaired from.",
        unit="segments", values="1..254", default=4, transports="norm", draft="4.3.5")
    norm_num_autoparity = NORM_NUM_AUTOPARITY = IntOption(
        "Parity segments of a block that are sent without being asked for.",
        unit="segments", values="0..254", default=0, transports="norm", draft="4.3.5")
    norm_push = NORM_PUSH = SwitchOption("1 makes the sender drop what is late.", transports="norm", draft="4.3.5")
    vmci_buffer_size = VMCI_BUFFER_SIZE = Int64Option("The buffer.", unit="bytes", transports="vmci")
    vmci_buffer_min_size = VMCI_BUFFER_MIN_SIZE = Int64Option(
        "The least that vmci_buffer_size can be.", unit="bytes", transports="vmci")
    vmci_buffer_max_size = VMCI_BUFFER_MAX_SIZE = Int64Option(
        "The most that vmci_buffer_size can be.", unit="bytes", transports="vmci")
    vmci_connect_timeout = VMCI_CONNECT_TIMEOUT = IntOption(
        "How long connecting may take; -1 leaves it to the system.",
        unit="milliseconds", default=-1, transports="vmci")
    # fmt: on


# What each option is called by, in lower case: `socket.Linger` is `socket.linger`, too.
SOCKET_OPTIONS = {name.lower(): option for name, option in SocketOption.__members__.items()}


class ContextOptions:
    """The options of contexts; see zmq_ctx_set(3)."""

    __slots__ = ()

    # fmt: off
    io_threads = IO_THREADS = IntContextOption(
        "How many I/O threads work; to be set before the first socket. 0 does for inproc alone.",
        unit="threads", values="0..", default=1)
    max_sockets = MAX_SOCKETS = IntContextOption(
        "Most sockets; to be set before the first.", unit="sockets", values="1..", default=1023)
    socket_limit = SOCKET_LIMIT = IntContextOption(
        "The largest max_sockets can be.", unit="sockets", writable=False)
    thread_priority = THREAD_PRIORITY = IntContextOption(
        "The scheduling priority of I/O threads, for pthread_setschedparam(3).", values="0..", readable=False)
    thread_sched_policy = THREAD_SCHED_POLICY = IntContextOption(
        "The scheduling policy of I/O threads, for pthread_setschedparam(3).", values="0..", default=-1)
    thread_affinity_cpu_add = THREAD_AFFINITY_CPU_ADD = IntContextOption(
        "A CPU that I/O threads run on, too, on Linux.", values="0..", readable=False)
    thread_affinity_cpu_remove = THREAD_AFFINITY_CPU_REMOVE = IntContextOption(
        "A CPU added before that I/O threads do not run on, on Linux.", values="0..", readable=False)
    thread_name_prefix = THREAD_NAME_PREFIX = IntContextOption(
        "A number in the names of I/O threads, on Linux.", values="0..", default=0)
    max_msgsz = MAX_MSGSZ = IntContextOption(
        "The longest frame to send.", unit="bytes", values="0..2147483647", default=2147483647)
    msg_t_size = MSG_T_SIZE = IntContextOption("How large a zmq_msg_t is.", unit="bytes", writable=False)
    zero_copy_recv = ZERO_COPY_RECV = IntContextOption(
        "0 copies received messages.", values="0, 1", default=1, draft="4.2.4")
    # fmt: on


CONTEXT_OPTIONS = {name.lower(): option for name, option in ContextOption.__members__.items()}
