"""The Spark job that sluice replaces, as Spark runs it: reads the changes of `orders` from Kafka and appends them to orders_fact,
one row for each, until it has read what was in the topic when it began.

Its decimals were wrong: Connect's decimal is a number of two's complement in bytes, which is what unscaled() makes of it.
spark_job.py starts it; the password comes in the environment.
"""

import argparse
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

_ROW = "STRUCT<order_id: INT, customer_id: INT, product_name: STRING, amount: BINARY, status: STRING, created_at: BIGINT, updated_at: BIGINT>"
_ENVELOPE = f"before {_ROW}, after {_ROW}, source STRUCT<ts_us: BIGINT>, op STRING"
_OPERATIONS = {"c": "INSERT", "u": "UPDATE", "d": "DELETE", "r": "SNAPSHOT"}


def main():
    options = read_options()
    spark = SparkSession.builder.appName("orders").getOrCreate()
    changes = (spark.readStream.format("kafka")
               .option("kafka.bootstrap.servers", options.bootstrap).option("subscribe", options.topic)
               .option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", options.batch)
               .load())
    query = (rows_of(changes).writeStream.trigger(availableNow=True).option("checkpointLocation", options.checkpoint)
             .foreachBatch(lambda rows, _: append(rows, options)).start())
    query.awaitTermination()


def rows_of(changes):
    envelope = (changes.where("value IS NOT NULL").select(f.from_json(f.col("value").cast("string"), _ENVELOPE).alias("e")).select("e.*")
                .where(f.col("op").isin(list(_OPERATIONS))))
    row = f.when(f.col("op") == "d", f.col("before")).otherwise(f.col("after"))
    operation = f.create_map(*(f.lit(text) for pair in _OPERATIONS.items() for text in pair))[f.col("op")]
    return envelope.select(row.alias("row"), f.col("source"), operation.alias("operation_type")).select(
        "row.order_id", "row.customer_id", "row.product_name",
        (unscaled("row.amount").cast("decimal(18,0)") * f.lit("0.01").cast("decimal(3,2)")).cast("decimal(10,2)").alias("amount"),
        "row.status", f.expr("timestamp_micros(row.created_at) AS created_at"), f.expr("timestamp_micros(row.updated_at) AS updated_at"),
        f.expr("timestamp_micros(source.ts_us) AS cdc_timestamp"), f.current_timestamp().alias("processed_at"), "operation_type")


def unscaled(column):
    """The bytes as a number: numeric(10,2) has five of them at most."""
    digits = f.hex(column)
    number = f.conv(digits, 16, 10).cast("bigint")
    return f.when(f.substring(digits, 1, 1) >= "8", number - f.expr(f"shiftleft(1L, 8 * length({column}))")).otherwise(number)


def append(rows, options):
    (rows.write.format("jdbc").mode("append").option("driver", "org.postgresql.Driver")
     .option("url", f"{options.jdbc}?reWriteBatchedInserts=true").option("dbtable", "orders_fact")
     .option("user", options.user).option("password", os.environ["ORDERS_PASSWORD"]).option("batchsize", options.rows).save())


def read_options():
    parser = argparse.ArgumentParser()
    for name in ("--bootstrap", "--topic", "--checkpoint", "--jdbc", "--user"):
        parser.add_argument(name, required=True)
    parser.add_argument("--batch", type=int, required=True, help="records of the topic in one micro-batch")
    parser.add_argument("--rows", type=int, required=True, help="rows that JDBC sends at a time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
