/* The address of the field that holds an object's __dict__ (see instances.pyx): Cython cannot take it. */
#ifndef ZMQ_CORE_INSTANCES_H
#define ZMQ_CORE_INSTANCES_H

#define CORE_DICT_FIELD(instance) ((PyObject **)&(instance)->attributes)

#endif
