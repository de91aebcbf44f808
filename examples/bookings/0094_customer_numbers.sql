-- revision: 0094
-- down_revision: 0093
-- depends_on:
-- branch_labels:
-- message: customer numbers
-- created_at: 2026-10-12 16:01:48+00

-- migrate:up

CREATE SEQUENCE customer_number_seq START WITH 10001;

ALTER TABLE customers ADD COLUMN number bigint;

UPDATE customers c
   SET number = n.number
  FROM (SELECT id, nextval('customer_number_seq') AS number
          FROM (SELECT id FROM customers ORDER BY created_at, id) AS oldest_first) AS n
 WHERE n.id = c.id;

ALTER TABLE customers
    ALTER COLUMN number SET DEFAULT nextval('customer_number_seq'),
    ALTER COLUMN number SET NOT NULL,
    ADD CONSTRAINT customers_number_key UNIQUE (number);

ALTER SEQUENCE customer_number_seq OWNED BY customers.number;

-- migrate:down

ALTER TABLE customers DROP COLUMN number;
