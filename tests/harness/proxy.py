"""A TCP proxy on loopback that loses a connection at a chosen moment."""

import selectors
import socket
import threading


class Proxy:
    """Forwards to a port. After arm(n), the first connection whose client has sent n bytes more is lost as a network loses it:
    the client sees it end, while the server's side stays open and silent. After arm_upon(text) it is the first whose client sends
    the text, which the server still gets or does not. Connections made later work."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.lost = threading.Event()
        self._left = self._text = None
        self._delivered = False
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in [self._listener, *self._open]:
            each.close()

    def arm(self, after_bytes):
        self._left = after_bytes

    def arm_upon(self, text, delivered):
        self._text, self._delivered = text, delivered

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return  # closed: the test is over
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [client, server]
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client, server):
        other = {client: server, server: client}
        with selectors.DefaultSelector() as ready:
            for each in other:
                ready.register(each, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in ready.select():
                        data = key.fileobj.recv(65536)
                        if key.fileobj is client and self._text and self._text in data:
                            self._text = None
                            if self._delivered:
                                server.sendall(data)
                            client.close()
                            self.lost.set()
                            return
                        if key.fileobj is client and self._must_lose(len(data)):
                            server.sendall(data[:len(data) // 2])
                            client.close()
                            self.lost.set()
                            return
                        if not data:
                            client.close()
                            server.close()
                            return
                        other[key.fileobj].sendall(data)
            except (OSError, ValueError):
                pass  # one side has gone, which the other learns by its own timeouts

    def _must_lose(self, count):
        if self._left is None:
            return False
        self._left -= count
        if self._left > 0:
            return False
        self._left = None
        return True
