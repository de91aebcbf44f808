-- revision: 0064
-- down_revision: 0063
-- depends_on:
-- branch_labels:
-- message: language of customers
-- created_at: 2026-01-30 15:51:41+00

-- migrate:up

ALTER TABLE customers ADD COLUMN language_code varchar(5);

UPDATE customers c
   SET language_code = o.language_code
  FROM organisations o
 WHERE o.id = c.organisation_id;

ALTER TABLE customers ALTER COLUMN language_code SET NOT NULL;

ALTER TABLE customers
    ADD CONSTRAINT customers_language_code_fkey
    FOREIGN KEY (language_code) REFERENCES languages (code) ON UPDATE CASCADE ON DELETE RESTRICT;

CREATE INDEX customers_language_code_idx ON customers (language_code);

-- Clients that do not send a language get the one of the organisation.
CREATE FUNCTION default_customer_language() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    SELECT language_code INTO STRICT NEW.language_code
      FROM organisations
     WHERE id = NEW.organisation_id;
    RETURN NEW;
END;
$$;

CREATE TRIGGER customers_default_language
    BEFORE INSERT ON customers
    FOR EACH ROW
    WHEN (NEW.language_code IS NULL)
    EXECUTE FUNCTION default_customer_language();

-- migrate:down

DROP TRIGGER customers_default_language ON customers;
DROP FUNCTION default_customer_language();
DROP INDEX customers_language_code_idx;
ALTER TABLE customers DROP COLUMN language_code;
