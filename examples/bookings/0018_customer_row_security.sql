-- revision: 0018
-- down_revision: 0017
-- depends_on:
-- branch_labels:
-- message: row-level security on customers
-- created_at: 2025-01-17 08:06:00+00

-- migrate:up

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_addresses ENABLE ROW LEVEL SECURITY;

CREATE POLICY customers_tenant ON customers
    TO public
    USING (organisation_id = current_organisation())
    WITH CHECK (organisation_id = current_organisation());

CREATE POLICY customer_contacts_tenant ON customer_contacts
    TO public
    USING (EXISTS (SELECT FROM customers c WHERE c.id = customer_id AND c.organisation_id = current_organisation()));

CREATE POLICY customer_addresses_tenant ON customer_addresses
    TO public
    USING (EXISTS (SELECT FROM customers c WHERE c.id = customer_id AND c.organisation_id = current_organisation()));

COMMENT ON POLICY customers_tenant ON customers IS 'A session sees and writes the customers of its own organisation';

-- migrate:down

DROP POLICY customer_addresses_tenant ON customer_addresses;
DROP POLICY customer_contacts_tenant ON customer_contacts;
DROP POLICY customers_tenant ON customers;

ALTER TABLE customer_addresses DISABLE ROW LEVEL SECURITY;
ALTER TABLE customer_contacts DISABLE ROW LEVEL SECURITY;
ALTER TABLE customers DISABLE ROW LEVEL SECURITY;
