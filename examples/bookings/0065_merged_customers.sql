-- revision: 0065
-- down_revision: 0064
-- depends_on:
-- branch_labels:
-- message: merge duplicate customers
-- created_at: 2026-02-10 10:39:52+00

-- migrate:up

ALTER TABLE customers
    ADD COLUMN merged_into bigint REFERENCES customers (id) ON DELETE CASCADE,
    ADD COLUMN merged_at timestamptz,
    ADD CONSTRAINT customers_not_merged_into_itself CHECK (merged_into <> id),
    ADD CONSTRAINT customers_merged_at_iff_merged CHECK ((merged_into IS NULL) = (merged_at IS NULL));

CREATE INDEX customers_merged_into_idx ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- A merged customer keeps the address, so only living ones must differ.
ALTER TABLE customers DROP CONSTRAINT customers_organisation_id_email_key;
CREATE UNIQUE INDEX customers_living_email_key
    ON customers (organisation_id, lower(email))
    WHERE merged_into IS NULL;

-- migrate:down

DROP INDEX customers_living_email_key;
ALTER TABLE customers ADD CONSTRAINT customers_organisation_id_email_key UNIQUE (organisation_id, email);

DROP INDEX customers_merged_into_idx;
ALTER TABLE customers
    DROP CONSTRAINT customers_merged_at_iff_merged,
    DROP CONSTRAINT customers_not_merged_into_itself,
    DROP COLUMN merged_at,
    DROP COLUMN merged_into;
