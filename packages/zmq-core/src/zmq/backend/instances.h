/* The field of an object that instances.pyx keeps its __dict__ in: Cython takes no address of a Python attribute. */
#ifndef ZMQ_CORE_INSTANCES_H
#define ZMQ_CORE_INSTANCES_H

#define CORE_DICT_FIELD(instance) ((PyObject **)&(instance)->attributes)

#endif
