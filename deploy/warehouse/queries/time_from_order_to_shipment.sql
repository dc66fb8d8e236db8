-- How long does it take from placing an order to its shipment?
--
-- From the commit that placed the order to the commit that first made it SHIPPED, both on the clock of the shop's database.
-- Only orders whose placing was seen count: of one that a snapshot found the INSERT is not known, and one whose history
-- begins with SHIPPED is an older order that got a new number. Orders that were deleted after their shipment do count.
WITH histories AS (
    SELECT order_id,
           (array_agg(operation_type ORDER BY id))[1]                        AS first_operation,
           (array_agg(status ORDER BY id))[1]                                AS first_status,
           (array_agg(cdc_timestamp ORDER BY id))[1]                         AS placed,
           (array_agg(cdc_timestamp ORDER BY id) FILTER (WHERE status = 'SHIPPED'))[1] AS shipped
    FROM orders_fact
    GROUP BY order_id
), shipments AS (
    SELECT shipped - placed AS took
    FROM histories
    WHERE first_operation = 'INSERT' AND first_status IS DISTINCT FROM 'SHIPPED' AND shipped IS NOT NULL
)
SELECT count(*)                                          AS shipped_orders,
       min(took)                                         AS fastest,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS median,
       avg(took)                                         AS average,
       max(took)                                         AS slowest
FROM shipments;
