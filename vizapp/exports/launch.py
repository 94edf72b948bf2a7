"""What a browser's process does before it becomes the browser; run as a script by vizapp/exports/browser.py.

Arguments: the two file descriptors it talks through, then the browser's command. Chromium wants them as 3 and 4
(`--remote-debugging-pipe`). Linux ends the browser when the thread that started it is gone, however that came about
(prctl(2), PR_SET_PDEATHSIG); elsewhere Chromium leaves when the pipe is closed.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_READS, _WRITES = 3, 4


def main(reads: int, writes: int, command: list[str]) -> None:
    """Become `command`; does not return."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Through free numbers first: one of the two may have the other's place.
    spare = [os.dup(reads), os.dup(writes)]
    for found, wanted in zip([os.dup(fd) for fd in spare], (_READS, _WRITES), strict=True):
        os.dup2(found, wanted, inheritable=True)
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
