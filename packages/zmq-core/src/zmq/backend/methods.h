/* Methods that threads call at the same time, where there is no GIL; and what mocks take them for. */
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

#ifdef PYPY_VERSION
static inline int core_show_as_functions(PyObject *methods) { return 0; }
#else
static inline PyObject *core_function_class(PyObject *method, void *closure)
{
    Py_INCREF(&PyFunction_Type);
    return (PyObject *)&PyFunction_Type;
}

/*
 * Have isinstance() take compiled methods for functions: only then do mocks with autospec=True get self, and check the
 * signature.  The methods get a class that derives from theirs, and overrides __class__ alone; calls cost the same.
 */
static inline int core_show_as_functions(PyObject *methods)
{
    static PyGetSetDef getset[] = {{"__class__", core_function_class, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
    PyType_Slot slots[] = {{Py_tp_getset, getset}, {0, NULL}};
    PyType_Spec spec = {
        "zmq.backend.function", 0, 0,
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION
            | Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_HAVE_VECTORCALL, /* else calls are slower */
        slots
    };
    PyTypeObject *base = Py_TYPE(PyList_GET_ITEM(methods, 0));
    PyObject *cls = PyType_FromSpecWithBases(&spec, (PyObject *)base);
    Py_ssize_t i;
    if (cls == NULL)
        return -1;
    Py_INCREF(Py_TYPE(base));
    Py_SET_TYPE(cls, Py_TYPE(base)); /* whose classes have no __module__ of their own; as CPython does from 3.12 on */
    if (PyDict_DelItemString(((PyTypeObject *)cls)->tp_dict, "__module__") < 0
        || PyDict_DelItemString(((PyTypeObject *)cls)->tp_dict, "__doc__") < 0)
        return -1; /* they would hide those of the methods */
    PyType_Modified((PyTypeObject *)cls);
    for (i = 0; i < PyList_GET_SIZE(methods); i++) {
        Py_INCREF(cls);
        Py_SET_TYPE(PyList_GET_ITEM(methods, i), (PyTypeObject *)cls);
    }
    Py_DECREF(cls);
    return 0;
}
#endif

#endif
