"""A connector whose topics were changed reads the new ones, however soon it comes back."""

from harness import events, kcat
from harness.flow import Flow


def test_a_process_that_comes_back_with_another_topic_reads_that_topic(kafka, run, hosts, orders):
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.flow.wait_claimed()
    host.stop()

    other = run.flow.topic.replace("fault", "another")
    kafka.create_topic(other)
    for partition in range(kafka.PARTITIONS):
        kcat.produce(kafka.bootstrap, other, partition, events.inserts(5, first=1 + 5 * partition))
    host.connector("orders", {**orders, "topics": other})
    host.start()
    flow = Flow(kafka.bootstrap, other, run.flow.db, partitions=kafka.PARTITIONS)
    flow.wait_written()
    flow.assert_exactly_once("another topic")
