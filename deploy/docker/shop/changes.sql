-- The shop at work: twice a second an order comes in, the oldest that waits is shipped, and now and then one is deleted. psql
-- does it until it is stopped.
\set QUIET on
\set ON_ERROR_STOP on
\o /dev/null
DO $$
BEGIN
  INSERT INTO orders (customer_id, product_name, amount, status)
  VALUES (100 + floor(random() * 50), (ARRAY['Laptop', 'Mouse', 'Headphones', 'Sticker'])[1 + floor(random() * 4)],
          round((random() * 500)::numeric, 2), 'PENDING');
  UPDATE orders SET status = 'SHIPPED', updated_at = now()
  WHERE order_id = (SELECT min(order_id) FROM orders WHERE status = 'PENDING' AND created_at < now() - interval '5 seconds');
  IF random() < 0.1 THEN
    DELETE FROM orders WHERE order_id = (SELECT min(order_id) FROM orders WHERE status = 'SHIPPED');
  END IF;
END $$
\watch 0.5
