"""A connector whose topics were changed reads the new ones, however soon it comes back."""

from harness.flow import Flow


def test_a_process_that_comes_back_with_another_topic_reads_that_topic(kafka, run, hosts, orders):
    host = hosts(kafka.bootstrap)
    host.connector("orders", orders)
    host.start()
    run.flow.wait_claimed()
    host.stop()

    other = run.flow.topic.replace("fault", "another")
    kafka.create_topic(other)
    host.connector("orders", {**orders, "topics": other})
    host.start()
    Flow(kafka.bootstrap, other, run.flow.db, partitions=kafka.PARTITIONS).wait_claimed()
