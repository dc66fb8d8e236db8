"""Who may use REST from elsewhere: TLS, logins, roles and masks through the program, with curl as the client."""

import json
import pathlib
import shutil
import socket
import tempfile

import pytest

from harness import certificates, paths, processes, sluice, waits
from harness.logins import hashed, private

TOKEN = "0123456789abcdef" * 4
READ_TOKEN = "fedcba9876543210" * 4
CANARY = "c4n4ry-in-the-clear"
SINK = {"connector.class": "debezium-postgres-sink", "topics": "t", "connection.url": "postgresql://sink@127.0.0.1:1/none",
        "connection.password": CANARY}


class Curl:
    def __init__(self, host, authority):
        self.host, self.authority = host, authority

    def __call__(self, *arguments, method="GET", path="/connectors", body=None):
        """(status, text); status 0 where there was no answer at all."""
        more = [] if body is None else ["-H", "Content-Type: application/json", "--data-binary", json.dumps(body)]
        done = processes.run(["curl", "-sS", "--max-time", "10", "--cacert", str(self.authority.certificate), "-X", method,
                              "-w", "\n%{http_code}", *more, *arguments, f"https://localhost:{self.host.port}{path}"], seconds=20)
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text or done.stderr


@pytest.fixture(scope="module")
def shared():
    """One host that listens on all addresses, with every way to log in."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-access-"))
    authority = certificates.Authority(folder / "tls")
    certificate, key = authority.issue("server", "first", "DNS:localhost,DNS:sluice.example")
    host = sluice.Sluice(folder, "127.0.0.1:1")
    host.settings.update({
        "rest.listen": f"0.0.0.0:{host.port}",
        "rest.tls": {"certificate": str(certificate), "key": str(key), "client.ca": str(authority.certificate)},
        "rest.auth": {
            "basic.file": private(folder / "users", f"boss:admin:{hashed('right')}\nreader:read:{hashed('right')}\n"),
            "bearer.file": private(folder / "tokens", f"admin:{TOKEN}\nread:{READ_TOKEN}\n"),
            "clients": ["admin:ops", "read:probe.example"]}})
    host.curl = Curl(host, authority)
    host.start(wait=False)
    waits.until("REST answers", lambda: host.curl(path="/health")[0] == 200, 10 * paths.SLOWNESS)
    yield host
    host.stop(seconds=10)
    shutil.rmtree(folder, ignore_errors=True)


def certificate(host, name, common_name, names=""):
    pem, key = host.curl.authority.issue(name, common_name, names)
    return ["--cert", str(pem), "--key", str(key)]


def test_each_way_to_log_in_gives_its_role_and_nothing_else_gives_any(shared):
    stranger = certificates.Authority(shared.folder / "strangers").issue("x", "ops")
    ways = [
        ([], None), (["-u", "boss:right"], "admin"), (["-u", "reader:right"], "read"), (["-u", "boss:wrong"], None),
        (["-u", "nobody:right"], None), (["-H", f"Authorization: Bearer {TOKEN}"], "admin"),
        (["-H", f"Authorization: Bearer {READ_TOKEN}"], "read"), (["-H", f"Authorization: Bearer {TOKEN[:-1]}"], None),
        (certificate(shared, "ops", "ops"), "admin"), (certificate(shared, "probe", "x", "DNS:probe.example"), "read"),
        (certificate(shared, "other", "other"), None),
    ]
    for arguments, role in ways:
        looks, _ = shared.curl(*arguments)
        writes, text = shared.curl(*arguments, method="DELETE", path="/connectors/none")
        assert (looks, writes) == {None: (401, 401), "read": (200, 403), "admin": (200, 404)}[role], (arguments, text)
        assert json.loads(text)["error_code"] == writes
    assert shared.curl("--cert", str(stranger[0]), "--key", str(stranger[1]))[0] == 0
    assert shared.curl("-u", "boss:wrong", path="/health")[0] == 200
    headers = shared.curl("-D", "-", "-o", "/dev/null")[1]
    assert 'Bearer realm="sluice", Basic realm="sluice"' in headers, headers
    assert TOKEN not in shared.log() and "right" not in shared.log(), "a secret is in the log"


def test_a_literal_secret_is_seen_by_the_admin_only_and_draws_one_warning(shared):
    admin, reader = ["-u", "boss:right"], ["-H", f"Authorization: Bearer {READ_TOKEN}"]
    status, text = shared.curl(*admin, method="POST", body={"name": "masked", "config": SINK, "initial_state": "STOPPED"})
    assert status == 201 and CANARY in text, text
    for path in ("/connectors/masked", "/connectors/masked/config", "/connectors/masked/tasks", "/connectors?expand=info"):
        assert CANARY not in shared.curl(*reader, path=path)[1], path
    shown = json.loads(shared.curl(*reader, path="/connectors/masked/config")[1])
    assert shown == {**SINK, "name": "masked", "connection.password": "***"}
    status, text = shared.curl(*admin, method="PUT", path="/connectors/masked/config", body=shown)
    assert status == 200 and json.loads(text)["config"] == {**SINK, "name": "masked"}, text
    warned = [line for line in shared.log().splitlines() if "connection.password holds its secret in clear" in line]
    assert warned and "${env:SLUICE_PASSWORD}" in warned[0], shared.log()
    assert CANARY not in shared.log()
    assert shared.curl(*admin, method="DELETE", path="/connectors/masked")[0] == 204


def test_a_renewed_certificate_is_shown_to_the_next_client_without_a_restart(shared):
    def subject():
        done = processes.run(["openssl", "s_client", "-connect", f"127.0.0.1:{shared.port}"], seconds=10)
        return [line for line in done.stdout.splitlines() if line.startswith("subject=")]
    assert "first" in subject()[0]
    shared.curl.authority.issue("server", "second", "DNS:localhost")
    assert "second" in subject()[0]
    assert shared.curl("-u", "boss:right")[0] == 200


def test_plain_http_and_foreign_names_are_turned_away(shared):
    done = processes.run(["curl", "-sS", "--max-time", "5", f"http://localhost:{shared.port}/health"], seconds=10)
    assert done.returncode != 0 and not done.stdout
    waits.until("the log says so", lambda: "spoke plain HTTP to a TLS listener; use https://" in shared.log(), 5)
    login = ["-u", "boss:right"]
    assert shared.curl(*login, "-H", "Host: evil.example")[0] == 403
    assert shared.curl(*login, "-H", "Origin: https://evil.example")[0] == 403
    assert shared.curl(*login, "-H", "Sec-Fetch-Site: cross-site")[0] == 403
    status, text = shared.curl(*login, "-D", "-", "-H", f"Origin: https://localhost:{shared.port}", method="OPTIONS")
    assert status == 200 and "access-control" not in text.lower(), text


def test_a_gigabyte_in_chunks_is_refused_and_costs_no_memory(hosts):
    host = hosts("127.0.0.1:1").start()
    status = pathlib.Path(f"/proc/{host.process.pid}/status")

    def peak():
        return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:")).split()[1])
    host.rest.get("/connectors")
    before, sent, chunk = peak(), 0, b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as client:
        client.sendall(b"POST /connectors HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = b""
        try:
            while sent < 1024:
                client.sendall(chunk)
                sent += 1
                client.setblocking(False)
                try:
                    answer += client.recv(4096)
                except BlockingIOError:
                    pass
                client.settimeout(10)
        except OSError:
            pass  # closed: what was to be said was said before
    assert answer.startswith(b"HTTP/1.1 413 "), (answer, sent)
    # A sanitizer keeps what was freed.
    assert peak() - before <= (2048 if not paths.SANITIZER else 65536), f"{before} KiB before, {peak()} after {sent} MiB"


def test_a_listener_for_others_without_tls_or_login_is_refused_with_what_to_write(hosts, folder):
    authority = certificates.Authority(folder / "tls")
    pem, key = map(str, authority.issue("server", "localhost"))
    other_key = str(authority.issue("other", "other")[1])
    tls, tokens = {"certificate": pem, "key": key}, private(folder / "tokens", f"admin:{TOKEN}\n")
    host = hosts("127.0.0.1:1")
    listen, no_tls, no_login = host.settings["rest.listen"].replace("127.0.0.1", "0.0.0.0"), "no TLS (write rest.tls.certificate and rest.tls.key)", "no authentication (write rest.auth.basic.file"
    cases = [
        ({}, [no_tls, no_login]),
        ({"rest.tls": tls}, [no_login]),
        ({"rest.auth.bearer.file": tokens}, [no_tls]),
        ({"rest.tls": {"certificate": pem}, "rest.auth.bearer.file": tokens}, ["rest.tls.certificate is set without rest.tls.key"]),
        ({"rest.tls": {**tls, "key": other_key}, "rest.auth.bearer.file": tokens}, ["rest.tls.key: the key does not belong to the certificate"]),
        ({"rest.tls": {**tls, "key": private(folder / "open.key", "x", 0o644)}, "rest.auth.bearer.file": tokens}, ["(mode 0644); run: chmod 600"]),
        ({"rest.tls": tls, "rest.auth.bearer.file": private(folder / "open", f"admin:{TOKEN}\n", 0o660)}, ["(mode 0660); run: chmod 600"]),
        ({"rest.tls": tls, "rest.auth.bearer.file": private(folder / "empty", "# none\n")}, ["the file holds no token; add a line ROLE:TOKEN"]),
        ({"rest.tls": tls, "rest.auth.basic.file": private(folder / "plain", "boss:admin:hunter2\n")}, ["plain:1: ", "mkpasswd -m yescrypt"]),
        ({"rest.tls": tls, "rest.auth.basic.file": str(folder / "none")}, ["the file cannot be read: No such file or directory"]),
    ]
    kept = dict(host.settings)
    for settings, told in cases:
        host.settings = {**kept, "rest.listen": listen, **settings}
        done = host.command("validate")
        assert done.returncode == 1, settings
        for part in told:
            assert part in done.stdout + done.stderr, (settings, done.stdout + done.stderr)
        assert TOKEN not in done.stdout and "hunter2" not in done.stdout
    code, text = host.start(wait=False).ended()
    assert code == 1 and "No such file or directory" in text, text

    host.settings = {**kept, "rest.listen": listen, "insecure": ["rest"]}
    host.start()
    assert "insecure lists rest" in host.log() and f"REST has {no_tls} and {no_login}" in host.log(), host.log()
