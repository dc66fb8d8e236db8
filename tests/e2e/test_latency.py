"""What is typed into the source is in orders_fact within a second."""

import time

from harness import waits

_ROUNDS = 10


def test_an_insert_an_update_and_a_delete_are_in_orders_fact_within_a_second(live, hosts, sink, db):
    host = hosts(live.bootstrap)
    name = f"latency_{db.name}"
    host.connector(name, sink(topics=live.topic, table_name="orders_fact", columns=None))
    host.start()
    host.wait_running(name)
    live.wait_until_quiet(db, [name])

    took = {"INSERT": [], "UPDATE": [], "DELETE": []}
    with live.connect() as client, client.cursor() as cursor:
        for _ in range(_ROUNDS):
            cursor.execute("INSERT INTO orders (customer_id, product_name, amount, status) VALUES (1, 'soon', -12.50, 'NEW') "
                           "RETURNING order_id")
            order = cursor.fetchone()[0]
            took["INSERT"].append(seconds_until_written(db, order, "INSERT"))
            cursor.execute("UPDATE orders SET status = 'SHIPPED' WHERE order_id = %s", (order,))
            took["UPDATE"].append(seconds_until_written(db, order, "UPDATE"))
            cursor.execute("DELETE FROM orders WHERE order_id = %s", (order,))
            took["DELETE"].append(seconds_until_written(db, order, "DELETE"))
    for operation, seconds in took.items():
        print(f"{operation}: {', '.join(f'{1000 * second:.0f}' for second in seconds)} ms from commit to visible")
    assert max(second for seconds in took.values() for second in seconds) < 1.0


def seconds_until_written(db, order, operation):
    committed = time.monotonic()
    waits.until(f"{operation} of order {order} is in orders_fact", lambda: db.value(
        "SELECT count(*) FROM orders_fact WHERE order_id = %s AND operation_type = %s", order, operation), 10, every=0.005)
    return time.monotonic() - committed
