-- revision: 0001
-- message: customers

-- migrate:up
CREATE TABLE customer (
  id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
);
INSERT INTO customer (name) SELECT 'customer ' || n FROM generate_series(1, 25000) AS n;

-- migrate:down
DROP TABLE customer;
