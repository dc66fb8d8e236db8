"""The way to the brokers is slow, breaks, or spoils what it carries: rows 27 to 29 of the catalogue."""

import time

import pytest

from harness import scale, waits
from harness.fault_run import Gaps
from harness.proxy import DOWN, UP

pytestmark = pytest.mark.xdist_group("cluster")


def total(cluster, kind, direction=None):
    return sum(each.fired(kind, direction) for each in cluster.proxies.values())


def test_f27_brokers_two_seconds_away_at_64_kb_a_second_are_slow_and_nothing_else(cluster, cluster_run, hosts):
    run, seconds = cluster_run.create(), scale.count(12, 300)
    host = run.start(hosts, cluster.proxied)
    run.begin(rate=40)
    for each in cluster.proxies.values():
        each.set(delay_ms=1000, bytes_per_second=64000)
    time.sleep(3)
    before, connections, joined = run.flow.positions(), total(cluster, "accepted"), host.log().count("the group gave")
    gaps = Gaps(run.flow.db)
    time.sleep(seconds)
    made = total(cluster, "accepted") - connections
    print(f"{seconds} s: {made} new connections, at most {gaps.longest():.1f} s without any row")
    assert total(cluster, "delayed", UP) and total(cluster, "delayed", DOWN) and total(cluster, "throttled", DOWN)
    assert made <= 2, "it loses its connections again and again"
    assert gaps.longest() <= 10
    assert host.log().count("the group gave") == joined, "it lost its place in the group"
    run.flow.wait_advanced(before, 10)
    cluster.mend()
    assert "FAILED" not in host.log()
    run.end(f"slow for {seconds} s")


def test_f28_connections_reset_in_mid_answer_and_answers_in_pieces_of_a_byte_cost_no_row(cluster, cluster_run, hosts):
    run, resets = cluster_run.create(), scale.count(40, 10000)
    # Answers that are much longer than the way to the next cut would hardly ever arrive, however often they were asked for.
    host = run.start(hosts, cluster.proxied, **{"consumer.override.max.partition.fetch.bytes": 20000})
    run.begin(rate=1500)
    gaps = Gaps(run.flow.db)
    for each in cluster.proxies.values():
        each.arm_cut(DOWN, after=40000, random=True, times=0)
    waits.until(f"{resets} connections were reset", lambda: total(cluster, "reset") >= resets, 30 + resets)
    cluster.mend()
    print(f"{total(cluster, 'reset')} resets; at most {gaps.longest():.1f} s without any row")
    for each in cluster.proxies.values():
        each.set(DOWN, slice_bytes=1)
    before = run.flow.positions()
    waits.until("answers came in pieces", lambda: total(cluster, "sliced", DOWN) >= scale.count(60_000, 5_000_000), 120)
    run.flow.wait_advanced(before, 90)
    cluster.mend()
    assert gaps.longest() <= 10
    assert "FAILED" not in host.log()
    run.end(f"{resets} resets, then pieces of a byte")


def test_f29_a_bit_that_flips_on_the_way_is_noticed_and_what_it_spoilt_is_read_again(cluster, cluster_run, hosts):
    run, flips = cluster_run.create(), scale.count(5, 1000)
    # One flip in fifty makes an answer longer than it is, or takes it from its request: then the client waits for the rest so long.
    host = run.start(hosts, cluster.proxied, **{"consumer.override.socket.timeout.ms": 5000})
    run.begin(rate=500)
    for _ in range(flips):
        seen = total(cluster, "flipped", DOWN)
        for each in cluster.proxies.values():
            each.arm_flip(DOWN, after=5000, random=True)
        waits.until("a bit flips", lambda: total(cluster, "flipped", DOWN) > seen, 30)
        cluster.mend()
        run.flow.wait_advanced(run.flow.positions(), 30)
    print(f"{total(cluster, 'flipped', DOWN)} bits flipped; {host.log().count('to send readable records')} times noticed by sluice")
    assert host.task(run.name)["state"] == "RUNNING"
    run.end(f"{flips} flips")
