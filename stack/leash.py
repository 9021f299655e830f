"""Starts one program that dies when the process that started it dies.

Run as a script, `python -I -S leash.py PARENT PROGRAM ARGUMENT...`, it asks the kernel for the
signal and then becomes the program. Only Linux knows how; elsewhere it just becomes the program,
and what a killed supervisor leaves behind is ended at the next start (stack.running). It imports
nothing of ours and nothing heavy, for it is run before every child.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # Source: prctl(2), <linux/prctl.h>
CANNOT_RUN: Final = 127  # what shells answer for a program that cannot be run


def leashed(program: tuple[str, ...]) -> tuple[str, ...]:
    """The argument vector that runs `program` on a leash held by the calling process.

    The kernel ties the leash to the calling thread: call it, and start it, from one that stays.
    """
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()), *program)


def _tie() -> None:
    """Asks for SIGKILL at the parent's death: every child is built to survive it on its data."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def _main(parent: int, program: list[str]) -> None:
    if sys.platform == "linux":
        _tie()
    if os.getppid() != parent:
        return  # it died before the leash was tied
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming the program is what this is for
    except OSError as problem:
        sys.stderr.write(f"cannot run {program[0]}: {problem.strerror}\n")
        sys.exit(CANNOT_RUN)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
