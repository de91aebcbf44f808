-- revision: 0011
-- down_revision: 0010
-- depends_on:
-- branch_labels:
-- message: given and family name of customers
-- created_at: 2024-12-03 08:29:57+00

-- migrate:up

ALTER TABLE customers
    ADD COLUMN given_name  text,
    ADD COLUMN family_name text;

-- The first word is the given name, the rest the family name. One word alone
-- (or an association) goes to family_name, which is the one that must be there.
UPDATE customers
   SET given_name  = CASE WHEN strpos(name, ' ') > 0 THEN split_part(name, ' ', 1) END,
       family_name = CASE WHEN strpos(name, ' ') > 0 THEN substr(name, strpos(name, ' ') + 1) ELSE name END;

ALTER TABLE customers ALTER COLUMN family_name SET NOT NULL;

-- Both spellings are kept until every client writes the parts.
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

-- migrate:down

DROP TRIGGER customers_sync_name ON customers;
DROP FUNCTION sync_customer_name();

ALTER TABLE customers
    DROP COLUMN family_name,
    DROP COLUMN given_name;
