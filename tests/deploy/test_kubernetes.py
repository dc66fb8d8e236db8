"""The manifests, built by kustomize: by Kubernetes' and KEDA's own schemas, by kube-score, and against themselves; and sluice runs with
the files that its pod would see, and is asked as the kubelet and Prometheus ask. There is no cluster here."""

import http.client
import re
import ssl
import urllib.parse

import pytest
import yaml

import settings
from container import Container
from harness import logins, paths, processes, waits
from harness.certificates import Authority
from harness.rest import Answer
from tools import KUBERNETES, TOOLS, run_tool

HOST_FILE = "/etc/sluice/host/sluice.yaml"
TOKEN = "0123456789abcdef" * 4
# What a person puts into the secrets.
REPLACED = {"users": f"ops:admin:{logins.hashed('secret')}\n", "tokens": f"read:{TOKEN}\n"}


def pod(manifests):
    return manifests.one("Deployment")["spec"]["template"]["spec"]


def run_with(manifests, program, *arguments):
    done = processes.run([paths.needed(TOOLS / program, "./tests/deploy/fetch.sh brings it"), *arguments], seconds=60, text=manifests.text)
    return done.returncode, done.stdout + done.stderr


# ---- what the tools say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_each_object_fits_the_schema_of_kubernetes(manifests, tmp_path, version):
    files = []
    for number, manifest in enumerate(m for m in manifests.all if not m["apiVersion"].startswith("keda.sh/")):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(manifest))
    assert len(files) >= 9
    done = run_tool("python/bin/kubernetes-validate", "--strict", "-k", version, *files)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and said.count(" passed ") == len(files), said


def test_kedas_objects_fit_kedas_definitions(scaled):
    code, said = run_with(scaled, "python/bin/python", paths.ROOT / "tests" / "deploy" / "keda.py", TOOLS / "keda")
    assert code == 0 and said == "2 objects of KEDA are right\n", said


def test_kube_score_finds_nothing(manifests):
    # A limit of the processor is left out on purpose; deployment.yaml says why.
    code, said = run_with(manifests, "kube-score", "score", "--kubernetes-version", "v1.31", "--ignore-container-cpu-limit",
                          "--exit-one-on-warning", "-o", "ci", "-")
    assert code == 0 and "[OK]" in said, said


def test_promtool_takes_what_prometheus_is_told(tmp_path):
    promtool = paths.needed(paths.CACHE / "promtool", "./deploy/setup.sh --tests brings it")
    told = yaml.safe_load((KUBERNETES / "prometheus.yaml").read_text())
    job = told["scrape_configs"][0]
    # Debian's Prometheus is built without Kubernetes: all but the discovery is checked.
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["sluice"]}}]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(told))
    done = processes.run([promtool, "check", "config", "--syntax-only", tmp_path / "prometheus.yaml"], seconds=30)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- whether they fit each other ----------------------------------------------------------------------------------------


def test_keda_says_how_many_pods_and_nobody_else(scaled, manifests):
    assert "replicas" not in scaled.one("Deployment")["spec"]
    if not any(m["kind"] == "ScaledObject" for m in manifests.all):
        assert manifests.one("Deployment")["spec"]["replicas"] == 2


def test_keda_watches_the_group_that_sluice_reads_in(scaled):
    host = settings.read(scaled.config_map("sluice-host")["sluice.yaml"])
    connector = settings.read(scaled.config_map("sluice-connectors")["orders.yaml"])
    scaling = scaled.one("ScaledObject")["spec"]
    trigger = scaling["triggers"][0]["metadata"]
    assert trigger["bootstrapServers"] == host["kafka.bootstrap.servers"]
    assert trigger["consumerGroup"] == f"connect-{connector['name']}"
    assert trigger["topic"] == connector["topics"]
    assert trigger["sasl"] == host["kafka.sasl.mechanism"].lower().replace("-", "_").replace("scram_sha_", "scram_sha")
    assert scaling["scaleTargetRef"]["name"] == scaled.one("Deployment")["metadata"]["name"]
    login = scaled.one("TriggerAuthentication", scaling["triggers"][0]["authenticationRef"]["name"])
    for reference in login["spec"]["secretTargetRef"]:
        assert reference["key"] in scaled.one("Secret", reference["name"])["stringData"]


def test_the_pod_finds_all_that_it_names(manifests):
    spec = pod(manifests)
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for container in spec["containers"] + spec["initContainers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes), container["name"]
        for variable in container.get("env", []):
            reference = variable["valueFrom"].get("secretKeyRef")
            assert not reference or reference["key"] in manifests.one("Secret", reference["name"])["stringData"]
    for volume in volumes.values():
        if "configMap" in volume:
            assert manifests.one("ConfigMap", volume["configMap"]["name"])
        # This one is made by hand or by cert-manager.
        if "secret" in volume and volume["secret"]["secretName"] != "sluice-tls":
            data = manifests.one("Secret", volume["secret"]["secretName"])["stringData"]
            assert {item["key"] for item in volume["secret"].get("items", [])} <= set(data)
    set_variables = {variable["name"] for variable in spec["containers"][0]["env"]}
    wanted = settings.variables(manifests.config_map("sluice-host")["sluice.yaml"])
    assert wanted == set_variables
    assert manifests.one("ServiceAccount", spec["serviceAccountName"])


def test_ports_agree(manifests):
    host = settings.read(manifests.config_map("sluice-host")["sluice.yaml"])
    connector = settings.read(manifests.config_map("sluice-connectors")["orders.yaml"])
    container = pod(manifests)["containers"][0]
    assert container["ports"] == [{"name": "rest", "containerPort": settings.port(host)}]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "rest" and container[probe]["httpGet"]["scheme"] == "HTTPS"
    assert manifests.one("Service")["spec"]["ports"][0]["targetPort"] == "rest"
    policy = manifests.one("NetworkPolicy")["spec"]
    assert policy["ingress"][0]["ports"] == [{"protocol": "TCP", "port": "rest"}]
    let_out = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    broker = int(host["kafka.bootstrap.servers"].rpartition(":")[2])
    assert let_out == {53, broker, urllib.parse.urlsplit(connector["connection.url"]).port}


def test_everything_selects_the_pods_and_only_them(manifests):
    deployment = manifests.one("Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert manifests.one("Service")["spec"]["selector"] == labels
    assert manifests.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert manifests.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels


def test_a_pod_has_the_time_to_stop_and_can_do_nothing_but_its_work(manifests):
    spec = pod(manifests)
    # host/README.md: after 20 s the process simply ends.
    assert spec["terminationGracePeriodSeconds"] > 20
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    # The user of the image.
    assert f"USER {spec['securityContext']['runAsUser']}:" in (paths.DEPLOY / "docker" / "Dockerfile").read_text()
    for container in spec["containers"] + spec["initContainers"]:
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                "capabilities": {"drop": ["ALL"]}}


# ---- whether sluice takes them ------------------------------------------------------------------------------------------


class Pod(Container):
    """The containers of a pod: the files as the kubelet projects them, then what the first container does."""

    def __init__(self, folder, manifests, secrets):
        spec = pod(manifests)
        # What stands for addresses, names and secrets in `env` is any text here.
        super().__init__(folder, {variable["name"]: "pod-1" for variable in spec["containers"][0]["env"]})
        self._authority = Authority(folder / "authority")
        certificate, key = self._authority.issue("tls", "sluice", "DNS:sluice,DNS:sluice.sluice.svc,IP:127.0.0.1")
        made = {"sluice-tls": {"tls.crt": certificate.read_text(), "tls.key": key.read_text()}}
        for manifest in manifests.all:
            if manifest["kind"] == "Secret":
                made[manifest["metadata"]["name"]] = {**manifest["stringData"], **secrets}
        made["sluice"]["ca.pem"] = self._authority.certificate.read_text()
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for container in spec["initContainers"] + spec["containers"]:
            for mount in container["volumeMounts"]:
                volume = volumes[mount["name"]]
                if self.at(mount["mountPath"]).exists():
                    continue
                if "configMap" in volume:
                    self.project(manifests.one("ConfigMap", volume["configMap"]["name"])["data"], mount["mountPath"])
                elif "secret" in volume:
                    data = made[volume["secret"]["secretName"]]
                    items = volume["secret"].get("items") or [{"key": key, "path": key} for key in data]
                    self.project({item["path"]: data[item["key"]] for item in items}, mount["mountPath"], volume["secret"]["defaultMode"])
                else:
                    self.at(mount["mountPath"]).mkdir(parents=True)
            if container in spec["initContainers"]:
                command = [container["command"][0], *(self.inside(argument) for argument in container["command"][1:])]
                processes.run(command, seconds=10, check=True)
        # Certificates are checked by who asks, here.
        self.trusted = ssl.create_default_context(cafile=str(self._authority.certificate))

    def get(self, path, host=None, token=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=self.trusted)
        headers = {"Host": host or f"127.0.0.1:{self.port}", **({"Authorization": f"Bearer {token}"} if token else {})}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()


def test_sluice_finds_its_files_right_once_the_secrets_are_replaced(manifests, folder):
    done = Pod(folder, manifests, REPLACED).validate(HOST_FILE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 connector" in done.stdout


@pytest.mark.parametrize("name", ["users", "tokens"])
def test_a_login_that_nobody_replaced_lets_nobody_in(scaled, folder, name):
    kept = {key: text for key, text in REPLACED.items() if key != name}
    done = Pod(folder, scaled, kept).validate(HOST_FILE)
    assert done.returncode == 1 and f"login/{name}" in done.stdout, done.stdout


def test_the_kubelet_and_prometheus_get_answers_and_others_none(scaled, folder):
    running = Pod(folder, scaled, REPLACED)

    def waits_for_kafka():
        return "waiting for Kafka" in running.get("/connectors/orders/status", token=TOKEN).body["tasks"][0].get("condition", "")
    running.start(HOST_FILE)
    running.until_it_answers(running.get)
    waits.until("the task has looked for Kafka", waits_for_kafka, 30)
    # The kubelet names the pod's address and nothing else; it has no login. Kafka being away is no reason to be unready.
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        path = pod(scaled)["containers"][0][probe]["httpGet"]["path"]
        assert running.get(path, host="10.1.2.3:8083").status == 200, probe
    assert running.get("/metrics").status == 401
    assert running.get("/metrics", host="10.1.2.3:8083", token=TOKEN).status == 200
    assert running.get("/metrics", host="sluice.sluice.svc:8083", token=TOKEN).status == 200
    assert running.get("/metrics", host="evil.example", token=TOKEN).status == 403
    tasks = running.get("/connectors/orders/status", token=TOKEN).body
    assert tasks["tasks"][0]["worker_id"] == "pod-1"
    running.stop()


def test_a_changed_config_map_is_in_force_without_a_restart(scaled, folder):
    running = Pod(folder, scaled, REPLACED)
    running.start(HOST_FILE)
    running.until_it_answers(running.get)
    text = scaled.config_map("sluice-connectors")["orders.yaml"]
    changed = re.sub("^tasks.max: 1$", "tasks.max: 3", text, flags=re.M)
    assert changed != text
    running.project({"orders.yaml": changed}, "/etc/sluice/connectors")
    waits.until("three tasks", lambda: len(running.get("/connectors/orders/status", token=TOKEN).body["tasks"]) == 3, 10)
    running.stop()
