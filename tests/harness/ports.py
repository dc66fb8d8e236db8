"""Free TCP ports on loopback, never the same one twice in a test run.

They lie below the range from which the system serves whoever asks for any port, connections among them: between our look and the
use of a port nobody takes it. Test runs at the same time begin at different places.
"""

import itertools
import os
import socket

_LOWEST, _COUNT = 12000, 20000
_numbers = itertools.count(os.getpid() * 211)


def free():
    while True:
        port = _LOWEST + next(_numbers) % _COUNT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
