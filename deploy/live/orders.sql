-- The online shop's table, and some rows from before anybody watched it: they arrive as SNAPSHOT.
-- A full replica identity puts the whole old row into updates and deletes.
CREATE TABLE orders (
  order_id SERIAL PRIMARY KEY,
  customer_id INT NOT NULL,
  product_name VARCHAR(255),
  amount DECIMAL(10,2),
  status VARCHAR(50),
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
ALTER TABLE orders REPLICA IDENTITY FULL;

INSERT INTO orders (customer_id, product_name, amount, status) VALUES
  (101, 'Laptop', 1299.99, 'PENDING'),
  (102, 'Mouse', 24.50, 'SHIPPED'),
  (103, 'Returned keyboard', -12.50, 'REFUNDED'),
  (101, 'Sticker', 0.01, 'PENDING'),
  (104, 'Whole warehouse', 99999999.99, 'PENDING'),
  (105, NULL, NULL, 'DRAFT');
