/* Methods that threads call at the same time, where there is no GIL. */
#ifndef ZMQ_CORE_METHODS_H
#define ZMQ_CORE_METHODS_H

#include <Python.h>

/*
 * Stop counting the references to the methods of a compiled class, which lives as long as the process.  CPython does so
 * for its own functions; those of Cython would be counted in one place by all threads that call the same method.
 */
static inline int core_share_methods(PyObject *cls)
{
#ifdef Py_GIL_DISABLED
    PyObject *name, *method;
    Py_ssize_t at = 0;
    while (PyDict_Next(((PyTypeObject *)cls)->tp_dict, &at, &name, &method)) {
        if (!PyCallable_Check(method) || PyType_Check(method))
            continue;
#if PY_VERSION_HEX >= 0x030E0000
        PyUnstable_Object_EnableDeferredRefcount(method);
#else
        if (PyObject_GC_IsTracked(method))
            PyObject_GC_UnTrack(method);
        Py_SET_REFCNT(method, PY_SSIZE_T_MAX); /* too many to count: it becomes immortal */;
#endif
    }
#endif
    return 0;
}

#endif
