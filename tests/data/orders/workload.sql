-- The changes behind the recordings in this folder, run by deploy/live/record.sh after the snapshot of the rows that
-- deploy/live/orders.sql makes (orders 1 to 6). psql commits each statement for itself, except between BEGIN and COMMIT.

-- A few ordinary lives: ordered, shipped, changed in price, some deleted.
INSERT INTO orders (customer_id, product_name, amount, status)
  SELECT 200 + n % 3, 'Widget ' || n, (n * 7.13)::numeric(10,2), 'PENDING' FROM generate_series(7, 14) n;
UPDATE orders SET status = 'SHIPPED', updated_at = clock_timestamp() WHERE order_id BETWEEN 7 AND 11;
UPDATE orders SET amount = amount * 2 WHERE order_id = 8;
UPDATE orders SET status = 'DELIVERED', updated_at = clock_timestamp() WHERE order_id = 8;
DELETE FROM orders WHERE order_id IN (9, 10);
-- Rows of the snapshot change too.
UPDATE orders SET amount = 1199.99 WHERE order_id = 1;
DELETE FROM orders WHERE order_id = 2;

-- Another key: Debezium sends a delete and a tombstone for 12, and a create for 1000.
UPDATE orders SET order_id = 1000 WHERE order_id = 12;
UPDATE orders SET status = 'SHIPPED' WHERE order_id = 1000;

-- Born, changed and gone in one transaction (15); an update that changes nothing (13); a rollback, of which no event tells (16).
BEGIN;
INSERT INTO orders (customer_id, product_name, amount, status) VALUES (210, 'in one transaction', 5, 'NEW');
UPDATE orders SET status = 'CHANGED' WHERE order_id = 15;
DELETE FROM orders WHERE order_id = 15;
COMMIT;
UPDATE orders SET status = status WHERE order_id = 13;
BEGIN;
INSERT INTO orders (customer_id, product_name, amount, status) VALUES (211, 'rolled back', 5, 'NEW');
UPDATE orders SET amount = 0 WHERE order_id = 14;
ROLLBACK;

-- Amounts at the ends of their range, around each number of bytes that Debezium writes them in, zero and NULL.
INSERT INTO orders (customer_id, product_name, amount, status) VALUES
  (220, 'highest', 99999999.99, 'PAID'),
  (220, 'lowest', -99999999.99, 'REFUNDED'),
  (221, 'a cent', 0.01, 'PAID'),
  (221, 'a cent back', -0.01, 'REFUNDED'),
  (221, 'twelve and a half back', -12.50, 'REFUNDED'),
  (222, 'one byte', 1.27, 'PAID'),
  (222, 'two bytes', 1.28, 'PAID'),
  (222, 'one byte below zero', -1.28, 'REFUNDED'),
  (222, 'two bytes below zero', -1.29, 'REFUNDED'),
  (222, 'two bytes, unsigned one', 2.56, 'PAID'),
  (223, 'nothing', 0.00, 'PAID'),
  (223, 'unknown', NULL, NULL);
UPDATE orders SET amount = NULL WHERE product_name = 'nothing';

-- Timestamps: infinite, before Christ, before 1970, to the microsecond, the year 9999, NULL in spite of the default.
INSERT INTO orders (customer_id, product_name, amount, status, created_at, updated_at) VALUES
  (230, 'infinite', 1, 'T', 'infinity', '-infinity'),
  (230, 'before Christ', 1, 'T', '4712-01-01 00:00:00 BC', '0001-12-31 23:59:59.999999 BC'),
  (230, 'before 1970', 1, 'T', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00'),
  (230, 'the end of 9999', 1, 'T', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00'),
  (230, 'leap day', 1, 'T', '2024-02-29 12:00:00.000001', '1582-10-10 00:00:00'),
  (230, 'no time at all', 1, 'T', NULL, NULL);

-- Texts that a careless writer would break, or be broken by.
INSERT INTO orders (customer_id, product_name, amount, status) VALUES
  (240, E'tab\tline\nreturn\rbackspace\bform\fvertical\x0bend', 1, E'\x01\x1f\x7f'),
  (240, E'single '' double " back ` slash \\ slash \\\\ {"json": [1]}', 1, E'\\.'),
  (240, '\N', 1, '\N'),
  (240, '', 1, ''),
  (240, ' blanks around ', 1, 'NULL'),
  (240, 'Robert''); DROP TABLE orders_fact; --', 1, '$1 %s ${env:HOME}'),
  (240, 'Ünïcode 日本 😀 👩‍👩‍👧 e' || U&'\0301\2028\FEFF', 1, '☃'),
  (240, repeat('x', 255), 1, repeat('s', 50)),
  (240, repeat('😀', 255), 1, repeat('語', 50)),
  (2147483647, 'largest customer', 1, 'N'),
  (-2147483648, 'smallest customer', 1, 'N');
UPDATE orders SET order_id = 2147483647 WHERE product_name = 'largest customer';
UPDATE orders SET order_id = -5 WHERE product_name = 'smallest customer';

-- record.sh waits for this one.
INSERT INTO orders (customer_id, product_name, amount, status) VALUES (250, 'end of the recording', 1.00, 'DONE');
