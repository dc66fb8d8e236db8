"""What happens to a consumer group: rows 25, 38b and 39 of the catalogue."""

import signal
import time

import pytest

from harness import events, kcat, paths, processes, scale, sluice, waits
from harness.fault_run import SESSION_SECONDS, Gaps

pytestmark = pytest.mark.xdist_group("cluster")


class Storm:
    """One member or another of the group comes or goes each second, and holds what it is given without reading it."""

    def __init__(self, run):
        command = [paths.needed(paths.GROUP_MEMBER, "build it: cmake --build --preset dev"), "--bootstrap", run.flow.bootstrap,
                   "--group", run.group(), "--topic", run.flow.topic, "--stay-ms", 2500]
        self._processes = [processes.Process(f"member {n}", command, run.folder / f"member{n}.log") for n in range(3)]
        self.members = self.given = 0

    def stop(self):
        for each in self._processes:
            assert each.stop(20) == 0, each.tail()
            members, given = each.text().split()
            self.members += int(members)
            self.given += int(given)


def test_f25_members_that_come_and_go_each_second_slow_it_down_and_stop_it_never(cluster_run, hosts):
    run, seconds, rate = cluster_run.create(), scale.count(12, 300), 500
    host = run.start(hosts, **{"consumer.override.heartbeat.interval.ms": 300})  # it hears of others after this
    run.begin(rate=rate)
    gaps, before = Gaps(run.flow.db), sum(run.flow.positions().values())
    storm = Storm(run)
    time.sleep(seconds)
    share = (sum(run.flow.positions().values()) - before) / (seconds * rate)
    longest = gaps.longest()
    storm.stop()
    rebalances = host.log().count("the group gave")
    print(f"{storm.members} members came and went in {seconds} s, and were given {storm.given} partitions; {rebalances} rebalances; "
          f"{100 * share:.0f} % of the load arrived meanwhile, at most {longest:.1f} s without any row")
    assert storm.members >= seconds // 3 and storm.given and rebalances >= seconds // 6
    assert longest <= 10
    assert share >= 0.3
    assert "FAILED" not in host.log()
    run.end(f"{storm.members} members came and went")


def test_f38b_stopped_deleted_and_made_again_a_static_member_is_never_in_its_own_way(cluster_run, hosts):
    run, rounds = cluster_run.create(), scale.count(2, 50)
    flow = run.flow
    host = hosts(flow.bootstrap)
    host.start()
    host.rest.timeout = 30
    worst = 0

    def create():
        answer = host.rest.ask("PUT", f"/connectors/{run.name}/config", sluice.flat(run.settings()))
        assert answer.status == 201, answer
        host.wait_running(run.name)

    create()
    for n in range(rounds):
        kcat.produce(flow.bootstrap, flow.topic, n % 4, events.inserts(10, first=1 + 10 * n))
        flow.wait_written()
        host.stop_connector(run.name)
        begun = time.monotonic()
        answer = host.rest.ask("PATCH", f"/connectors/{run.name}/offsets", {"offsets": [
            {"partition": {"kafka_topic": flow.topic, "kafka_partition": p}, "offset": {"kafka_offset": at}} for p, at in flow.positions().items()]})
        assert answer.status == 200, answer
        worst = max(worst, time.monotonic() - begun)
        host.resume(run.name)
        host.wait_running(run.name)
        assert host.rest.delete(f"/connectors/{run.name}").status == 204
        create()
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(10, first=9001))
    flow.wait_written()
    print(f"{rounds} times stopped, altered, deleted and made again; offsets were set at most {worst:.1f} s after the stop")
    assert worst <= SESSION_SECONDS + 3
    assert not any(word in host.log() for word in ("FENCED", "fenced", "same worker.id", "FAILED"))
    flow.assert_exactly_once("made again")


def test_f39_a_group_that_is_reset_or_deleted_from_outside_changes_nothing_but_is_told(cluster, cluster_run, hosts):
    run = cluster_run.create()
    flow = run.flow
    host = run.start(hosts)
    first = 1
    for what in (["--reset-offsets", "--to-earliest", "--execute", "--topic", flow.topic], ["--delete"]):
        for partition in range(4):
            kcat.produce(flow.bootstrap, flow.topic, partition, events.inserts(10, first=first))
            first += 10
        flow.wait_written()
        host.stop_connector(run.name)
        assert cluster.committed(run.group(), flow.topic, 4) == flow.positions()
        cluster.tool("consumer.group.ConsumerGroupCommand", "--group", run.group(), *what)
        assert cluster.committed(run.group(), flow.topic, 4) == (dict.fromkeys(range(4), 0) if "--execute" in what else {})
        # A group that was made anew counts its generations from 1 again. For a minute sluice takes a lower one for that of a member
        # that was frozen, and lets the newer one keep the partitions; here that minute is over.
        flow.db.sql("UPDATE sluice.sink_offsets SET updated_at = updated_at - interval '61 s'")
        host.resume(run.name)
        host.wait_running(run.name)
        if "--execute" in what:
            waits.until("the log tells both numbers", lambda: f"{flow.topic}-0: the group's committed offset is 0" in host.log()
                        and "the sink's own position 10 counts" in host.log(), 10)
            assert " warning " in next(line for line in host.log().splitlines() if "the group's committed offset is 0" in line)
    kcat.produce(flow.bootstrap, flow.topic, 0, events.inserts(10, first=9001))
    flow.wait_written()
    assert "FAILED" not in host.log()
    flow.assert_exactly_once("reset and deleted")


def test_f25b_partitions_that_a_rebalance_left_to_nobody_are_shared_out_anew(kafka, run, hosts, orders):
    """A member dies between the two rounds of a rebalance and comes back by its instance id: the broker begins no second round."""
    first, second = hosts(kafka.bootstrap, "first", worker_id="first"), hosts(kafka.bootstrap, "second", worker_id="second")
    first.environment = {"SLUICE_FAILPOINT": "group.going:1:abort"}
    first.connector("orders", orders)
    first.start()
    run.begin(rate=300)
    second.start()
    assert first.process.wait(30, "it dies when it is to let go") == -signal.SIGKILL
    first.environment = {}
    first.start()
    stood = run.flow.positions()
    begun = time.monotonic()
    run.flow.wait_advanced(stood, 60)
    took = time.monotonic() - begun
    left = [host.folder.name for host in (first, second) if "belong to no member of the group" in host.log()]
    print(f"all partitions moved on after {took:.1f} s; {left} left the group for it")
    assert left, "no partition was left to nobody: this test would test nothing"
    waits.until("both have partitions", lambda: run.flow.owners() == 2, 30)
    for host in (first, second):
        host.wait_running("orders")
    run.end("partitions that were nobody's")
    assert not any("abandoned" in host.log() for host in (first, second)), "its client waits for ever, and takes a whole processor"


def test_f22_a_client_that_is_given_up_while_a_claim_is_waited_for_comes_to_its_end(kafka, run, hosts, orders):
    """librdkafka waits for an answer to what the group gave, also where the client is to end."""
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.begin(rate=100)
    host.stop()
    holder = run.flow.db.another()
    holder.sql("BEGIN")
    holder.sql("LOCK TABLE sluice.sink_offsets")
    host.environment = {"SLUICE_FAILPOINT": "group.gained:1:sleep:4000,client.statistics:1:error,client.statistics:2:error"}
    host.start()
    waits.until("a new Kafka client is made", lambda: "has lost sight of all brokers; a new one is made" in host.log(), 30)
    assert host.log().count("claimed ") == kafka.PARTITIONS, "it had claimed something once more: this test would test nothing"
    holder.sql("ROLLBACK")
    holder.close()
    waits.until("the new client's partitions are claimed", lambda: host.log().count("claimed ") == 2 * kafka.PARTITIONS, 30)
    assert "was abandoned" not in host.log()
    run.end("a client given up before its claim")
