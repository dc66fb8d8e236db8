-- What is each customer worth: how many orders, how much in all, how much an order, and since when?
--
-- Counts the orders that stand now, without cancelled ones; refunds reduce the value. Dates that are infinity say nothing
-- about when a customer came and are left out of first_order and last_order.
SELECT customer_id,
       count(*)                                       AS orders,
       coalesce(sum(amount), 0)                       AS lifetime_value,
       round(avg(amount), 2)                          AS average_order,
       min(created_at) FILTER (WHERE isfinite(created_at)) AS first_order,
       max(created_at) FILTER (WHERE isfinite(created_at)) AS last_order
FROM orders_latest
WHERE status IS DISTINCT FROM 'CANCELLED'
GROUP BY customer_id
ORDER BY lifetime_value DESC, customer_id;
