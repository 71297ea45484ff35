/* What PyPy's C API lacks for compiled classes; each module gets it through a .pxd that it
   cimports: libzmq, instances or waiting. */
#ifndef ZMQ_CORE_PYPY_H
#define ZMQ_CORE_PYPY_H

#include <Python.h>

#ifdef PYPY_VERSION

/* An mmap can be closed, and a memoryview released, while a Py_buffer of it is in use. */
#define CORE_LOCKS_BUFFERS 0

#ifndef PYTHREAD_INVALID_THREAD_ID
#define PYTHREAD_INVALID_THREAD_ID ((unsigned long)-1)
#endif

/*
 * The __del__ of a compiled class.  Where Python code has seen the object, PyPy's collector calls it, as that of any
 * class; where only C code has, nothing does: PyObject_CallFinalizerFromDealloc() is a stub, and
 * PyObject_GC_IsFinalized() aborts the process, for it makes a Python object of the dying one.
 *
 * core_finalize() turns the dying object into one that is alive and that Python code has not seen yet, and calls
 * __del__.  What that has shown to Python code dies again later.  So here __del__ may be called twice.
 */
static inline int core_finalize(PyObject *object)
{
    Py_ssize_t dying = object->ob_pypy_link;
    object->ob_pypy_link = 0;
    object->ob_refcnt = 1;
    Py_TYPE(object)->tp_finalize(object);
    if (object->ob_refcnt > 1) {
        Py_DECREF(object);
        return -1;
    }
    object->ob_refcnt = 0;
    object->ob_pypy_link = dying;
    return 0;
}

/* PyErr_CheckSignals() does nothing; the handlers of signals run between two bytecodes of Python. */
static inline int core_check_signals(void)
{
    static PyObject *nothing = NULL;
    PyObject *globals, *result;
    if (nothing == NULL) {
        globals = PyDict_New();
        if (globals == NULL)
            return -1;
        nothing = PyRun_String("lambda: None", Py_eval_input, globals, globals);
        Py_DECREF(globals);
        if (nothing == NULL)
            return -1;
    }
    result = PyObject_CallObject(nothing, NULL);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

#undef PyErr_CheckSignals
#define PyErr_CheckSignals core_check_signals
#undef PyObject_GC_IsFinalized
#define PyObject_GC_IsFinalized(object) 0
#undef PyObject_CallFinalizerFromDealloc
#define PyObject_CallFinalizerFromDealloc core_finalize

#else
#define CORE_LOCKS_BUFFERS 1
#endif
#endif
