-- revision: 0003
-- down_revision: 0002
-- message: orders by customer

-- migrate:up
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id);

-- migrate:down
DROP INDEX CONCURRENTLY orders_customer_id_idx;
