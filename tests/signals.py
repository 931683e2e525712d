"""How a program that a test starts hears of signals."""

import signal


def hear_ctrl_c() -> None:
    """Children of a shell's background job, as these tests may be, ignore SIGINT otherwise."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
