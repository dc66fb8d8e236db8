-- In which status are the orders, and what share of all orders is that, in percent?
SELECT status,
       count(*)                                          AS orders,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM orders_latest
GROUP BY status
ORDER BY orders DESC, status;
