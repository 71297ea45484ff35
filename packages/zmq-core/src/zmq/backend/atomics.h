/* Atomic operations for GCC, Clang and MSVC, for memory that threads share without a lock. */
#ifndef ZMQ_CORE_ATOMICS_H
#define ZMQ_CORE_ATOMICS_H

#include <Python.h>

/* Whether threads run Python code at the same time: see "Without the GIL" in docs/design.md. */
#ifdef Py_GIL_DISABLED
#define CORE_FREE_THREADED 1
#else
#define CORE_FREE_THREADED 0
#endif

/* Whether this thread runs Python code, or has called what runs now. */
#if PY_VERSION_HEX >= 0x030D0000
#define core_is_attached() (PyThreadState_GetUnchecked() != NULL)
#else
#define core_is_attached() 0 /* it cannot be found out, and makes no difference: see pinned.pyx */
#endif

#if defined(_MSC_VER)
#include <intrin.h>
static inline void *core_swap(void *volatile *at, void *value) { return _InterlockedExchangePointer(at, value); }
static inline void *core_look(void *volatile *at) { return _InterlockedCompareExchangePointer(at, 0, 0); }
static inline int core_swap_if(void *volatile *at, void *old, void *value)
{
    return _InterlockedCompareExchangePointer(at, value, old) == old;
}
static inline long core_add(long volatile *at, long value) { return _InterlockedExchangeAdd(at, value) + value; }
static inline long core_set(long volatile *at, long value) { return _InterlockedExchange(at, value); }
static inline long core_get(long volatile *at) { return *at; }
#else
static inline void *core_swap(void **at, void *value) { return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); }
static inline void *core_look(void **at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static inline int core_swap_if(void **at, void *old, void *value)
{
    return __atomic_compare_exchange_n(at, &old, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
/* Other threads see what these write before this thread reads anything else. */
static inline long core_add(long *at, long value)
{
    value = __atomic_add_fetch(at, value, __ATOMIC_SEQ_CST);
    if (CORE_FREE_THREADED)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return value;
}
static inline long core_set(long *at, long value)
{
    value = __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
    if (CORE_FREE_THREADED)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return value;
}
static inline long core_get(long *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
#endif
#endif
