-- revision: 0012
-- down_revision: 0011
-- depends_on:
-- branch_labels:
-- message: drop customers.name
-- created_at: 2024-12-06 16:25:25+00

-- migrate:up

DROP TRIGGER customers_sync_name ON customers;
DROP FUNCTION sync_customer_name();

ALTER TABLE customers DROP COLUMN name;

CREATE INDEX customers_family_name_idx ON customers (organisation_id, lower(family_name));

-- migrate:down

DROP INDEX customers_family_name_idx;

ALTER TABLE customers ADD COLUMN name text;
UPDATE customers SET name = concat_ws(' ', given_name, family_name);
ALTER TABLE customers ALTER COLUMN name SET NOT NULL;

CREATE FUNCTION sync_customer_name() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.family_name IS NULL THEN
        NEW.family_name := NEW.name;
    ELSIF NEW.name IS NULL THEN
        NEW.name := concat_ws(' ', NEW.given_name, NEW.family_name);
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER customers_sync_name
    BEFORE INSERT OR UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION sync_customer_name();
