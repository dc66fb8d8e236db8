"""Brokers die, come back, and hand over what they led: rows 21 to 24, 26 and 33 of the catalogue."""

import time

import pytest

from harness import events, kcat, scale, waits
from harness.failpoints import fired
from harness.fault_run import Gaps
from harness.proxy import UP

pytestmark = pytest.mark.xdist_group("cluster")

# The clients' part of it is 1.5 s, on a quiet machine.
GAP_SECONDS = 3.0


@pytest.mark.alone
def test_f21_a_killed_broker_costs_seconds_of_its_partitions_and_nothing_of_the_others(cluster, cluster_run, hosts, dice):
    run, kills = cluster_run.create(), scale.count(1, 30)
    host = run.start(hosts)
    run.begin(rate=500)
    worst = 0
    for n in range(kills):
        if n > 0:
            cluster.start_broker(victim)
            cluster.wait_in_sync(run.flow.topic)
        led = {}
        for partition, broker in cluster.leaders(run.flow.topic).items():
            led.setdefault(broker, []).append(partition)
        victim = dice.choice(sorted(led))
        gaps = Gaps(run.flow.db)
        cluster.kill9(victim)
        waits.until("its partitions have other leaders", lambda: victim not in cluster.leaders(run.flow.topic).values(), 30)
        moved = gaps.now()
        waits.until("they are written again", lambda: all(gaps.first_move(moved, partition) for partition in led[victim]), 30)
        gap = max(gaps.first_move(moved, partition) for partition in led[victim])
        worst = max(worst, gap)
        print(f"broker {victim} killed, which led {led[victim]}: {gap:.2f} s from their new leaders to their next rows, "
              f"{gaps.longest(led[victim]):.2f} s without any")
    assert worst <= GAP_SECONDS
    assert "FAILED" not in host.log()
    run.end(f"{kills} brokers killed")


def test_f21_a_broker_that_dies_with_the_question_for_the_topics_keeps_nobody_out_of_its_group(cluster, cluster_run, hosts):
    """librdkafka asks the dead one again, for as long as it is away. Whom it asks first is its own choice."""
    run = cluster_run.create()
    for proxy in cluster.proxies.values():
        proxy.arm_cut(UP, upon=run.flow.topic.encode(), deliver=False)
    began = time.monotonic()
    run.start(hosts, bootstrap=cluster.proxied)

    def asked():
        return next((node for node, proxy in cluster.proxies.items() if proxy.fired("reset")), None)
    dead = waits.until("some broker is asked for the topic", asked, 20, every=0.001)
    cluster.proxies[dead].set(refuse=True)
    for node, proxy in cluster.proxies.items():
        if node != dead:
            proxy.heal()
    cluster.kill9(dead)
    run.flow.wait_claimed(40)
    print(f"claimed {time.monotonic() - began:.1f} s after the start")
    assert time.monotonic() - began <= 20
    cluster.mend()
    run.begin(rate=100)
    run.flow.wait_advanced(run.flow.positions())
    run.end("a question that died with its broker")


def test_f22_with_all_brokers_down_it_waits_says_so_and_goes_on_when_they_are_back(cluster, cluster_run, hosts):
    run, seconds = cluster_run.create(), scale.count(5, 120)
    host = run.start(hosts)
    run.begin(rate=500)
    gaps = Gaps(run.flow.db)
    cluster.kill9(*cluster.IDS)
    host.wait_condition(run.name, "waiting for Kafka")
    time.sleep(seconds)
    host.wait_condition(run.name, "waiting for Kafka")
    for node in cluster.IDS:
        cluster.start_broker(node, wait=False)
    waits.until("a broker is up, and leads something", lambda: cluster.alive() and max(cluster.leaders(run.flow.topic).values()) >= 0, 60)
    up = gaps.now()
    # Not only by the load, whose client may still wait before it tries again.
    for partition, leader in cluster.leaders(run.flow.topic).items():
        if leader >= 0:
            kcat.produce(run.flow.bootstrap, run.flow.topic, partition, events.inserts(5, 9_000_000 + 10 * partition))
    waits.until("something is written", lambda: gaps.first_move(up), 30)
    took = gaps.first_move(up)
    print(f"brokers down for {seconds} s and their start; the first rows {took:.2f} s after the first broker was up")
    assert took <= 4.0
    host.wait_running(run.name, 30)
    assert "FAILED" not in host.log()
    run.end("all brokers killed")


def test_f22_a_question_about_the_group_that_no_broker_answers_in_time_ends_no_process(cluster, cluster_run, hosts):
    """By librdkafka's own way to the coordinator it would: into freed memory, once the brokers come back after the request's time (#4605)."""
    run = cluster_run.create()
    host = hosts(run.flow.bootstrap)
    host.environment = {"SLUICE_FAILPOINT": "group.looked_for:1:stop"}
    host.connector(run.name, run.settings())
    host.start()
    run.begin(rate=100)
    waits.until("it is about to ask", lambda: fired(host.log()), 45)
    cluster.kill9(*cluster.IDS)
    host.process.thaw()
    time.sleep(7)  # the request has 5 s
    for node in cluster.IDS:
        cluster.start_broker(node, wait=False)
    stood = run.flow.positions()
    run.flow.wait_advanced(stood, 90)
    time.sleep(2)
    assert host.process.alive() and "FAILED" not in host.log()
    run.end("a question that nobody answered")


def test_f23_a_rolling_restart_of_the_brokers_costs_no_row_and_no_task(cluster, cluster_run, hosts):
    run, rounds = cluster_run.create(), scale.count(1, 10)
    host = run.start(hosts)
    run.begin(rate=500)
    gaps = Gaps(run.flow.db)
    for _ in range(rounds):
        for node in cluster.IDS:
            cluster.stop_broker(node)
            cluster.start_broker(node)
            cluster.wait_in_sync(run.flow.topic)
            assert host.task(run.name)["state"] == "RUNNING"
    print(f"{rounds} rolling restarts; at most {gaps.longest():.2f} s without any row")
    assert gaps.longest() <= 10
    assert "FAILED" not in host.log()
    run.end(f"{rounds} rolling restarts")


def elsewhere(cluster):
    """The group's coordinator, and partitions that it has nothing to do with."""
    coordinator = cluster.coordinator()
    others = [node for node in cluster.IDS if node != coordinator]
    return coordinator, [others, others[::-1]] * 2


def test_f24_a_killed_coordinator_delays_commits_and_no_row(cluster, cluster_run, hosts):
    coordinator, assignment = elsewhere(cluster)
    run, kills = cluster_run.create(assignment=assignment), scale.count(1, 30)
    host = run.start(hosts)
    run.begin(rate=500)
    for n in range(kills):
        if n > 0:
            cluster.start_broker(coordinator)
            cluster.wait_in_sync("__consumer_offsets")
            coordinator = cluster.coordinator()
        gaps, before = Gaps(run.flow.db), run.flow.positions()
        cluster.kill9(coordinator)
        waits.until("another broker coordinates", lambda: cluster.coordinator() not in (-1, coordinator), 30)

        def all_committed():
            committed = cluster.committed(run.group(), run.flow.topic, 4)
            assert all(committed.get(partition, 0) > at for partition, at in before.items()), f"{committed}, before {before}"
            return True
        waits.until("the group's offsets move on", all_committed, 30, every=0.5)
        print(f"coordinator {coordinator} killed: {gaps.longest():.2f} s without any row")
        assert gaps.longest() <= GAP_SECONDS
    assert "FAILED" not in host.log()
    run.end(f"{kills} coordinators killed")


def test_f26_a_member_that_only_its_coordinator_cannot_hear_is_replaced_and_writes_nothing_more(cluster, cluster_run, hosts):
    coordinator, assignment = elsewhere(cluster)
    run, rounds = cluster_run.create(assignment=assignment), scale.count(1, 30)
    cut_off = run.start(hosts, cluster.proxied, **{"consumer.override.session.timeout.ms": 3000})
    there = hosts(run.flow.bootstrap, "w2")
    there.start()
    run.begin(rate=500)
    proxy = cluster.proxies[coordinator]
    for _ in range(rounds):
        waits.until("two tasks share the partitions", lambda: run.flow.owners() == 2, 40)
        fetched = sum(each.fired("bytes", "down") for node, each in cluster.proxies.items() if node != coordinator)
        proxy.set(blackhole=True)
        begun = time.monotonic()
        waits.until("the other process has taken over", lambda: run.flow.owners() == 1, 30)
        took = time.monotonic() - begun
        run.flow.wait_advanced(run.flow.positions(), 20)
        proxy.wait_fired("held", "up")
        assert sum(each.fired("bytes", "down") for node, each in cluster.proxies.items() if node != coordinator) > fetched
        assert cut_off.task(run.name)["state"] == "RUNNING"
        proxy.heal()
        print(f"taken over after {took:.1f} s")
        assert took <= 12
    waits.until("two tasks share the partitions again", lambda: run.flow.owners() == 2, 40)
    assert "FAILED" not in cut_off.log() + there.log()
    run.end(f"{rounds} times out of the coordinator's hearing")


def test_f33_a_log_that_an_unclean_election_cut_stops_the_task_also_when_it_has_grown_again(cluster, cluster_run, hosts):
    coordinator, _ = elsewhere(cluster)
    first, second = (node for node in cluster.IDS if node != coordinator)
    run = cluster_run.create(assignment=[[first, second]], unclean_leader_election_enable="true", min_insync_replicas=1)
    flow = run.flow
    flow.partitions = 1
    away = f"{run.name}-away"
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(20))
    host = hosts(flow.bootstrap)
    host.connector(run.name, run.settings())
    host.connector(away, {**run.settings(), "name": away})
    host.start()
    cluster.kill9(second)
    waits.until("one replica is alone", lambda: cluster.describe(flow.topic).partitions[0].isrs == [first], 30)
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(30, first=21))
    waits.until("both connectors have written all of it", lambda: flow.rows() == 100, 30)
    host.stop_connector(away)
    cluster.kill9(first)
    cluster.start_broker(second)
    waits.until("the other replica leads", lambda: cluster.leaders(flow.topic)[0] == second, 30)
    assert kcat.ends(flow.bootstrap, flow.topic, 1) == {0: 20}, "the election was not unclean: this test would test nothing"
    trace = host.wait_failed(run.name, f"{flow.topic}-0", "cut", seconds=30)
    print(trace)
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(60, first=1001))
    host.resume(away)
    trace = host.wait_failed(away, f"{flow.topic}-0", seconds=30)
    print(trace)
    assert flow.rows() == 100
