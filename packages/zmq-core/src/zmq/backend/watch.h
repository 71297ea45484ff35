/* Asking epoll what is ready, at once and without letting other threads run. */
#ifndef ZMQ_CORE_WATCH_H
#define ZMQ_CORE_WATCH_H

#define CORE_AT_ONCE 64

#ifdef __linux__
#include <sys/epoll.h>

/* Fill *ready* with the descriptors that are; return how many, or -1 where that cannot be found out like this. */
static inline int core_ask_kernel(int kernel, int *ready)
{
    struct epoll_event events[CORE_AT_ONCE];
    int i, count = epoll_wait(kernel, events, CORE_AT_ONCE, 0);
    for (i = 0; i < count; i++)
        ready[i] = events[i].data.fd; /* as select.epoll registers them */
    return count;
}
#else
static inline int core_ask_kernel(int kernel, int *ready) { return -1; }
#endif

#endif
