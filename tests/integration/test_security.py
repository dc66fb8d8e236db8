"""Somebody who may send requests, records or names, and means harm: against the program as it runs. Numbers are those of the threats."""

import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from harness import events, kcat, paths, ports, scale, waits
from harness.changes import change
from harness.flow import Flow
from harness.sluice import flat

TOPIC = "dbserver1.public.orders"
FILE_SINK = {"connector.class": "FileStreamSink", "topics": "t", "file": "/dev/null"}
BROKEN = paths.BUILD / "tests" / "abi" / "broken"


def create(host, config, name="wanted"):
    return host.rest.post("/connectors", {"name": name, "config": {key: str(value) for key, value in config.items()}})


def files_below(folder):
    return {str(path) for path in pathlib.Path(folder).rglob("*")}


@pytest.fixture
def lonely(hosts):
    """A host whose broker is not there: for what has to be refused before anything is asked of Kafka."""
    return hosts(f"127.0.0.1:{ports.free()}")


# ---- properties and references ------------------------------------------------------------------------------------------------

DENIED = """plugin.library.paths interceptors ssl.providers ssl.engine.location ssl.engine.id interceptor.classes metric.reporters
    sasl.kerberos.kinit.cmd sasl.kerberos.keytab sasl.kerberos.principal test.mock.num.brokers test.mock.broker.rtt debug
    sasl.oauthbearer.token.endpoint.url sasl.oauthbearer.method sasl.oauthbearer.config
    sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.file enable.sasl.oauthbearer.unsecure.jwt
    https.ca.location sasl.oauthbearer.client.secret ssl.ca.location ssl.certificate.location ssl.key.location ssl.crl.location
    ssl.keystore.location ssl.keystore.password sasl.kerberos.service.name ssl.endpoint.identification.algorithm
    enable.ssl.certificate.verification bootstrap.servers metadata.broker.list sasl.jaas.config log_cb open_cb socket_cb
    connect_cb opaque default_topic_conf ssl_engine_callback_data enable.auto.commit enable.auto.offset.store group.instance.id
    group.protocol offset.store.path""".split()


def test_s01_a_property_that_could_run_code_or_read_files_is_refused_over_rest_and_in_the_host_file(lonely, folder, monkeypatch):
    canary = folder / "canary"
    monkeypatch.setenv("SLUICE_CANARY_FILE", str(canary))
    library = paths.needed(BROKEN / "constructor_writes.so", "build it: cmake --build --preset dev")
    values = {"plugin.library.paths": str(library), "sasl.kerberos.kinit.cmd": f"touch {canary}", "ssl.engine.location": str(library),
              "ssl.providers": str(library), "test.mock.num.brokers": "1", "sasl.oauthbearer.token.endpoint.url": "http://169.254.169.254/latest/meta-data/"}
    lonely.start()
    for name in DENIED:
        for prefix in ("consumer.override.", "producer.override.", "admin.override."):
            answer = create(lonely, {**FILE_SINK, prefix + name: values.get(name, "/etc/passwd")})
            assert answer.status == 400 and f"does not allow '{name}'" in answer.body["message"], f"{prefix}{name}: {answer}"
    # Not known at all, and known under another spelling.
    for name in ("no.such.property", "plugin.library.paths ", "Plugin.Library.Paths", "plugin.library.paths\u0000", "{topic}.plugin.library.paths", "topic.plugin.library.paths"):
        assert create(lonely, {**FILE_SINK, f"consumer.override.{name}": str(library)}).status == 400, name
    assert lonely.rest.get("/connectors").body == []
    assert create(lonely, FILE_SINK).status == 201, "what was refused was not the property"
    lonely.stop()
    for name in ("plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location", "test.mock.num.brokers", "debug"):
        lonely.configure(**{f"kafka_{name}": values.get(name, "all")})
        done = lonely.command("validate")
        assert done.returncode == 1 and name in done.stdout, done.stdout
        lonely.configure(**{f"kafka_{name}": None})
    assert not canary.exists()
    if not paths.SANITIZER:  # whose libraries only a program of the same build can load
        subprocess.run([sys.executable, "-c", f"import ctypes; ctypes.CDLL({str(library)!r})"], check=True, timeout=30)
        assert canary.exists(), "the canary cannot sing: this test would test nothing"


def test_s10_references_lead_nowhere_but_below_the_secrets_folders(lonely, folder, monkeypatch):
    lonely.configure(secrets_paths=[str(folder / "secrets")])
    (folder / "secrets" / "sub").mkdir(parents=True)
    (folder / "outside.properties").write_text("password=Outs1de\n")
    (folder / "secrets" / "link.properties").symlink_to(folder / "outside.properties")
    (folder / "secrets" / "away").symlink_to("/etc")
    (folder / "secretsbeside").mkdir()
    (folder / "secretsbeside" / "x").write_text("Outs1de")
    os.mkfifo(folder / "secrets" / "pipe")
    monkeypatch.setenv("OTHER_SECRET", "Outs1de")
    lonely.start()
    base = f"{folder}/secrets"
    for reference in ("${file:/etc/passwd:root}", "${file:/etc/passwd:x}", "${env:PATH}", "${env:OTHER_SECRET}", "${env:HOME}", "${dir:/etc:hostname}", "${dir:/proc/self:environ}",
                      f"${{file:{base}/../outside.properties:password}}", f"${{file:{base}/link.properties:password}}", f"${{dir:{base}/away:hostname}}",
                      f"${{dir:{base}:../outside.properties}}", f"${{dir:{folder}/secretsbeside:x}}", f"${{dir:{base}/sub/../..:outside.properties}}",
                      f"${{file:{base}/pipe:x}}", f"${{file:{base}/sub:x}}", "${file:relative:x}", "${dir:.:sluice.yaml}", "${exec:id}", "${http://169.254.169.254/:x}",
                      "${env:SLUICE_X:-${env:PATH}}", "${file:/proc/self/environ:PATH}", f"${{dir://{folder}:outside.properties}}"):
        for config in ({"connector.class": "debezium-postgres-sink", "topics": "t", "connection.url": "postgresql://x@127.0.0.1:1/x", "connection.password": reference},
                       {**FILE_SINK, "file": reference}, {**FILE_SINK, "file": "/tmp/x", "consumer.override.sasl.password": reference}):
            answer = create(lonely, config)
            assert answer.status == 400, f"{reference}: {answer}"
            assert "Outs1de" not in answer.text and "root:x:0" not in answer.text, answer
            assert os.environ["PATH"] not in answer.text, answer
    assert lonely.rest.get("/connectors").body == []
    assert "Outs1de" not in lonely.log()


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254/latest/meta-data/iam/", "http://[fe80::1]/", "http://metadata.google.internal/", "file:///etc/passwd",
                                      "http://127.0.0.1:9/"])
def test_s11_no_token_endpoint_is_ever_asked(lonely, endpoint):
    lonely.start()
    settings = {"security.protocol": "sasl_ssl", "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc",
                "sasl.oauthbearer.token.endpoint.url": endpoint}
    answer = create(lonely, {**FILE_SINK, **{f"consumer.override.{name}": value for name, value in settings.items()}})
    assert answer.status == 400 and "sasl.oauthbearer.token.endpoint.url" in answer.body["message"], answer
    lonely.stop()
    lonely.configure(**{f"kafka_{name}": value for name, value in settings.items()})
    done = lonely.command("validate")
    assert done.returncode == 1 and "OAUTHBEARER" in done.stdout, done.stdout


# ---- names --------------------------------------------------------------------------------------------------------------------

def test_s02_a_class_that_is_a_path_opens_nothing(lonely, folder, monkeypatch):
    canary = folder / "canary"
    monkeypatch.setenv("SLUICE_CANARY_FILE", str(canary))
    library = paths.needed(BROKEN / "constructor_writes.so", "build it: cmake --build --preset dev")
    lonely.start()
    for name in (str(library), str(library.with_suffix("")), f"../../tests/abi/broken/{library.stem}", "%2e%2e%2fevil", f"file://{library}", "libc.so.6", "..", "/", "",
                 "example-file-sink\u0000.so", "$ORIGIN/x", "a" * 5000, "example-file-sink/../x", "\u202eknis"):
        answer = create(lonely, {"connector.class": name, "topics": "t"})
        assert answer.status in (400, 500) and "Failed to find any class" in answer.text or answer.status == 400, f"{name!r}: {answer}"
        for path in ("config/validate", "config"):
            quoted = "".join(f"%{byte:02X}" for byte in name.encode()) or "x"
            assert lonely.rest.ask("PUT" if "/" in path else "GET", f"/connector-plugins/{quoted}/{path}", {} if "/" in path else None).status in (400, 404, 414, 500)
    maps = pathlib.Path(f"/proc/{lonely.process.pid}/maps").read_text()
    assert "constructor_writes" not in maps and not canary.exists()


def test_s05_no_name_of_a_connector_becomes_a_file_elsewhere(lonely, folder):
    lonely.start()
    outside = {path for path in files_below(folder) if not path.startswith(str(lonely.connectors)) and not path.startswith(lonely.settings["state.dir"])}
    names = ["../escape", "../../w1/sluice", "..%2f..%2fescape", "/etc/cron.d/x", "a/b", "a\\b", ".hidden", "...", "con", "x.yaml", "%2e%2e", "~root", "$HOME", "`id`", "a;b", "a|b",
             "ä", "\u202egpj", "x" * 150, "/" * 100, "'", '"', "-rf", "*", "{}", "${env:PATH}"]
    for name in names:
        assert create(lonely, {**FILE_SINK, "file": str(folder / "lines")}, name).status == 201, name
    assert set(lonely.rest.get("/connectors").body) == set(names)
    for name in (".", "..", "a\nb", "a\x00b", "\x1b[2J", "", " "):
        assert create(lonely, {**FILE_SINK, "file": str(folder / "lines")}, name).status == 400, repr(name)
    written = files_below(lonely.connectors)
    assert len(written) == len(names) and all(pathlib.Path(path).parent == lonely.connectors for path in written)
    assert all(re.fullmatch(r"[A-Za-z0-9%_~-][A-Za-z0-9%._~-]*\.yaml", pathlib.Path(path).name) for path in written), written
    for name in names:
        quoted = "".join(f"%{byte:02X}" for byte in name.encode())
        assert lonely.rest.put(f"/connectors/{quoted}/pause").status == 202, name
        assert lonely.rest.delete(f"/connectors/{quoted}").status == 204, name
    assert not files_below(lonely.connectors)
    now = {path for path in files_below(folder) if not path.startswith(str(lonely.connectors)) and not path.startswith(lonely.settings["state.dir"])}
    assert now - outside <= {str(folder / "lines")}, now - outside


HOSTILE = ['"', "'", '""', '";--', '"; DROP TABLE victim; --', "'); DROP TABLE victim; --", "\\", "\\'", "$$", "$1", "%s", "/*", "*/", "--", ";", "a b", "select", "user", "ctid",
           "ä", "漢字", "\u202e", "a.b", '"."', "pg_catalog", "a,b", "(", ")", "{", "}", "\ufeff", "😀", "E'\\''", "U&\"\\0041\"", ":x", "@@", "\\.", "\\N", "null"]


def hostile_names(dice, count):
    names = set()
    while len(names) < count:
        name = "".join(dice.choice(HOSTILE) for _ in range(dice.randrange(1, 6))) + dice.choice(["", str(len(names))])
        if len(name.encode()) <= 63 and not name.startswith("@"):
            names.add(name)
    return sorted(names)


def test_s06_names_that_are_sql_are_names(pipes, db, sink, seed):
    """Each table and each of its columns is made by an event, under names that try to be something else."""
    dice = random.Random(seed)
    tables = hostile_names(dice, scale.count(12, 400))
    db.sql("CREATE TABLE victim (id int); INSERT INTO victim VALUES (1); GRANT CREATE ON SCHEMA public TO warehouse; GRANT ALL ON victim TO warehouse")
    columns = {table: [name for name in hostile_names(dice, 250) if name not in ("ctid", "user")] for table in tables}
    pipe = pipes({TOPIC: 1})
    for lsn, table in enumerate(tables, 1):
        of = {"id": {"type": "int32", "optional": False}, **{name: {"type": "string", "optional": True} for name in columns[table]}}
        row = {"id": 1, **{name: f"value of {name}" for name in columns[table]}}
        pipe.send(TOPIC, [change("c", row, table=table, lsn=lsn, fields=of)])
    pipe.connector("hostile", TOPIC, {**sink(columns=None, mode="current", auto_create="true", decimal_handling_mode=None), "table.name": '"${source.table}"'})
    pipe.start()
    pipe.wait_written(seconds=60)

    made = dict(db.sql("SELECT relname, array_agg(attname::text) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
                       "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND relname = ANY(%s) GROUP BY 1", tables))
    assert {table: set(names) for table, names in made.items()} == {table: {"id", *columns[table]} for table in tables}
    for table in tables:
        quoted = table.replace('"', '""')
        [(row,)] = db.sql(f'SELECT to_jsonb(t) FROM public."{quoted}" t')
        assert row == {"id": 1, **{name: f"value of {name}" for name in columns[table]}}, table
    assert db.sql("SELECT id FROM victim") == [(1,)]
    print(f"{len(tables)} tables, {sum(map(len, columns.values()))} columns")


@pytest.mark.parametrize("name, said", [("x" * 64, "64 bytes"), ("a\u0000b", "control character"), ("", "0 bytes"), ("a\nb", "control character"), ("\u001b[2J", "control character")])
def test_s06_a_name_that_postgres_cannot_have_is_told_and_nothing_is_written(pipes, db, sink, name, said):
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
    of = {"id": {"type": "int32", "optional": False}, name: {"type": "string", "optional": True}}
    pipe = pipes({TOPIC: 1})
    pipe.send(TOPIC, [change("c", {"id": 1, name: "x"}, table="odd", fields=of)])
    pipe.connector("odd", TOPIC, {**sink(columns=None, mode="current", auto_create="true", decimal_handling_mode=None), "table.name": "odd"})
    pipe.start()
    assert said in pipe.host.wait_condition("odd", "blocked")
    assert db.value("SELECT to_regclass('odd') IS NULL")


# ---- what may be read -----------------------------------------------------------------------------------------------------------

def test_s09_values_of_rows_are_in_no_log_and_no_answer_when_postgres_refuses_them(pipes, db, sink):
    secret = "Cnry" + random.Random(os.getpid()).randbytes(8).hex()
    db.sql("""CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, mood mood, small int CHECK (small < 10), code varchar(5), at timestamptz)""")
    db.sql("GRANT ALL ON people TO warehouse")
    db.sql("INSERT INTO people (id, email) VALUES (100, %s)", secret)
    good = {"email": None, "mood": "ok", "small": 1, "code": "x", "at": None}
    bad = [{"mood": secret}, {"email": secret}, {"code": secret}, {"small": int(secret[4:10], 16) + 10}, {"at": secret}, {"small": secret}]
    pipe = pipes({TOPIC: 1, "dead": 1})
    pipe.send(TOPIC, [change("c", {"id": number, **good, **row}, table="people") for number, row in enumerate(bad, 1)])
    settings = {**sink(columns=None, mode="current", table_name="people", decimal_handling_mode="string"), "errors.deadletterqueue.context.headers.enable": "true"}
    pipe.connector("tolerant", TOPIC, {**settings, "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead", "errors.max.share": 1,
                                       "errors.log.enable": "true", "errors.deadletterqueue.table.name": "letters"})
    db.sql("GRANT CREATE ON SCHEMA public TO warehouse")
    pipe.need_host().configure(log_level="debug")
    pipe.start()
    pipe.wait_written(seconds=40)
    codes = {code for code, in db.sql("SELECT code FROM letters")}
    assert {"22P02", "23505", "22001"} <= codes, codes
    for name, row in (("enum", bad[0]), ("unique", bad[1])):
        pipe.connector(name, TOPIC, {**settings, "consumer.override.auto.offset.reset": "earliest"})
    pipe.host.stop(seconds=10)
    pipe.start()
    pipe.host.wait_failed("enum")
    number = str(bad[3]["small"])
    said = [pipe.host.log(), repr(db.sql("SELECT column_name, code, message FROM letters"))]
    for path in ("/metrics", "/connectors?expand=status&expand=info", "/sluice/v1/logs", *(f"/connectors/{name}/status" for name in ("tolerant", "enum", "unique"))):
        said.append(pipe.host.rest.get(path).text)
    headers = [header for letter in kcat.dump(pipe.bootstrap, "dead") for header in (getattr(letter, "headers", None) or [])]
    said.append(repr(headers))
    for text in said:
        assert secret not in text and number not in text, text[max(0, text.find(secret) - 300):][:600]


def test_s27_no_core_is_left_whatever_limit_is_set(lonely, folder):
    def crash(pid):
        subprocess.run(["prlimit", f"--pid={pid}", "--core=unlimited"], check=True)
        os.kill(pid, signal.SIGABRT)
    # Where a core would be written: the control shows that this system does.
    control = subprocess.Popen(["sleep", "60"], cwd=folder)
    crash(control.pid)
    _, status = os.waitpid(control.pid, 0)
    control.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and os.WCOREDUMP(status), "this system writes no cores: nothing can be shown here"
    for core in folder.glob("core*"):
        core.unlink()
    lonely.start()
    place = pathlib.Path(f"/proc/{lonely.process.pid}/cwd").resolve()
    before = set(place.glob("core*"))
    crash(lonely.process.pid)
    assert lonely.process.wait(20 * paths.SLOWNESS) == -signal.SIGABRT
    assert set(place.glob("core*")) == before


# ---- rights ---------------------------------------------------------------------------------------------------------------------

def test_s20_the_sink_works_with_the_least_rights_and_has_no_others(mock, db, hosts, sink, folder):
    role = f"least_{os.getpid()}"
    db.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'least'")
    try:
        db.sql(f"""CREATE TABLE now (LIKE orders_ledger); ALTER TABLE now ADD PRIMARY KEY (order_id); ALTER TABLE now DROP COLUMN id;
            REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE CREATE ON DATABASE "{db.name}" FROM PUBLIC;
            GRANT USAGE ON SCHEMA public TO {role}; GRANT INSERT ON orders_ledger TO {role}; GRANT USAGE ON SEQUENCE orders_ledger_id_seq TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON now TO {role}; CREATE SCHEMA sluice AUTHORIZATION {role}""")
        (folder / "least.properties").write_text("password=least\n")
        url = db.url.replace("//warehouse@", f"//{role}@")
        host = hosts(mock.bootstrap)
        settings = sink(connection_url=url, connection_password=f"${{file:{folder}/least.properties:password}}", mode="both", current_table_name="now", key_columns="order_id")
        host.connector("orders", settings)
        kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(50))
        host.start()
        flow = Flow(mock.bootstrap, TOPIC, db)
        flow.wait_written()
        flow.assert_exactly_once()
        assert db.value("SELECT count(*) FROM now") == 50
        assert "may create functions" not in host.log()
        host.stop()
        db.sql("GRANT CREATE ON SCHEMA public TO PUBLIC")
        host.start()  # it also begins where it was
        host.wait_running("orders")
        kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10, first=1000))
        flow.wait_written()
        flow.assert_exactly_once()
        assert "REVOKE CREATE ON SCHEMA public FROM PUBLIC" in host.log()
        db.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        may = db.sql("SELECT has_schema_privilege(%s, 'public', 'CREATE'), has_database_privilege(%s, current_database(), 'CREATE'), "
                     "has_table_privilege(%s, 'orders_ledger', 'SELECT'), has_table_privilege(%s, 'orders_ledger', 'TRUNCATE'), "
                     "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = %s", role, role, role, role, role)
        assert may == [(False, False, False, False, False)], may
        owned = {name for name, in db.sql("SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner = %s::regrole AND c.relkind = 'r' "
                                          "AND c.relpersistence <> 't'", role)}
        assert owned <= {"sluice"}, owned
    finally:
        db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", role)
        db.sql(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


# ---- the listener ---------------------------------------------------------------------------------------------------------------

def raw(port, text, seconds=10):
    """All that is answered to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except (socket.timeout, ConnectionResetError):
            pass
        return answer.decode("latin-1")


def request(method, path, *headers, host="localhost", body=""):
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), *headers, "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def test_s13_a_page_of_another_site_can_neither_write_nor_read(lonely, folder):
    lonely.start()
    body = json.dumps({"name": "forged", "config": {**FILE_SINK, "file": str(folder / "x")}})
    typed = "Content-Type: application/json"
    refused = [
        ("403", request("POST", "/connectors", typed, host="evil.example", body=body)),
        ("403", request("POST", "/connectors", typed, host="127.0.0.1.evil.example", body=body)),
        ("403", request("POST", "/connectors", typed, host="localhost.evil.example", body=body)),
        ("403", request("GET", "/connectors", host="169.254.169.254")),
        ("400", request("GET", "/connectors", host=None)),
        ("403", request("POST", "/connectors", typed, "Origin: http://evil.example", body=body)),
        ("403", request("POST", "/connectors", typed, "Origin: null", body=body)),
        ("403", request("POST", "/connectors", typed, "Origin: http://localhost.evil.example", body=body)),
        ("403", request("POST", "/connectors", typed, "Sec-Fetch-Site: cross-site", body=body)),
        ("403", request("GET", "/connectors", "Sec-Fetch-Site: cross-site")),
        ("403", request("DELETE", "/connectors/kept", "Origin: http://evil.example")),
        ("403", request("PUT", "/connectors/kept/pause", "Sec-Fetch-Site: cross-site")),
        ("415", request("POST", "/connectors", "Content-Type: text/plain", body=body)),
        ("415", request("POST", "/connectors", "Content-Type: application/x-www-form-urlencoded", body=body)),
        ("415", request("POST", "/connectors", "Content-Type: multipart/form-data; boundary=x", body=body)),
        ("415", request("POST", "/connectors", "Content-Type: text/plain; application/json", body=body)),
        ("415", request("POST", "/connectors", body=body)),
    ]
    assert create(lonely, {**FILE_SINK, "file": str(folder / "x")}, "kept").status == 201
    for status, text in refused:
        answer = raw(lonely.port, text)
        assert answer.startswith(f"HTTP/1.1 {status} "), f"{text}\n-> {answer[:300]}"
        assert "access-control-" not in answer.lower(), answer
    preflight = raw(lonely.port, request("OPTIONS", "/connectors", "Origin: http://evil.example", "Access-Control-Request-Method: POST"))
    assert "access-control-" not in preflight.lower() and not preflight.startswith("HTTP/1.1 2"), preflight
    assert "access-control-" not in raw(lonely.port, request("GET", "/connectors", "Origin: http://localhost:1")).lower()
    assert lonely.rest.get("/connectors").body == ["kept"] and lonely.rest.status("kept")["connector"]["state"] != "PAUSED"
    # And who belongs here may.
    assert raw(lonely.port, request("POST", "/connectors", typed, f"Origin: http://localhost:{lonely.port}", host=f"localhost:{lonely.port}",
                                    body=body)).startswith("HTTP/1.1 201 ")


def memory(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def test_s15_a_body_of_a_gigabyte_is_refused_and_takes_no_memory(lonely):
    lonely.start()
    for _ in range(20):
        lonely.rest.get("/connectors")
    time.sleep(0.5)
    before, most, sent = memory(lonely.process.pid), 0, 0
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", lonely.port), timeout=20) as connection:
        connection.sendall(request("POST", "/connectors", "Content-Type: application/json", "Transfer-Encoding: chunked").encode())
        answer = b""
        try:
            while sent < 1 << 30:
                connection.sendall(chunk)
                sent += 0x10000
                most = max(most, memory(lonely.process.pid))
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            pass
        try:
            answer = connection.recv(65536)
        except ConnectionResetError:
            pass
    print(f"{sent >> 20} MiB were sent, memory grew by {(most - before) >> 10} KiB")
    assert sent < 64 << 20, "who is refused is listened to for 16 MiB more, and some is on its way"
    if not paths.SANITIZER:
        assert most - before <= 2 << 20, f"memory grew by {most - before} bytes"
    announced = raw(lonely.port, request("POST", "/connectors", "Content-Type: application/json", f"Content-Length: {1 << 30}"))
    assert announced.startswith("HTTP/1.1 413 "), announced
    small = raw(lonely.port, request("POST", "/connectors", "Content-Type: application/json", "Transfer-Encoding: chunked") + "200000\r\n" + "x" * 0x200000)
    assert small.startswith("HTTP/1.1 413 "), small[:200]
    encoded = raw(lonely.port, request("POST", "/connectors", "Content-Type: application/json", "Content-Encoding: gzip", body="x"))
    assert encoded.startswith("HTTP/1.1 415 "), encoded[:200]
    assert lonely.rest.get("/health").status in (200, 503)


def test_s17_json_that_is_a_trap_is_an_answer(lonely):
    lonely.start()
    for body in ("[" * 1_000_000, "{\"a\":" * 180_000, "[" * 101 + "]" * 101, "1.00000000001e-2147483639", "[" + "1" * 900_000 + "]", "-" * 1000, "\"" + "\\u0000" * 100_000 + "\"",
                 "{\"name\":\"a\",\"name\":\"b\",\"config\":{}}", "\ud800", "nul", "[1e999999999999]"):
        answer = raw(lonely.port, request("POST", "/connectors", "Content-Type: application/json", body=body.encode("utf-8", "surrogatepass").decode("latin-1")))
        assert answer.startswith("HTTP/1.1 400 "), f"{body[:40]}: {answer[:200]}"
    assert lonely.process.alive()


def test_s14_a_flood_of_connections_holds_up_neither_rest_nor_records(mock, db, hosts, sink):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    host.wait_running("orders")
    stop, opened, held = threading.Event(), [0], []

    def flood():
        while not stop.is_set():
            try:
                connection = socket.create_connection(("127.0.0.1", host.port), timeout=5)
                connection.sendall(b"GET / HTTP/1.1\r\nX: ")
                opened[0] += 1
                held.append(connection)
                if len(held) > 300:
                    held.pop(0).close()
            except OSError:
                time.sleep(0.01)
    floods = [threading.Thread(target=flood, daemon=True) for _ in range(2)]
    for thread in floods:
        thread.start()
    try:
        flow = Flow(mock.bootstrap, TOPIC, db)
        for _ in range(5):
            kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(200))
            flow.wait_written(60)
        waits.until("ten thousand connections came", lambda: opened[0] >= 10_000, 120 * paths.SLOWNESS)
        descriptors = len(os.listdir(f"/proc/{host.process.pid}/fd"))
        assert descriptors < 128 + 100, f"{descriptors} files are open"
    finally:
        stop.set()
        for thread in floods:
            thread.join()
        for connection in held:
            connection.close()
    flow.assert_exactly_once()
    waits.until("REST answers again", host.rest.answers, 15 * paths.SLOWNESS)
    print(f"{opened[0]} connections")
