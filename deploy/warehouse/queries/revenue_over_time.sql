-- How much was sold on each day on which orders were placed, and how much up to then?
--
-- Counts the orders that stand now: deleted and cancelled ones are left out, refunds (negative amounts) reduce the day on
-- which they were placed. Orders without a usable date (none, or infinity) are in one last line without a day, so that the
-- lines always add up to all revenue.
SELECT CASE WHEN isfinite(created_at) THEN created_at::date END AS day,
       count(*)                                                 AS orders,
       coalesce(sum(amount), 0)                                 AS revenue,
       sum(coalesce(sum(amount), 0)) OVER (ORDER BY CASE WHEN isfinite(created_at) THEN created_at::date END NULLS LAST)
                                                                AS revenue_until_then
FROM orders_latest
WHERE status IS DISTINCT FROM 'CANCELLED'
GROUP BY 1
ORDER BY 1 NULLS LAST;
