-- What happened to one order, in order: each change, what it did to status and amount, and how long after the one before?
--
-- Name the order with `psql -v order_id=9 -f ...`; otherwise it is the one with the most changes.
\if :{?order_id}
\else
SELECT order_id FROM orders_fact GROUP BY order_id ORDER BY count(*) DESC, order_id LIMIT 1 \gset
\endif
SELECT order_id,
       operation_type,
       cdc_timestamp,
       cdc_timestamp - lag(cdc_timestamp) OVER history AS after,
       lag(status) OVER history                        AS status_before,
       status,
       amount,
       amount - lag(amount) OVER history               AS amount_change
FROM orders_fact
WHERE order_id = :order_id
WINDOW history AS (ORDER BY id)
ORDER BY id;
