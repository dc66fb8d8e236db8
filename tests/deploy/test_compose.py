"""The compose file, as Compose's own loader understands it, against the files that it mounts; and what of it can run without a container
does: its sluice with its files, its scripts on a real Postgres. Nothing here starts a container."""

import json
import re
import subprocess
import time
import urllib.parse

import pytest
import yaml

import settings
from container import Container
from harness import paths, processes, rest
from harness.postgres import Database
from tools import DOCKER

HOST_FILE = "/etc/sluice/sluice.yaml"
FOREIGN = {"database.hostname", "database.port", "database.password", "slot.name", "publication.name", "topic.prefix", "decimal.handling.mode",
           "key.converter.schemas.enable", "value.converter.schemas.enable"}


def binds(service):
    return [v for v in service.get("volumes") or [] if v["type"] == "bind"]


def networks(service):
    return set(service["networks"])


@pytest.fixture
def container(folder, compose, services, secrets):
    """sluice's, with all that its service mounts."""
    made = Container(folder, services["sluice"].get("environment") or {})
    for bind in binds(services["sluice"]):
        made.mount(paths.pathlib.Path(bind["source"]), bind["target"])
    for secret in services["sluice"]["secrets"]:
        made.mount(secrets / compose["secrets"][secret["source"]]["file"].rpartition("/")[2], f"/run/secrets/{secret['source']}")
    return made


def test_each_file_that_is_mounted_is_there(services, compose, secrets):
    mounted = [bind["source"] for service in services.values() for bind in binds(service)]
    assert len(mounted) > 8
    for source in mounted:
        assert paths.pathlib.Path(source).exists(), f"{source} is missing"
        assert paths.ROOT in paths.pathlib.Path(source).parents
    for name, secret in compose["secrets"].items():
        assert secret["file"] == str(DOCKER / "secrets" / name)
        assert len((secrets / name).read_text()) == 48


def test_secrets_stay_as_they_are(secrets):
    before = (secrets / "shop").read_text()
    processes.run([DOCKER / "secrets.sh"], seconds=10, check=True, env={"SLUICE_SECRETS": str(secrets)})
    assert (secrets / "shop").read_text() == before
    assert secrets.stat().st_mode & 0o077 == 0


def test_images_are_versions_and_those_that_the_tests_run(services):
    versions = dict(re.findall(r"(\w+)=([\w.]+)", (paths.DEPLOY / "live" / "versions.sh").read_text()))
    images = {name: service["image"] for name, service in services.items() if "build" not in service or not service["build"]}
    for name, image in images.items():
        assert re.search(r":v?\d+\.\d+", image), f"{name}: {image}"
    assert images["kafka"] == f"apache/kafka:{versions['kafka']}"
    assert images["connect"] == images["register"] == f"quay.io/debezium/connect:{versions['debezium']}"
    assert images["source"] == images["warehouse"] == images["shop"]


def test_only_this_machine_reaches_a_port(services):
    published = {name: port for name, service in services.items() for port in service.get("ports") or []}
    assert set(published) == {"sluice", "prometheus", "grafana"}
    assert {port["host_ip"] for port in published.values()} == {"127.0.0.1"}
    assert published["sluice"]["target"] == settings.port(settings.read((DOCKER / "sluice" / "sluice.yaml").read_text()))


def test_who_is_waited_for_can_become_healthy(services):
    for name, service in services.items():
        for other, how in (service.get("depends_on") or {}).items():
            if how["condition"] == "service_healthy":
                assert services[other].get("healthcheck"), f"{name} waits for {other}, which has no health check"


def test_whoever_is_named_is_there_and_within_reach(services):
    def reaches(who, whom, port=None):
        assert whom in services, f"{who} asks {whom}, and no service is called so"
        assert networks(services[who]) & networks(services[whom]), f"{who} and {whom} share no network"
        return port

    host = settings.read((DOCKER / "sluice" / "sluice.yaml").read_text())
    connector = settings.read((DOCKER / "sluice" / "connectors" / "orders.yaml").read_text())
    broker = services["kafka"]["environment"]
    address = host["kafka.bootstrap.servers"]
    reaches("sluice", address.partition(":")[0])
    assert broker["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{address}"
    assert services["connect"]["environment"]["BOOTSTRAP_SERVERS"] == address
    reaches("connect", "kafka")
    reaches("sluice", urllib.parse.urlsplit(connector["connection.url"]).hostname)
    source = json.loads((DOCKER / "connect" / "orders.json").read_text())
    reaches("connect", source["database.hostname"])
    url = urllib.parse.urlsplit(services["register"]["entrypoint"][-1])
    reaches("register", url.hostname)
    reaches("register", "source")
    monitoring = paths.DEPLOY / "monitoring"
    scraped = yaml.safe_load((monitoring / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    assert scraped == [f"sluice:{settings.port(host)}"]
    reaches("prometheus", "sluice")
    assert "sluice" in host["rest.hosts"]
    shown = yaml.safe_load((monitoring / "grafana" / "provisioning" / "datasources" / "prometheus.yaml").read_text())
    reaches("grafana", urllib.parse.urlsplit(shown["datasources"][0]["url"]).hostname)
    # Where Prometheus and Grafana look for what their files name.
    targets = {bind["target"] for name in ("prometheus", "grafana") for bind in binds(services[name])}
    assert "/etc/prometheus/sluice.rules.yaml" in targets
    dashboards = yaml.safe_load((monitoring / "grafana" / "provisioning" / "dashboards" / "sluice.yaml").read_text())
    assert f"{dashboards['providers'][0]['options']['path']}/sluice.json" in targets


def test_the_source_is_watched_as_in_the_live_stack():
    ours = json.loads((DOCKER / "connect" / "orders.json").read_text())
    live = json.loads((paths.DEPLOY / "live" / "debezium-orders.json").read_text())
    assert set(ours) == set(live)
    assert {key for key in ours if ours[key] != live[key]} == FOREIGN
    connector = settings.read((DOCKER / "sluice" / "connectors" / "orders.yaml").read_text())
    assert connector["topics"] == f"{ours['topic.prefix']}.{ours['table.include.list']}"
    assert connector["decimal.handling.mode"] == ours["decimal.handling.mode"]


def test_each_secret_that_is_read_is_given(services):
    def given(name):
        return {secret["source"] for secret in services[name].get("secrets") or []}
    files = {"sluice": (DOCKER / "sluice" / "connectors" / "orders.yaml").read_text(), "connect": (DOCKER / "connect" / "orders.json").read_text()}
    for name, text in files.items():
        wanted = set(re.findall(r"\$\{dir:/run/secrets:(\w+)\}", text))
        assert wanted and wanted == given(name), name
    for name, service in services.items():
        said = json.dumps([service.get("environment"), service.get("entrypoint"), service.get("command")])
        assert set(re.findall(r"/run/secrets/(\w+)", said)) <= given(name), name
        role = (service.get("environment") or {}).get("ROLE")
        assert role is None or role in given(name)


def test_sluice_can_do_nothing_but_its_work(services):
    sluice = services["sluice"]
    assert sluice["read_only"] and sluice["cap_drop"] == ["ALL"] and sluice["security_opt"] == ["no-new-privileges:true"]
    assert all(bind["read_only"] for service in services.values() for bind in binds(service))
    # All but Postgres, which begins as root, give up what root may.
    assert {name for name, service in services.items() if service.get("cap_drop") != ["ALL"]} == {"source", "warehouse"}
    assert all(service.get("security_opt") == ["no-new-privileges:true"] for service in services.values())
    assert all(not service.get("privileged") for service in services.values())


def test_sluice_finds_its_files_right(container):
    done = container.validate(HOST_FILE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 connector" in done.stdout
    wanted = settings.variables((DOCKER / "sluice" / "sluice.yaml").read_text())
    assert wanted <= set(container.environment)


def test_each_refusal_that_is_lifted_would_be_one(container):
    file = container.at(HOST_FILE)
    text = file.read_text()
    assert "insecure: [rest, postgres-tls]" in text
    for kept, told in (("postgres-tls", "rest.listen"), ("rest", "warehouse is another machine")):
        file.write_text(text.replace("[rest, postgres-tls]", f"[{kept}]"))
        done = container.validate(HOST_FILE)
        assert done.returncode == 1 and told in done.stdout + done.stderr, (kept, done.stdout + done.stderr)
    file.write_text(text)


def test_sluice_starts_with_its_files_and_the_health_check_sees_it(container):
    container.start(HOST_FILE)
    url = f"http://127.0.0.1:{container.port}"
    container.until_it_answers(rest.Rest(container.port).get)
    # The command of HEALTHCHECK.
    assert container.run("status", SLUICE_URL=url).returncode == 0
    # As Prometheus asks, and as somebody whose name was bent to here.
    asked = [subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Host: {host}", f"{url}/metrics"],
                            capture_output=True, text=True, check=True, timeout=10).stdout for host in ("sluice:8083", "evil.example:8083")]
    assert asked == ["200", "403"]
    container.stop()
    assert container.run("status", SLUICE_URL=url).returncode == 1


def as_superuser(server):
    url = urllib.parse.urlsplit(server.superuser_url)
    return {"PGHOST": url.hostname, "PGPORT": str(url.port), "PGUSER": url.username, "PGPASSWORD": url.password}


def test_init_makes_the_shop_which_then_works(postgres_server, services, secrets):
    environment = services["source"]["environment"]
    processes.run([DOCKER / "postgres" / "init.sh"], check=True, env={
        **as_superuser(postgres_server), "SECRETS": str(secrets), "FILE": str(paths.DEPLOY / "live" / "orders.sql"),
        **{name: environment[name] for name in ("ROLE", "ROLE_OPTIONS", "DATABASE")}})
    shop = Database(postgres_server, environment["DATABASE"])
    assert shop.value("SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == "shop"
    assert shop.sql("SELECT rolsuper, rolreplication FROM pg_roles WHERE rolname = 'shop'") == [(False, True)]
    # As the service `shop` does, by the password of the file; orders that have waited are shipped.
    shop.sql("UPDATE orders SET created_at = now() - interval '1 minute'")
    address = as_superuser(postgres_server)
    worker = subprocess.Popen(["psql", "-X", "-h", address["PGHOST"], "-p", address["PGPORT"], "-U", "shop", "-d", "ecommerce", "-f",
                               str(DOCKER / "shop" / "changes.sql")],
                              env={"PATH": "/usr/bin:/bin", "PGPASSWORD": (secrets / "shop").read_text()},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(1.8)
    worker.terminate()
    said = worker.communicate(timeout=10)[0]
    assert shop.value("SELECT count(*) FROM orders WHERE order_id > 6") >= 3, said
    assert shop.value("SELECT count(*) FROM orders WHERE order_id <= 6 AND status = 'SHIPPED'") >= 2, said
    assert said == ""
    shop.close()


def test_init_makes_the_warehouse_of_a_role_that_may_do_no_more(postgres_server, services, secrets):
    environment = services["warehouse"]["environment"]
    # The test's server has a warehouse of its own already.
    (secrets / "warehouse_of_compose").write_text("secret")
    processes.run([DOCKER / "postgres" / "init.sh"], check=True, env={
        **as_superuser(postgres_server), "SECRETS": str(secrets), "FILE": str(paths.DEPLOY / "warehouse" / "orders_fact.sql"),
        "ROLE": "warehouse_of_compose", "DATABASE": "analytics_of_compose"})
    assert "ROLE_OPTIONS" not in environment and environment["ROLE"] == "warehouse" and environment["DATABASE"] == "analytics"
    warehouse = Database(postgres_server, "analytics_of_compose")
    assert warehouse.value("SELECT tableowner FROM pg_tables WHERE tablename = 'orders_fact'") == "warehouse_of_compose"
    # sluice makes its schema by itself.
    assert warehouse.value("SELECT has_database_privilege('warehouse_of_compose', 'analytics_of_compose', 'CREATE')")
    assert warehouse.sql("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = 'warehouse_of_compose'") == [(False, False)]
    warehouse.close()


def test_shellcheck_finds_nothing_in_the_scripts():
    scripts = [DOCKER / "secrets.sh", DOCKER / "postgres" / "init.sh", paths.ROOT / "tests" / "deploy" / "fetch.sh"]
    done = processes.run(["shellcheck", "-x", *scripts], seconds=60)
    assert done.returncode == 0, done.stdout + done.stderr
