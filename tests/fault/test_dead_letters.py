"""Bad records under fire: whatever is killed, each is dead-lettered and each good one is a row, once."""

import json

from harness import kcat, ledger, scale

LETTERS = "orders_dead_letters"


def test_e6c_e6d_kill_nine_while_every_tenth_record_is_bad_loses_no_letter_and_doubles_no_row(kafka, run, hosts, orders, dice):
    kills = scale.count(7, 200)
    dead = f"{run.flow.topic}-dead"  # not there yet, and three replicas are more than there are brokers
    run.flow.db.sql("ALTER TABLE orders_ledger ADD CHECK (order_id % 10 <> 3)")
    host = hosts(kafka.bootstrap)
    host.connector("orders", {
        **orders, "errors.tolerance": "all", "errors.max.share": 0.9, "errors.deadletterqueue.topic.name": dead,
        "errors.deadletterqueue.context.headers.enable": "true", "errors.deadletterqueue.table.name": LETTERS})
    host.start()
    run.begin(rate=1000)
    run.kill_nine(host, dice, kills)
    print(f"load: {run.load.stop()}")
    run.flow.wait_written(120)
    run.close()

    records = [record for record in kcat.dump(run.flow.bootstrap, run.flow.topic) if record.value]
    bad = {(r.topic, r.partition, r.offset) for r in records if json.loads(r.key)["order_id"] % 10 == 3}
    assert len(bad) > 100
    ledger.assert_exactly_once(run.flow.db, [row for row in run.flow.expected() if row[:3] not in bad], note=f"{kills} kills")
    kept = run.flow.db.sql(f"SELECT topic, partition, \"offset\" FROM {LETTERS}")
    assert set(kept) == bad and len(kept) == len(bad), f"{len(kept)} letters in the table, {len(bad)} bad records"
    sent = [(r.headers["__connect.errors.topic"], int(r.headers["__connect.errors.partition"]), int(r.headers["__connect.errors.offset"]))
            for r in kcat.dump(run.flow.bootstrap, dead)]
    print(f"{len(bad)} bad records, {len(sent)} letters in the topic")
    assert set(sent) == bad
