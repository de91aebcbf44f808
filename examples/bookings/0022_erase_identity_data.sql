-- revision: 0022
-- down_revision: 0021
-- depends_on:
-- branch_labels:
-- message: erase identity data we must not keep
-- created_at: 2025-03-03 14:09:40+00

-- migrate:up

-- Dates of birth, national id numbers and private phone numbers of staff were
-- collected without need. They go for good: there is no way back, by intent.

ALTER TABLE customers
    DROP COLUMN date_of_birth,
    DROP COLUMN national_id_number;

ALTER TABLE users DROP COLUMN personal_phone;

INSERT INTO audit_log (organisation_id, action, detail)
SELECT id, 'privacy.identity_data_erased', '{"columns": ["date_of_birth", "national_id_number", "personal_phone"]}'
  FROM organisations;
