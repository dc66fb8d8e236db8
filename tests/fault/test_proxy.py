"""The fault proxy does what the fault tests ask of it: a fault that is none would make them prove nothing."""

import socket
import threading
import time

import pytest

from harness.proxy import DOWN, UP, Proxy

SIXTH = b"sixth sense"


class Echo:
    """A server that sends back what it is sent; it keeps its connections, and notes how each ended."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.open = 0
        self.endings = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                made = self._listener.accept()[0]
            except OSError:
                return
            self.open += 1
            threading.Thread(target=self._serve, args=(made,), daemon=True).start()

    def _serve(self, connection):
        ending = "close"
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            ending = "reset"
        self.open -= 1
        self.endings.append(ending)
        connection.close()

    def close(self):
        self._listener.close()


@pytest.fixture
def echo():
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo, seed):
    with Proxy(echo.port, seed) as listener:
        yield listener


@pytest.fixture
def client(proxy):
    with connect(proxy) as made:
        assert told(made, b"ready") == b"ready"
        yield made


def connect(proxy, seconds=5):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)


def told(client, data):
    client.sendall(data)
    return received(client, len(data))


def received(client, count):
    found = b""
    while len(found) < count and (data := client.recv(65536)):
        found += data
    return found


def test_bytes_pass_unchanged_and_an_end_passes_too(client, proxy, echo, dice):
    data = dice.randbytes(3_000_000)
    threading.Thread(target=client.sendall, args=(data,)).start()
    assert received(client, len(data)) == data
    client.shutdown(socket.SHUT_WR)
    assert client.recv(10) == b"" and echo.endings == ["close"]
    counters = proxy.counters()
    assert counters["accepted"] == 1 and counters["up"]["bytes"] == counters["down"]["bytes"] == len(data) + 5


def test_delay_and_jitter_hold_each_piece_back_and_end_when_healed(client, proxy):
    proxy.set(UP, delay_ms=100)
    proxy.set(DOWN, delay_ms=50, jitter_ms=50)
    began = time.monotonic()
    assert told(client, b"late") == b"late"
    assert 0.15 <= time.monotonic() - began < 2
    assert proxy.fired("delayed", UP) == proxy.fired("delayed", DOWN) == 1
    proxy.heal()
    began = time.monotonic()
    assert told(client, b"soon") == b"soon"
    assert time.monotonic() - began < 0.15  # the least that it took before


def test_bandwidth_is_what_was_set(client, proxy):
    proxy.set(DOWN, bytes_per_second=64000)
    began = time.monotonic()
    assert told(client, bytes(32000)) == bytes(32000)
    took = time.monotonic() - began
    assert 0.4 <= took < 2, took
    assert proxy.fired("throttled", DOWN) >= 20


def test_slices_are_no_larger_than_asked_for(client, proxy):
    proxy.set(DOWN, slice_bytes=1)
    assert told(client, bytes(5000)) == bytes(5000)
    assert proxy.fired("sliced", DOWN) == 5000


@pytest.mark.parametrize("lost", [False, True], ids=["blackhole", "lost packets"])
def test_nothing_passes_nothing_ends_and_a_healed_stream_goes_on(client, proxy, echo, lost):
    proxy.set(**{"lost" if lost else "blackhole": True})
    client.sendall(b"into the dark")
    client.settimeout(0.5)
    with pytest.raises(TimeoutError):
        client.recv(10)
    assert echo.open == 1
    if not lost:
        proxy.wait_fired("held", UP)
        with connect(proxy):  # is taken, and nothing more
            pass
    else:
        with pytest.raises(TimeoutError):
            connect(proxy, seconds=0.5)
    proxy.heal()
    client.settimeout(5)
    assert received(client, 13) == b"into the dark"


def test_only_lost_packets_let_tcp_notice(client, proxy):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
    proxy.set(blackhole=True)
    client.sendall(b"acknowledged")
    client.settimeout(1.5)
    with pytest.raises(TimeoutError) as blackhole:
        client.recv(10)
    assert blackhole.value.errno is None  # Python's own
    proxy.set(lost=True)
    client.sendall(b"not acknowledged")
    client.settimeout(5)
    with pytest.raises(TimeoutError) as lost:
        client.recv(10)
    assert lost.value.errno is not None  # TCP's


@pytest.mark.parametrize("how", ["reset", "close", "half_open"])
def test_connections_that_are_cut_end_as_asked_and_later_ones_work(client, proxy, echo, how):
    proxy.cut(how)
    if how == "reset":
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    else:
        assert client.recv(10) == b""
    time.sleep(0.2)
    assert echo.endings == {"reset": ["reset"], "close": ["close"], "half_open": []}[how]
    assert proxy.fired({"reset": "reset", "close": "closed", "half_open": "half_opened"}[how]) == 1
    with connect(proxy) as another:
        assert told(another, b"again") == b"again"


def test_a_cut_comes_after_so_many_bytes(client, proxy):
    proxy.arm_cut(DOWN, after=1500, how="close")
    client.sendall(bytes(4000))
    assert received(client, 4000) == bytes(1500)
    assert proxy.fired("closed") == 1


@pytest.mark.parametrize(("deliver", "passes"), [(True, b"before sixth sense"), (False, b"before ")])
def test_a_cut_upon_a_text_comes_right_after_or_before_it_however_it_is_split(client, proxy, deliver, passes):
    if deliver:
        proxy.set(UP, slice_bytes=3)
    proxy.arm_cut(DOWN, upon=SIXTH, deliver=deliver, how="close")
    client.sendall(b"before sixth sense after")
    assert received(client, 100) == passes


def test_cuts_at_random_places_come_as_often_as_asked_and_no_more(proxy):
    proxy.arm_cut(DOWN, after=2000, random=True, times=20)
    places = set()
    while proxy.fired("reset") < 20:
        with connect(proxy) as client:
            client.sendall(bytes(50000))
            before = proxy.counters()["down"]["bytes"]
            with pytest.raises(ConnectionResetError):
                while True:
                    received(client, 50000)
            places.add(proxy.counters()["down"]["bytes"] - before)
    with connect(proxy) as client:
        assert told(client, bytes(50000)) == bytes(50000)
    assert len(places) > 10


def test_bits_are_flipped_as_often_as_asked_and_one_at_a_time(client, proxy):
    proxy.arm_flip(DOWN, after=1000, random=True, times=0)
    got = told(client, bytes(100_000))
    flipped = [byte for byte in got if byte]
    assert len(flipped) == proxy.fired("flipped", DOWN) and 50 < len(flipped) < 200
    assert all(byte.bit_count() == 1 for byte in flipped)
    proxy.heal()
    proxy.arm_flip(DOWN, upon=SIXTH)
    got = told(client, b"the sixth sense")
    assert got[:-1] == b"the sixth sens" and (got[-1] ^ ord("e")).bit_count() == 1


def test_a_refused_connection_is_refused_until_healed_and_then_may_go_elsewhere(proxy, echo):
    proxy.set(refuse=True)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.heal()
    other = Echo()
    proxy.set(target_port=other.port)
    with connect(proxy) as client:
        assert told(client, b"there") == b"there"
    assert other.open == 1 or other.endings
    assert echo.open == 0 and not echo.endings
    other.close()


def test_an_order_that_makes_no_sense_is_refused(proxy):
    with pytest.raises(AssertionError, match="nobody knows delay"):
        proxy.set(UP, delay=5)
    with pytest.raises(AssertionError, match="how is reset, close or half_open"):
        proxy.cut("gently")
