"""The brokers refuse sluice, or it them: rows 36 and 37 of the catalogue, row 19 of the threats. It says that it is blocked, loses nothing,
and goes on by itself once somebody has mended it."""

import time

import pytest

from harness import events, kcat, waits
from harness.cluster import PASSWORD, USER

pytestmark = pytest.mark.xdist_group("cluster")

# Credentials and certificates are looked up anew every 10 s, and the host tells of it some seconds later.
SECONDS_MAX = 30


@pytest.fixture
def secret(folder):
    """The file that holds the password of sluice's Kafka user."""
    file = folder / "kafka.properties"
    file.write_text(f"password={PASSWORD}\n")
    return file


@pytest.fixture
def host(cluster, cluster_run, hosts, secret):
    """Through the proxies it reaches the listener that wants to know who it is. It has written 20 records."""
    run = cluster_run.create(replicas=1)
    run.dead = f"{run.name}-dead"
    cluster.create(run.dead, partitions=1, replicas=1)
    host = secured(cluster, run, hosts, secret, cluster.secured, **{"errors.tolerance": "all", "errors.deadletterqueue.topic.name": run.dead})
    host.start()
    write(run, 1)
    run.flow.wait_written()
    return host


def secured(cluster, run, hosts, secret, bootstrap, **settings):
    host = hosts(bootstrap, kafka_security_protocol="sasl_ssl", kafka_sasl_mechanism="SCRAM-SHA-256", kafka_sasl_username=USER,
                 kafka_ssl_ca_location=str(cluster.authority.certificate))
    password = {f"{client}.override.sasl.password": f"${{file:{secret}:password}}" for client in ("consumer", "producer", "admin")}
    host.connector(run.name, {**run.settings(), **password, **settings})
    return host


def write(run, first):
    for partition in range(4):
        kcat.produce(run.flow.bootstrap, run.flow.topic, partition, events.inserts(5, first=first + 5 * partition))


def blocked_and_mended(host, run, mend, *words):
    """The condition as it was, after it has lasted for a while in which nothing was lost."""
    condition = host.wait_condition(run.name, "blocked: ", *words, seconds=30)
    write(run, 101)
    waits.holds("it is blocked and says so", lambda: host.task(run.name)["condition"].startswith("blocked: "), 2)
    mend()
    begun = time.monotonic()
    run.flow.wait_written(60)
    took = time.monotonic() - begun
    host.wait_running(run.name)
    print(f"{took:.1f} s from the mending to the rows; it said: {condition}")
    assert took <= SECONDS_MAX
    assert "FAILED" not in host.log()
    assert kcat.dump(run.flow.bootstrap, run.dead) == []
    run.flow.assert_exactly_once("blocked for a while")
    assert PASSWORD not in host.log()


def test_f36_a_rotated_password_blocks_it_until_the_file_that_holds_it_has_the_new_one(cluster, cluster_run, host, secret):
    cluster.set_password("second secret")
    try:
        cluster.cut_secured()
        blocked_and_mended(host, cluster_run, lambda: secret.write_text("password=second secret\n"), "credentials")
        kcat.produce(cluster.bootstrap, cluster_run.flow.topic, 0, [("key", "no event")])
        waits.until("the dead letter was written with the new password", lambda: kcat.dump(cluster.bootstrap, cluster_run.dead), 15)
    finally:
        cluster.set_password(PASSWORD)


def test_f36_an_expired_certificate_blocks_it_until_the_brokers_have_a_new_one(cluster, cluster_run, host):
    cluster.give_certificate(days=0)
    time.sleep(1.1)  # it is good for the second in which it was made
    cluster.take_certificate()
    cluster.cut_secured()

    def renew():
        cluster.give_certificate()
        cluster.take_certificate()
    try:
        blocked_and_mended(host, cluster_run, renew, "certificate")
    finally:
        renew()


def test_s19_a_broker_whose_certificate_has_another_name_gets_no_password_and_is_not_read(cluster, cluster_run, hosts, secret):
    """The certificate is for 127.0.0.1, whatever else leads there."""
    run = cluster_run.create(replicas=1)
    host = secured(cluster, run, hosts, secret, cluster.secured.replace("127.0.0.1", "localhost"))
    host.start()
    write(run, 1)
    host.wait_condition(run.name, "blocked: ", "no trust between us", "certificate", seconds=30)
    assert run.flow.positions() == {} and "FAILED" not in host.log()


def test_f37_a_revoked_permission_blocks_it_until_it_is_granted_again(cluster, cluster_run, host):
    topic = cluster_run.flow.topic
    # Where somebody else may read and nobody may else, it may not.
    cluster.tool("AclCommand", "--add", "--allow-principal", "User:somebody-else", "--operation", "Read", "--operation", "Describe", "--topic", topic)
    blocked_and_mended(host, cluster_run, lambda: cluster.tool(
        "AclCommand", "--add", "--allow-principal", f"User:{USER}", "--operation", "Read", "--operation", "Describe", "--topic", topic), "permission")
