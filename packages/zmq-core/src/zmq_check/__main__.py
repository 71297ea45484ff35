"""``python -m zmq_check``: compare the files of zmq with their installation; add or remove a stand-in for pyzmq."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from zmq_check import stand_in
from zmq_check.installed import editable_source, name_of, ours, problems


def main(arguments: Sequence[str] = ()) -> int:
    """Print the installed distributions and their problems; return 1 if there are problems, else 0."""
    parser = argparse.ArgumentParser(prog="python -m zmq_check", description=__doc__)
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--stand-in-for-pyzmq",
        action="store_true",
        help="install a distribution named pyzmq without files, so that programs that require pyzmq run on zmq-core",
    )
    one.add_argument("--remove-stand-in", action="store_true", help="remove that distribution")
    options = parser.parse_args(arguments)
    try:
        if options.stand_in_for_pyzmq:
            print(stand_in.install())
        elif options.remove_stand_in:
            print(stand_in.remove())
    except (stand_in.Refused, OSError) as error:
        print(f"problem: {error}")
        return 1
    for dist in ours():
        source = editable_source(dist)
        print(f"{name_of(dist)} {dist.version}" + (f" (editable, {source})" if source else ""))
    found = list(problems())
    beside = stand_in.find()
    if beside is not None:
        print(f"pyzmq {beside.version} (a stand-in without files)")
        found += stand_in.problems()
    for problem in found:
        print(f"problem: {problem}")
    print("zmq: " + ("not whole" if found else "every file is as installed"))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
