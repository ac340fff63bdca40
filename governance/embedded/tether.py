"""Run a program that ends when the process that asked for it ends.

    python tether.py PARENT_PID SIGNAL UID:GID PROGRAM ARGUMENT ...

A file of its own that imports nothing of ours: it runs before the program, as root
where we are root, and becomes the program.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Give up root, tie the process to its parent, become the program."""
    parent, signal_number, owner, *program = arguments
    if owner:
        _become(*map(int, owner.split(":")))
    if sys.platform == "linux":
        _die_with(int(parent), int(signal_number))
    os.execv(program[0], program)  # noqa: S606 - the caller chose it


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _die_with(parent: int, signal_number: int) -> None:
    # After the change of user: the kernel forgets the wish when credentials change.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        # It died before the wish was made, and nobody would tell us.
        sys.exit("The process that asked for this one is gone.")


if __name__ == "__main__":
    main(sys.argv[1:])
