"""Three real Kafka brokers and their controller, with small heaps, for what a single broker cannot show.

Each broker listens three times: directly, behind a fault proxy whose port it advertises, and behind another one with SASL_SSL.
Clients on the plain listeners may do everything; the user of the third, USER, whatever no ACL forbids.
"""

import pathlib
import secrets
import socket
import ssl

import confluent_kafka
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from harness import brokers, certificates, paths, ports, processes, waits
from harness.proxy import FaultProxy

USER, PASSWORD = "sluice", "first secret"
_CONTROLLER = 100
# As little as lets them start and serve some thousand records a second; the cleaner alone would take 128 MB by itself.
_JAVA = "-Xms48m -Xmx144m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData"
# Brokers come and go here: nobody wants to read of each, or to wait long for those that are back.
_CLIENT = {"socket.timeout.ms": 10000, "reconnect.backoff.max.ms": 200, "log_level": 0}
_EVERY_NODE = """
controller.quorum.voters={controller}@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SECURE:SASL_SSL
node.id={node}
log.dirs={folder}/data
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
"""
_CONTROLLER_NODE = """
process.roles=controller
listeners=CONTROLLER://127.0.0.1:{controller_port}
# A broker that was killed is noticed after this.
broker.session.timeout.ms=2000
"""
_BROKER_NODE = """
process.roles=broker
listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{behind_proxy},SECURE://127.0.0.1:{secure}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{proxied},SECURE://127.0.0.1:{secured}
inter.broker.listener.name=PLAINTEXT
broker.heartbeat.interval.ms=200
replica.lag.time.max.ms=3000
num.network.threads=1
num.io.threads=2
background.threads=1
log.cleaner.dedupe.buffer.size=4194304
log.cleaner.io.buffer.size=131072
log.cleaner.backoff.ms=500
num.partitions=4
auto.create.topics.enable=false
default.replication.factor=3
min.insync.replicas=1
offsets.topic.replication.factor=3
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.retention.ms=-1
log.message.timestamp.after.max.ms=9223372036854775807
message.max.bytes=60000000
socket.request.max.bytes=104857600
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={keystore}
"""


class Cluster(brokers.Kafka):
    IDS = (1, 2, 3)

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._id = _uuid()
        self.ports = {node: {name: ports.free() for name in ("plain", "behind_proxy", "proxied", "secure", "secured")} for node in self.IDS}
        self._controller_port = ports.free()
        self.authority = certificates.Authority(self.folder / "tls")
        self._certificates = 0
        self.give_certificate()
        self.bootstrap, self.proxied, self.secured = (
            ",".join(f"127.0.0.1:{self.ports[node][name]}" for node in self.IDS) for name in ("plain", "proxied", "secured"))
        self._processes = {}
        self._format_controller()
        self._start(_CONTROLLER)
        for node in self.IDS:
            self._prepare(node)
            self._start(node)
        self.proxy = FaultProxy()
        self.proxies = {node: self.proxy.listen(its["behind_proxy"], its["proxied"]) for node, its in self.ports.items()}
        self._secured_proxies = [self.proxy.listen(its["secure"], its["secured"]) for its in self.ports.values()]
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, **_CLIENT})
        self.wait_up(*self.IDS, seconds=90)
        # So that groups need not wait for their topic: the first look for a coordinator makes it.
        self.wait_coordinator()

    def give_certificate(self, days=2):
        """The brokers' key and certificate in one file, each time another; `days`: how long it is good for."""
        certificate, key = self.authority.issue("broker", "broker", "IP:127.0.0.1", days)
        self._certificate = certificate
        self._certificates += 1
        self.keystore = self.folder / "tls" / f"keystore{self._certificates}.pem"
        self.keystore.write_text(key.read_text() + certificate.read_text())

    def take_certificate(self):
        """Has the brokers that run take the one that was given last."""
        setting = {"listener.name.secure.ssl.keystore.location": str(self.keystore)}
        for node in self.IDS:
            for each in self.admin.alter_configs([ConfigResource(ConfigResource.Type.BROKER, str(node), set_config=setting)]).values():
                each.result(30)
        wanted = ssl.PEM_cert_to_DER_cert(self._certificate.read_text())
        for its in self.ports.values():
            waits.until("the broker has taken its certificate", lambda port=its["secure"]: _certificate_of(port) == wanted, 30)

    def set_password(self, password):
        """Of USER."""
        self._java("kafka.admin.ConfigCommand", "--bootstrap-server", self.bootstrap, "--alter", "--entity-type", "users", "--entity-name", USER,
                   "--add-config", f"SCRAM-SHA-256=[password={password}]")

    def cut_secured(self):
        """All connections of USER: who is connected need not say again who he is."""
        for each in self._secured_proxies:
            each.cut()

    # -- brokers

    def alive(self):
        """Those that the others know of."""
        try:
            return set(self.admin.list_topics(timeout=5).brokers)
        except confluent_kafka.KafkaException:
            return set()

    def wait_up(self, *nodes, seconds=60):
        waits.until(f"the brokers {nodes} are up", lambda: set(nodes) <= self.alive(), seconds)

    def kill9(self, *nodes):
        for node in nodes:
            self._processes.pop(node).kill9()

    def stop_broker(self, node):
        """In order: it hands its leaderships over first."""
        self._processes.pop(node).stop(30)

    def start_broker(self, node, wait=True):
        self._start(node)
        if wait:
            self.wait_up(node)

    def wait_in_sync(self, topic, seconds=60):
        """Until each of its partitions has all of its replicas."""
        def complete():
            partitions = self.describe(topic).partitions.values()
            return partitions and all(len(each.isrs) == len(each.replicas) for each in partitions)
        waits.until(f"{topic} is in sync", complete, seconds, every=0.2)

    # -- topics

    def create(self, topic, partitions=4, replicas=3, assignment=None, **config):
        """`assignment`: the brokers of each partition, the leader first. In config names _ stands for a dot."""
        where = {"replica_assignment": assignment} if assignment else {"replication_factor": replicas}
        settings = {name.replace("_", "."): str(value) for name, value in config.items()}
        self.admin.create_topics([NewTopic(topic, len(assignment) if assignment else partitions, config=settings, **where)])[topic].result(30)

        def there():
            made = self.describe(topic)
            return made.error is None and made.partitions and all(each.leader >= 0 for each in made.partitions.values())
        waits.until(f"{topic} has leaders", there, 30)

    def delete(self, topic):
        self.admin.delete_topics([topic])[topic].result(30)
        waits.until(f"{topic} is gone", lambda: topic not in self.admin.list_topics(timeout=30).topics, 30)

    def grow(self, topic, partitions):
        self.admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(30)
        for its in self.ports.values():  # each broker hears of it in its own time, and whoever asks one that has not would be sent away
            asking = AdminClient({"bootstrap.servers": f"127.0.0.1:{its['plain']}", **_CLIENT})
            waits.until(f"{topic} has {partitions} partitions", lambda asking=asking:
                        len(asking.list_topics(topic, timeout=30).topics[topic].partitions) == partitions, 30)

    def describe(self, topic):
        """Asked anew where a broker that was just killed has the question: its client asks no other one."""
        def told():
            try:
                return self.admin.list_topics(topic, timeout=3).topics[topic]
            except confluent_kafka.KafkaException as error:
                raise AssertionError(error) from None
        return waits.until(f"{topic} is described", told, 30)

    def leaders(self, topic):
        """{partition: the broker that leads it, -1 for none}"""
        return {number: each.leader for number, each in self.describe(topic).partitions.items()}

    def coordinator(self):
        """The broker that coordinates all groups."""
        return self.leaders("__consumer_offsets")[0]

    def committed(self, group, topic, partitions):
        """{partition: offset} that the group has committed, as another client is told. An AssertionError while nobody can tell."""
        asking = confluent_kafka.Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, **_CLIENT})
        try:
            found = asking.committed([confluent_kafka.TopicPartition(topic, number) for number in range(partitions)], timeout=30)
            return {each.partition: each.offset for each in found if each.offset >= 0}
        except confluent_kafka.KafkaException as error:
            raise AssertionError(error) from None
        finally:
            asking.close()

    def wait_coordinator(self, seconds=60):
        asking = confluent_kafka.Consumer({"bootstrap.servers": self.bootstrap, "group.id": "nobody", **_CLIENT})

        def answers():
            try:
                asking.committed([confluent_kafka.TopicPartition("nothing", 0)], timeout=2)
            except confluent_kafka.KafkaException as error:
                raise AssertionError(error) from None
            return True
        waits.until("groups have a coordinator", answers, seconds)
        asking.close()

    def mend(self):
        """All is as it was, or on its way there: brokers that are missing have been started."""
        for each in self.proxies.values():
            each.heal()
        for node in self.IDS:
            if node not in self._processes or not self._processes[node].alive():
                self.start_broker(node, wait=False)
            self._processes[node].thaw()

    def stop(self):
        self.proxy.close()
        for process in self._processes.values():
            process.kill9()

    # -- how they are made

    def _file(self, node):
        return self.folder / str(node) / "server.properties"

    def _prepare(self, node):
        own = self.folder / str(node)
        (own / "data").mkdir(parents=True, exist_ok=True)
        its = _CONTROLLER_NODE if node == _CONTROLLER else _BROKER_NODE
        self._file(node).write_text((_EVERY_NODE + its).format(
            controller=_CONTROLLER, controller_port=self._controller_port, node=node, folder=own, keystore=self.keystore, **self.ports.get(node, {})))
        # What Kafka's own tool would write, a second of processor time each.
        if node != _CONTROLLER:
            (own / "data" / "meta.properties").write_text(
                f"version=1\ncluster.id={self._id}\nnode.id={node}\ndirectory.id={_uuid()}\n")

    def _format_controller(self):
        self._prepare(_CONTROLLER)
        self._java("kafka.tools.StorageTool", "format", "--cluster-id", self._id, "--config", self._file(_CONTROLLER),
                   "--add-scram", f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]")

    def _start(self, node):
        self._processes[node] = processes.Process(
            f"broker {node}", [*_java_command(), "kafka.Kafka", self._file(node)], self.folder / str(node) / "broker.log")

    def _java(self, *arguments):
        return processes.run([*_java_command(), *arguments], seconds=120, check=True).stdout


def _certificate_of(port):
    """What the server shows, whether it is good or not."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as secure:
            return secure.getpeercert(binary_form=True)


def _uuid():
    """As Kafka writes them, but never with a dash in front, which its tools take for an option."""
    return secrets.token_urlsafe(16).replace("-", "x")


def _java_command():
    java = ('source "$0" && exec java ' + _JAVA + ' "-Dlog4j2.configurationFile=$live/log4j2.properties" -cp "$stack/libs/*" "$@"')
    return ["bash", "-c", java, paths.DEPLOY / "live" / "stack.sh"]
