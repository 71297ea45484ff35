/* Methods of compiled classes: what they can be called on, from several threads at once, and what mocks take them for. */
#ifndef ZMQ_CORE_METHODS_H
#define ZMQ_CORE_METHODS_H

#include <Python.h>
#include <string.h>

#ifdef PYPY_VERSION
static inline int core_guard_methods(PyObject *cls) { return 0; }
#else
enum { CORE_KINDS = 4 }; /* Cython has a function for each kind of arguments */
static vectorcallfunc core_unchecked[CORE_KINDS];

static inline PyObject *core_check(int kind, PyObject *method, PyObject *const *args, size_t count, PyObject *names)
{
    PyTypeObject *cls = ((PyCMethodObject *)method)->mm_class, *type = cls;
    if (PyVectorcall_NARGS(count) > 0) { /* else that is told by what follows */
        type = Py_TYPE(args[0]);
        while (type != NULL && type != cls) { type = type->tp_base; } /* whose memory begins alike; and is near */
    }
    if (type == NULL)
        return PyErr_Format(PyExc_TypeError, "%s() is for '%s' objects, and was called on a '%s' object",
                            ((PyCFunctionObject *)method)->m_ml->ml_name, cls->tp_name, Py_TYPE(args[0])->tp_name);
    return core_unchecked[kind](method, args, count, names);
}

#define CORE_CHECKED(kind) \
    static PyObject *core_checked_##kind(PyObject *method, PyObject *const *args, size_t count, PyObject *names) \
    { return core_check(kind, method, args, count, names); }
CORE_CHECKED(0)
CORE_CHECKED(1)
CORE_CHECKED(2)
CORE_CHECKED(3)

/*
 * Have a compiled method refuse a self of another class: Cython does not check it, and the process would end.
 *
 * Without the GIL also stop counting the references to it, which lives as long as the process.  CPython does so for its
 * own functions; those of Cython would be counted in one place by all threads that call the same method.
 */
static inline void core_guard(PyObject *cls, PyObject *method)
{
    static const vectorcallfunc checked[CORE_KINDS] = {core_checked_0, core_checked_1, core_checked_2, core_checked_3};
    vectorcallfunc *call = &((PyCFunctionObject *)method)->vectorcall;
    int kind = 0;
    while (kind < CORE_KINDS && core_unchecked[kind] != NULL && core_unchecked[kind] != *call) { kind++; }
    if (kind < CORE_KINDS && *call != NULL) {
        core_unchecked[kind] = *call;
        *call = checked[kind];
        Py_XSETREF(((PyCMethodObject *)method)->mm_class, (PyTypeObject *)Py_NewRef(cls));
    }
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030E0000
    PyUnstable_Object_EnableDeferredRefcount(method);
#elif defined(Py_GIL_DISABLED)
    if (PyObject_GC_IsTracked(method)) { PyObject_GC_UnTrack(method); }
    Py_SET_REFCNT(method, PY_SSIZE_T_MAX); /* too many to count: it becomes immortal */
#endif
}

/* Guard the methods of a class. */
static inline int core_guard_methods(PyObject *cls)
{
    PyObject *name, *method;
    Py_ssize_t at = 0;
    while (PyDict_Next(((PyTypeObject *)cls)->tp_dict, &at, &name, &method)) {
        const char *type = strrchr(Py_TYPE(method)->tp_name, '.');
        if (type != NULL && strcmp(type, ".cython_function_or_method") == 0) { core_guard(cls, method); }
    }
    return 0;
}
#endif

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
#ifdef Py_TPFLAGS_INLINE_VALUES
    ((PyTypeObject *)cls)->tp_flags &= ~Py_TPFLAGS_INLINE_VALUES; /* the methods were made for the keys of the other class */
#endif
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
