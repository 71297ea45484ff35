/* What Cython cannot say about descriptors: the bits of poll(2), and closing, on POSIX and on Windows. */
#ifndef ZMQ_CORE_DESCRIPTORS_H
#define ZMQ_CORE_DESCRIPTORS_H

#include "waiting.h"

#define CORE_POLLIN POLLIN /* Linux: epoll's bits have the same values */
#define CORE_POLLOUT POLLOUT
#define CORE_POLLERR (POLLERR | POLLHUP | POLLNVAL)

#ifdef _WIN32
#define CORE_POLLPRI 0 /* WSAPoll refuses to be asked for it */
static inline void core_close(core_fd fd) { closesocket(fd); }
static inline void core_nap(int ms) { Sleep((DWORD)ms); }
#else
#define CORE_POLLPRI POLLPRI
static inline void core_close(core_fd fd) { close(fd); }
static inline void core_nap(int ms) { poll(NULL, 0, ms); } /* a signal ends it */
#endif

#endif
