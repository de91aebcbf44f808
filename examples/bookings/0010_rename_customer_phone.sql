-- revision: 0010
-- down_revision: 0009
-- depends_on:
-- branch_labels:
-- message: customers.phone is called phone_number
-- created_at: 2024-11-25 16:39:41+00

-- migrate:up
ALTER TABLE customers RENAME COLUMN phone TO phone_number;
ALTER TABLE customer_contacts RENAME COLUMN phone TO phone_number;

-- migrate:down
ALTER TABLE customer_contacts RENAME COLUMN phone_number TO phone;
ALTER TABLE customers RENAME COLUMN phone_number TO phone;
