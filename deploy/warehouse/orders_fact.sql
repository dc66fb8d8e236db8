-- The warehouse's side of the shop's orders: one row for each change of an order, and two views of how things stand now.
-- May be run again at any time; it creates what is missing and keeps what is there.

CREATE TABLE IF NOT EXISTS orders_fact (
    id             SERIAL PRIMARY KEY,
    order_id       INT NOT NULL,
    customer_id    INT,
    product_name   VARCHAR(255),
    amount         DECIMAL(10,2),
    status         VARCHAR(50),
    created_at     TIMESTAMP,
    updated_at     TIMESTAMP,
    cdc_timestamp  TIMESTAMP,                            -- when the shop's database committed the change, UTC
    processed_at   TIMESTAMP DEFAULT CURRENT_TIMESTAMP,  -- when the row was written here
    operation_type VARCHAR(10)                           -- INSERT, UPDATE, DELETE or SNAPSHOT; a DELETE holds the last row
);

CREATE INDEX IF NOT EXISTS orders_fact_order_id ON orders_fact (order_id);
CREATE INDEX IF NOT EXISTS orders_fact_customer_id ON orders_fact (customer_id);

-- The newest row of each order, and none where that is a DELETE: a deleted order never comes back.
--
-- `id` tells which is the newest. All changes of one order_id come through one Kafka partition, in order, and are written in
-- that order; a change of the order_id itself is a DELETE of the old number and an INSERT of the new one. The clocks would
-- not do: all changes of a transaction have the same cdc_timestamp, and all rows of a batch the same processed_at.
CREATE OR REPLACE VIEW orders_latest AS
SELECT *
FROM (SELECT DISTINCT ON (order_id) * FROM orders_fact ORDER BY order_id, id DESC) AS newest
WHERE operation_type <> 'DELETE';

-- How business stands, by status.
CREATE OR REPLACE VIEW sales_dashboard AS
SELECT status,
       count(*)              AS orders,
       sum(amount)           AS revenue,
       round(avg(amount), 2) AS average_amount,
       max(cdc_timestamp)    AS last_change
FROM orders_latest
GROUP BY status;
