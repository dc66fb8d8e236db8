"""Who answers as the warehouse: on another machine only a server whose certificate is signed and bears its name, unless the host file
lists postgres-tls."""

import os
import pathlib
import shutil

import pytest

from harness import certificates, events, kcat, paths, waits
from harness.flow import Flow
from harness.sluice import flat

TOPIC = "dbserver1.public.orders"
# Leads to this machine, as 127.0.0.1 does, but is not an address that says so.
ELSEWHERE = "0.0.0.0"


class Tls:
    """The server's TLS, with certificates of one authority or of nobody. Who is connected stays so."""

    def __init__(self, server, db, folder):
        self.server, self.db = server, db
        self.authority = certificates.Authority(folder / "tls")
        self.stranger = certificates.Authority(folder / "stranger")

    def show(self, names=None, by=None):
        """From now on; `names` of the certificate."""
        files = (by or self.authority).issue("server", "warehouse", names)
        owner = self.server.data.stat()
        for file, name in zip(files, ("server.crt", "server.key")):
            target = pathlib.Path(shutil.copy(file, self.server.data / name))
            os.chown(target, owner.st_uid, owner.st_gid)
            target.chmod(0o600)
        self.db.sql("ALTER SYSTEM SET ssl = on")
        self._reload("on")

    def off(self):
        self.db.sql("ALTER SYSTEM RESET ssl")
        self._reload("off")

    def _reload(self, wanted):
        self.db.sql("SELECT pg_reload_conf()")

        def reloaded():
            self.db.close()  # a session learns of it by and by, a new one begins with it
            return self.db.value("SHOW ssl") == wanted
        waits.until(f"the server's TLS is {wanted}", reloaded, 10)

    def url(self, **parameters):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return self.db.url_at(f"{ELSEWHERE}:{self.server.port}") + (f"?{query}" if query else "")

    def verified(self):
        return self.url(sslmode="verify-full", sslrootcert=self.authority.certificate)


@pytest.fixture
def tls(postgres_server, db, folder):
    made = Tls(postgres_server, db, folder)
    yield made
    made.off()


def test_s19_a_server_that_nobody_vouches_for_is_refused_until_the_host_file_says_otherwise(mock, db, hosts, sink, tls):
    tls.show(f"IP:{ELSEWHERE}")
    host = hosts(mock.bootstrap)
    host.connector("orders", {**sink(), "connection.url": tls.url(sslmode="require")})
    done = host.command("validate")
    assert done.returncode == 1 and f"{ELSEWHERE} is another machine" in done.stdout and "sslmode=require" in done.stdout, done.stdout
    host.start()
    for url in (tls.url(), tls.url(sslmode="verify-ca", sslrootcert=tls.authority.certificate)):
        refused = host.rest.post("/connectors", {"name": "other", "config": flat({**sink(), "connection.url": url})})
        assert refused.status == 400 and "postgres-tls" in refused.body["message"], refused
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10))
    host.stop()

    host.configure(insecure=["postgres-tls"])
    assert host.command("validate").returncode == 0
    host.start()
    flow = Flow(mock.bootstrap, TOPIC, db)
    flow.wait_written()
    flow.assert_exactly_once()
    assert "insecure lists postgres-tls" in host.log()


def test_s19_wrong_name_and_strange_signature_are_refused_and_the_right_server_is_taken(mock, db, hosts, sink, tls):
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10))
    host = hosts(mock.bootstrap)
    host.connector("orders", {**sink(), "connection.url": tls.verified()})
    flow = Flow(mock.bootstrap, TOPIC, db)

    host.start()  # the server has no TLS at all: nothing is sent in the clear
    host.wait_condition("orders", "server does not support SSL")
    tls.show(f"IP:{ELSEWHERE}", by=tls.stranger)
    host.wait_condition("orders", "certificate verify failed")
    tls.show("DNS:other.example,IP:10.0.0.1")
    host.wait_condition("orders", "does not match host name", ELSEWHERE)
    assert flow.rows() == 0 and flow.positions() == {}

    tls.show(f"IP:{ELSEWHERE}")
    flow.wait_written()
    flow.assert_exactly_once()
    encrypted = db.sql("SELECT ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name LIKE 'sluice:%%' AND datname = current_database()")
    assert encrypted == [(True,)], encrypted


def test_s11_only_servers_of_the_hosts_list_are_connected_to(mock, db, hosts, sink):
    host = hosts(mock.bootstrap, plugin_hosts=["warehouse.example.org"])
    host.connector("orders", sink())
    done = host.command("validate")
    assert done.returncode == 1 and "127.0.0.1 is not among plugin.hosts" in done.stdout, done.stdout
    host.configure(plugin_hosts=["warehouse.example.org", "127.0.0.1"])
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(3))
    host.start()
    Flow(mock.bootstrap, TOPIC, db).wait_written()
    config = flat({**sink(), "connection.url": "postgresql://warehouse@169.254.169.254/x?sslmode=verify-full"})
    refused = host.rest.post("/connectors", {"name": "other", "config": config})
    assert refused.status == 400 and "169.254.169.254 is not among plugin.hosts" in refused.body["message"], refused
