/* What Cython cannot say about waiting: poll, wakers and fork, on POSIX and on Windows. */
#ifndef ZMQ_CORE_WAITING_H
#define ZMQ_CORE_WAITING_H

#include <Python.h>
#include <errno.h>
#include <stdint.h>

/* sys.is_finalizing(), also when the module sys is gone */
#if PY_VERSION_HEX >= 0x030D0000
#define core_finalizing() Py_IsFinalizing()
#else
#define core_finalizing() _Py_IsFinalizing()
#endif

/* Descriptors that may be taken in the background while libzmq starts its threads. */
#define CORE_SPARE 128

/* Whether this thread is the main thread, and since which fork that is known. */
#ifdef _MSC_VER
#define CORE_PER_THREAD __declspec(thread)
#else
#define CORE_PER_THREAD __thread
#endif
static CORE_PER_THREAD int core_is_main = 0;
static CORE_PER_THREAD int core_role_since = -1;
static inline void core_set_role(int is_main, int since)
{
    core_is_main = is_main;
    core_role_since = since;
}

#ifdef _WIN32

#include <winsock2.h>
typedef SOCKET core_fd;
typedef WSAPOLLFD core_pollfd;
#define CORE_NO_FD INVALID_SOCKET

#define CORE_POLLPRI 0 /* WSAPoll refuses to be asked for it */

static inline int core_poll(core_pollfd *fds, unsigned long count, int timeout_ms)
{
    if (count == 0) { /* which WSAPoll refuses */
        Sleep((DWORD)timeout_ms);
        return 0;
    }
    return WSAPoll(fds, count, timeout_ms);
}
static inline void core_close(core_fd fd) { closesocket(fd); }
static inline int core_poll_interrupted(void) { return 0; } /* no signal interrupts a wait on Windows */
static inline void core_wake(core_fd fd) { send(fd, "!", 1, 0); }
static inline void core_drain(core_fd fd)
{
    char buffer[64];
    while (recv(fd, buffer, sizeof buffer, 0) == (int)sizeof buffer) {}
}
static inline void core_on_fork(void (*child)(void)) { (void)child; }
static inline int core_count_free(int most) { return most; } /* nothing limits sockets there */
static inline int core_many_free(void) { return 1; }

#else

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
typedef int core_fd;
typedef struct pollfd core_pollfd;
#define CORE_NO_FD (-1)
#define CORE_LAST (2 * CORE_SPARE)

#define CORE_POLLPRI POLLPRI

static inline int core_poll(core_pollfd *fds, unsigned long count, int timeout_ms)
{
    return poll(fds, (nfds_t)count, timeout_ms);
}
static inline void core_close(core_fd fd) { close(fd); }
static inline int core_poll_interrupted(void) { return errno == EINTR; }
static inline void core_wake(core_fd fd)
{
    uint64_t one = 1; /* eight bytes are what an eventfd takes */
    if (write(fd, &one, sizeof one) < 0) {} /* full: the thread that waits is awake already */
}
static inline void core_drain(core_fd fd)
{
    uint64_t buffer[8]; /* an eventfd gives eight bytes, a socket what is there */
    while (read(fd, buffer, sizeof buffer) == (ssize_t)sizeof buffer) {}
}
/* How many descriptors are free, up to *most*.  The first one is that of a file, for the system may have no room for it;
   the others are duplicates, for open() takes four times as long. */
static inline int core_count_free(int most)
{
    int fd, known, count = 0, saved = errno, *fds = most > 0 ? malloc(most * sizeof *fds) : NULL;
    if (fds == NULL) { return most; }
    fd = open("/", O_RDONLY | O_CLOEXEC);
    known = fd >= 0 || errno == EMFILE || errno == ENFILE; /* else they may not open it */
    while (fd >= 0) {
        fds[count++] = fd;
        fd = count < most ? fcntl(fds[0], F_DUPFD_CLOEXEC, 0) : CORE_NO_FD;
    }
    for (fd = 0; fd < count; fd++) { close(fds[fd]); }
    free(fds);
    errno = saved;
    return known ? count : most;
}
/* Whether enough of the last descriptors below the limit are free: one system call, where counting takes many. */
static inline int core_many_free(void)
{
    struct pollfd fds[CORE_LAST];
    struct rlimit limit;
    int i, free = 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < CORE_LAST) { return 0; }
    if (limit.rlim_cur > (rlim_t)INT_MAX) { return 1; }
    for (i = 0; i < CORE_LAST; i++) {
        fds[i].fd = (int)limit.rlim_cur - 1 - i;
        fds[i].events = 0;
    }
    if (poll(fds, CORE_LAST, 0) < 0) { return 0; }
    for (i = 0; i < CORE_LAST; i++) { free += (fds[i].revents & POLLNVAL) != 0; }
    return free >= CORE_SPARE;
}
/* pthread_atfork, not os.register_at_fork: C code may fork, too */
static inline void core_on_fork(void (*child)(void)) { pthread_atfork(NULL, NULL, child); }

#endif

#define CORE_POLLERR (POLLERR | POLLHUP | POLLNVAL)

#endif
