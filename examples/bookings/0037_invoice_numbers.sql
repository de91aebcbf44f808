-- revision: 0037
-- down_revision: 0036
-- depends_on:
-- branch_labels:
-- message: gapless invoice numbers
-- created_at: 2025-06-09 10:22:49+00

-- migrate:up

-- A sequence leaves holes after a rollback, and auditors ask about holes.
-- A counter row per organisation and year does not.

CREATE TABLE invoice_counters (
    organisation_id  bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    year             integer NOT NULL,
    last_number      integer NOT NULL,
    PRIMARY KEY (organisation_id, year)
);
COMMENT ON TABLE invoice_counters IS 'Last invoice number given, by year';

CREATE FUNCTION number_invoice() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    next_number integer;
BEGIN
    IF NEW.status = 'draft' OR NEW.number IS NOT NULL THEN
        RETURN NEW;
    END IF;

    NEW.issued_on := coalesce(NEW.issued_on, current_date);

    INSERT INTO invoice_counters AS c (organisation_id, year, last_number)
    VALUES (NEW.organisation_id, extract(year FROM NEW.issued_on), 1)
    ON CONFLICT (organisation_id, year) DO UPDATE SET last_number = c.last_number + 1
    RETURNING last_number INTO next_number;

    NEW.number := to_char(NEW.issued_on, 'YYYY') || '-' || lpad(next_number::text, 5, '0');
    RETURN NEW;
END;
$$;

CREATE TRIGGER invoices_number
    BEFORE INSERT OR UPDATE ON invoices
    FOR EACH ROW EXECUTE FUNCTION number_invoice();

-- The drafts of autumn 2024 go out.
UPDATE invoices
   SET status = 'open', issued_on = '2024-10-31', due_on = '2024-11-30'
 WHERE status = 'draft'
   AND total > 0;

-- migrate:down

UPDATE invoices SET status = 'draft', number = NULL, issued_on = NULL, due_on = NULL;

DROP TRIGGER invoices_number ON invoices;
DROP FUNCTION number_invoice();
DROP TABLE invoice_counters;
