"""The story that the client kafka-connect-api (PyPI) tells of one connector. Run with the Python that has it:

    connect_api.py BASE_URL FILE TOPIC
"""

import sys
import time

from kafka_connect_api.errors import GenericNotFound
from kafka_connect_api.kafka_connect_api import Api, Cluster, Connector

url, file, topic = sys.argv[1:]
NAME = "of-connect-api"


def until(what, check):
    end = time.monotonic() + 15
    while not check():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)


def exists(connector):
    """The client's own exists() means to answer False, but its check of answers raises before it can."""
    try:
        return connector.exists()
    except GenericNotFound:
        return False


api = Api(url=url)
cluster = Cluster(api)
assert cluster.version.split(".")[0].isdigit(), cluster.version
assert repr(cluster).startswith(url)

config = {"connector.class": "FileStreamSink", "topics": topic, "tasks.max": "1", "file": file}
connector = Connector(cluster, NAME)
assert not exists(connector)
connector.config = config  # PUT makes it
assert exists(connector)
assert NAME in cluster.connectors
assert connector.config == {**config, "name": NAME}, connector.config
assert connector.connector_class == "FileStreamSink"

until("its task runs", lambda: [task.state for task in connector.tasks] == ["RUNNING"])
until("the cluster's id is known, since a task has reached it", lambda: cluster.kafka_cluster)
task = connector.tasks[0]
assert task.id == 0 and task.is_running() and task.config["file"] == file
connector.pause()
until("it is paused", lambda: connector.state == "PAUSED")
connector.resume()
until("it runs again", lambda: connector.state == "RUNNING")
connector.restart()
connector.restart_all_tasks()
connector.cycle_connector()
until("its task runs after all that", lambda: [task.state for task in connector.tasks] == ["RUNNING"])

before = cluster.root_logger["level"]
cluster.root_logger = "DEBUG"
assert cluster.root_logger["level"] == "DEBUG", cluster.loggers
assert "root" in cluster.set_logger_log_level("root", before if before in ("INFO", "WARN", "ERROR") else "INFO")

connector.delete()
assert not exists(connector) and NAME not in cluster.connectors
