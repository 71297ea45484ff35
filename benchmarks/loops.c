/* The rows of rows.py as plain C loops over libzmq: their cost without Python.
 *
 *     loops --list                    the keys; "KEY.VARIANT" is another way to do the work of KEY
 *     loops --describe                the version of libzmq, as JSON
 *     loops KEY SECONDS REPEATS       microseconds per operation, REPEATS samples of about SECONDS each, as JSON
 *
 * It samples as worker.py does. Every call is checked; any failure ends the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define TEN 10
#define MOST_SOCKETS 1000

static char payload[1000000];
static char buffer[sizeof payload];
static void *ctx, *sender, *receiver;
static zmq_pollitem_t items[MOST_SOCKETS];
static int items_len;
static int commands[2]; /* to the other process: an endpoint, then how many messages to handle */

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "loops: %s: %s\n", what, zmq_strerror(zmq_errno()));
        _exit(1);
    }
}

/* Sending and receiving, in each way that libzmq offers. */

static void send_copy(void *socket, size_t size, int flags)
{
    check(zmq_send(socket, payload, size, flags) == (int) size, "zmq_send");
}

static void recv_copy(void *socket)
{
    check(zmq_recv(socket, buffer, sizeof buffer, 0) >= 0, "zmq_recv");
}

static void send_msg(void *socket, size_t size)
{
    zmq_msg_t msg;
    check(zmq_msg_init_size(&msg, size) == 0, "zmq_msg_init_size");
    memcpy(zmq_msg_data(&msg), payload, size);
    check(zmq_msg_send(&msg, socket, 0) == (int) size, "zmq_msg_send");
}

static void nothing_to_free(void *data, void *hint)
{
    (void) data, (void) hint;
}

static void send_borrowed(void *socket, size_t size)
{
    zmq_msg_t msg;
    check(zmq_msg_init_data(&msg, payload, size, nothing_to_free, NULL) == 0, "zmq_msg_init_data");
    check(zmq_msg_send(&msg, socket, 0) == (int) size, "zmq_msg_send");
}

static int recv_msg(void *socket)
{
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    check(zmq_msg_recv(&msg, socket, 0) >= 0, "zmq_msg_recv");
    int more = zmq_msg_more(&msg);
    zmq_msg_close(&msg);
    return more;
}

static void send_multipart(void *socket, int parts)
{
    while (--parts)
        send_copy(socket, TEN, ZMQ_SNDMORE);
    send_copy(socket, TEN, 0);
}

static void recv_multipart(void *socket)
{
    while (recv_msg(socket))
        ;
}

/* One thread. */

static void *new_socket(int type)
{
    void *socket = zmq_socket(ctx, type);
    check(socket != NULL, "zmq_socket");
    return socket;
}

static void link_sockets(void *binds, void *connects, const char *endpoint)
{
    char bound[256];
    size_t size = sizeof bound;
    check(zmq_bind(binds, endpoint) == 0, "zmq_bind");
    check(zmq_getsockopt(binds, ZMQ_LAST_ENDPOINT, bound, &size) == 0, "ZMQ_LAST_ENDPOINT");
    check(zmq_connect(connects, bound) == 0, "zmq_connect");
}

static void pair(void)
{
    ctx = zmq_ctx_new();
    sender = new_socket(ZMQ_PAIR), receiver = new_socket(ZMQ_PAIR);
    link_sockets(sender, receiver, "inproc://pair");
}

static void pair_10(long n)
{
    while (n--)
        send_copy(sender, TEN, 0), recv_copy(receiver);
}

static void pair_10_msg(long n)
{
    while (n--)
        send_msg(sender, TEN), recv_msg(receiver);
}

static void multipart_3(long n)
{
    while (n--)
        send_multipart(sender, 3), recv_multipart(receiver);
}

static void multipart_20(long n)
{
    while (n--)
        send_multipart(sender, 20), recv_multipart(receiver);
}

static void recv_again(long n)
{
    while (n--)
        check(zmq_recv(receiver, buffer, TEN, ZMQ_DONTWAIT) == -1 && errno == EAGAIN, "zmq_recv");
}

static void get_int(long n, int option)
{
    int value;
    size_t size = sizeof value;
    while (n--)
        check(zmq_getsockopt(sender, option, &value, &size) == 0, "zmq_getsockopt");
}

static void get_events(long n)
{
    get_int(n, ZMQ_EVENTS);
}

static void get_linger(long n)
{
    get_int(n, ZMQ_LINGER);
}

/* Polling. */

static void pollset(int count)
{
    ctx = zmq_ctx_new();
    check(zmq_ctx_set(ctx, ZMQ_MAX_SOCKETS, MOST_SOCKETS + 100) == 0, "ZMQ_MAX_SOCKETS");
    for (items_len = 0; items_len < count; items_len++) {
        char endpoint[32];
        snprintf(endpoint, sizeof endpoint, "inproc://%d", items_len);
        receiver = new_socket(ZMQ_PULL);
        check(zmq_bind(receiver, endpoint) == 0, "zmq_bind");
        items[items_len] = (zmq_pollitem_t){.socket = receiver, .events = ZMQ_POLLIN};
        if (items_len == count - 1) {
            sender = new_socket(ZMQ_PUSH);
            check(zmq_connect(sender, endpoint) == 0, "zmq_connect");
        }
    }
}

static void poll_1(void)
{
    pollset(1);
}

static void poll_10(void)
{
    pollset(10);
}

static void poll_50(void)
{
    pollset(50);
}

static void poll_100(void)
{
    pollset(100);
}

static void poll_1000(void)
{
    pollset(1000);
}

static void poll_10_ready(void)
{
    pollset(10);
    send_copy(sender, TEN, 0);
}

static void poll_1000_ready(void)
{
    pollset(1000);
    send_copy(sender, TEN, 0);
}

static void poll_now(long n)
{
    while (n--)
        check(zmq_poll(items, items_len, 0) >= 0, "zmq_poll");
}

static void poll_message(long n)
{
    while (n--) {
        send_copy(sender, TEN, 0);
        check(zmq_poll(items, items_len, 0) == 1, "zmq_poll");
        recv_copy(receiver);
    }
}

/* Sizes. */

static void copy(long n, size_t size)
{
    while (n--)
        send_copy(sender, size, 0), recv_copy(receiver);
}

static void zero_copy(long n, size_t size)
{
    while (n--)
        send_borrowed(sender, size), recv_msg(receiver);
}

static void copy_1k(long n)
{
    copy(n, 1000);
}

static void copy_100k(long n)
{
    copy(n, 100000);
}

static void copy_300k(long n)
{
    copy(n, 300000);
}

static void copy_1m(long n)
{
    copy(n, 1000000);
}

static void zero_copy_1k(long n)
{
    zero_copy(n, 1000);
}

static void zero_copy_100k(long n)
{
    zero_copy(n, 100000);
}

static void zero_copy_1m(long n)
{
    zero_copy(n, 1000000);
}

/* Two threads. */

static void stream(const char *endpoint)
{
    ctx = zmq_ctx_new();
    sender = new_socket(ZMQ_PUSH), receiver = new_socket(ZMQ_PULL);
    link_sockets(receiver, sender, endpoint);
}

static void inproc(void)
{
    stream("inproc://stream");
}

static void tcp(void)
{
    stream("tcp://127.0.0.1:*");
}

static void *push_thread(void *count)
{
    for (long n = *(long *) count; n--;)
        send_copy(sender, TEN, 0);
    return NULL;
}

static void threads(long n)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, push_thread, &n) == 0, "pthread_create");
    for (long left = n; left--;)
        recv_copy(receiver);
    pthread_join(thread, NULL);
}

static void *pairs[2][2];

static void two_pairs(void)
{
    ctx = zmq_ctx_new();
    for (int i = 0; i < 2; i++) {
        pairs[i][0] = new_socket(ZMQ_PAIR), pairs[i][1] = new_socket(ZMQ_PAIR);
        link_sockets(pairs[i][0], pairs[i][1], i ? "inproc://pair-1" : "inproc://pair-0");
    }
}

static void exchange(void **sockets, long n)
{
    char received[TEN]; /* not the buffer that the threads would share */
    while (n--) {
        send_copy(sockets[0], TEN, 0);
        check(zmq_recv(sockets[1], received, sizeof received, 0) == TEN, "zmq_recv");
    }
}

static void *exchange_thread(void *count)
{
    exchange(pairs[0], *(long *) count);
    return NULL;
}

static void threads_apart(long n)
{
    pthread_t thread;
    long half = n / 2;
    check(pthread_create(&thread, NULL, exchange_thread, &half) == 0, "pthread_create");
    exchange(pairs[1], n - half);
    pthread_join(thread, NULL);
}

/* Two processes. The other one is forked before a context exists, and ends when the pipe is closed. */

static void push(void)
{
    send_copy(sender, TEN, 0);
}

static void push_multipart(void)
{
    send_multipart(sender, 3);
}

static void echo(void)
{
    recv_copy(sender);
    send_copy(sender, TEN, 0);
}

static void child(int type, void (*handle)(void))
{
    char endpoint[256];
    long n;
    check(read(commands[0], endpoint, sizeof endpoint) == sizeof endpoint, "read");
    ctx = zmq_ctx_new();
    sender = new_socket(type);
    check(zmq_connect(sender, endpoint) == 0, "zmq_connect");
    while (read(commands[0], &n, sizeof n) == sizeof n)
        while (n--)
            handle();
    _exit(0);
}

static void spawn(int type, int their_type, void (*handle)(void))
{
    char endpoint[256];
    size_t size = sizeof endpoint;
    check(pipe(commands) == 0, "pipe");
    pid_t pid = fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
        close(commands[1]);
        child(their_type, handle);
    }
    close(commands[0]);
    ctx = zmq_ctx_new();
    receiver = new_socket(type);
    check(zmq_bind(receiver, "tcp://127.0.0.1:*") == 0, "zmq_bind");
    check(zmq_getsockopt(receiver, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0, "ZMQ_LAST_ENDPOINT");
    check(write(commands[1], endpoint, sizeof endpoint) == sizeof endpoint, "write");
}

static void start(long n)
{
    check(write(commands[1], &n, sizeof n) == sizeof n, "write");
}

static void pulled(void)
{
    spawn(ZMQ_PULL, ZMQ_PUSH, push);
}

static void pulled_multipart(void)
{
    spawn(ZMQ_PULL, ZMQ_PUSH, push_multipart);
}

static void asking(void)
{
    spawn(ZMQ_REQ, ZMQ_REP, echo);
}

static void processes_10(long n)
{
    start(n);
    while (n--)
        recv_copy(receiver);
}

static void processes_multipart_3(long n)
{
    start(n);
    while (n--)
        recv_multipart(receiver);
}

static void ping_pong(long n)
{
    start(n);
    while (n--)
        send_copy(receiver, TEN, 0), recv_copy(receiver);
}

/* Proxies: zmq_proxy in a thread passes on what the other process sends, or asks for. */

static void *proxied[3];

static void *proxy_thread(void *unused)
{
    zmq_proxy(proxied[0], proxied[1], proxied[2]);
    return unused;
}

static void proxy_to(int their_type, int type)
{
    pthread_t thread;
    proxied[0] = receiver;
    proxied[1] = new_socket(their_type);
    receiver = new_socket(type);
    link_sockets(proxied[1], receiver, "tcp://127.0.0.1:*");
    check(pthread_create(&thread, NULL, proxy_thread, NULL) == 0, "pthread_create");
}

static void proxy(void)
{
    pulled();
    proxy_to(ZMQ_PUSH, ZMQ_PULL);
}

static void captured_proxy(void)
{
    pulled();
    proxied[2] = new_socket(ZMQ_PUB);
    check(zmq_bind(proxied[2], "inproc://capture") == 0, "zmq_bind");
    proxy_to(ZMQ_PUSH, ZMQ_PULL);
}

static void proxied_asking(void)
{
    spawn(ZMQ_DEALER, ZMQ_REP, echo);
    proxy_to(ZMQ_ROUTER, ZMQ_REQ);
}

/* The table of the loops, and their timing. */

static const struct row {
    const char *key;
    void (*setup)(void);
    void (*loop)(long n);
} rows[] = {
    {"pair_10", pair, pair_10},
    {"pair_10.msg", pair, pair_10_msg},
    {"string", pair, pair_10},
    {"multipart_3", pair, multipart_3},
    {"multipart_20", pair, multipart_20},
    {"recv_again", pair, recv_again},
    {"get_events", pair, get_events},
    {"get_linger", pair, get_linger},
    {"socket_poll", poll_1, poll_now},
    {"poller_50_idle", poll_50, poll_now},
    {"poller_10_ready", poll_10_ready, poll_now},
    {"poller_1000_ready", poll_1000_ready, poll_now},
    {"poller_1000_message", poll_1000, poll_message},
    {"fresh_poller_1", poll_1, poll_now},
    {"fresh_poller_100", poll_100, poll_now},
    {"select_10", poll_10, poll_now},
    {"select_100", poll_100, poll_now},
    {"copy_1k", pair, copy_1k},
    {"zero_copy_1k", pair, zero_copy_1k},
    {"copy_100k", pair, copy_100k},
    {"zero_copy_100k", pair, zero_copy_100k},
    {"copy_300k", pair, copy_300k},
    {"copy_1m", pair, copy_1m},
    {"zero_copy_1m", pair, zero_copy_1m},
    {"threads_inproc", inproc, threads},
    {"threads_tcp", tcp, threads},
    {"threads_apart", two_pairs, threads_apart},
    {"processes_10", pulled, processes_10},
    {"processes_multipart_3", pulled_multipart, processes_multipart_3},
    {"ping_pong", asking, ping_pong},
    {"proxy", proxy, processes_10},
    {"captured_proxy", captured_proxy, processes_10},
    {"proxy_ping_pong", proxied_asking, ping_pong},
};

static const size_t rows_len = sizeof rows / sizeof *rows;

static double timed(const struct row *row, long n)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    row->loop(n);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double) (to.tv_sec - from.tv_sec) + (double) (to.tv_nsec - from.tv_nsec) / 1e9;
}

static long calibrate(const struct row *row, double seconds)
{
    row->loop(1);
    for (long n = 1;;) {
        double elapsed = timed(row, n);
        long wanted = (long) ((double) n * seconds / elapsed);
        if (elapsed >= seconds / 4)
            return wanted > 0 ? wanted : 1;
        n = wanted < 10 * n ? (wanted > n ? wanted : n + 1) : 10 * n;
    }
}

static void measure(const struct row *row, double seconds, int repeats)
{
    row->setup();
    long n = calibrate(row, seconds);
    for (int i = 0; i < repeats; i++)
        printf("%s%.6f", i ? ", " : "[", timed(row, n) / (double) n * 1e6);
    puts("]");
    fflush(stdout);
    if (commands[1]) {
        close(commands[1]);
        wait(NULL);
    }
    _exit(0); /* without closing the sockets: they still hold messages and peers */
}

int main(int argc, char **argv)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < rows_len; i++)
            puts(rows[i].key);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--describe") == 0) {
        printf("{\"libzmq\": \"%d.%d.%d\"}\n", major, minor, patch);
        return 0;
    }
    for (size_t i = 0; argc == 4 && i < rows_len; i++)
        if (strcmp(argv[1], rows[i].key) == 0)
            measure(&rows[i], atof(argv[2]), atoi(argv[3]));
    fprintf(stderr, "usage: loops --list | --describe | KEY SECONDS REPEATS\n");
    return 2;
}
