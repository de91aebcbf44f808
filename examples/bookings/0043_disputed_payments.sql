-- revision: 0043
-- down_revision: 0041
-- depends_on:
-- branch_labels:
-- message: payments can be disputed
-- created_at: 2025-07-28 11:12:33+00

-- migrate:up

-- The new value is not used here: it can be from the next transaction on.

ALTER TYPE payment_state ADD VALUE 'disputed' AFTER 'settled';

-- migrate:down

-- A value cannot be taken out of an enum; the type is built again without it.
ALTER TABLE payments DROP CONSTRAINT payments_settled_are_received;
ALTER TABLE payments ALTER COLUMN state DROP DEFAULT;

ALTER TYPE payment_state RENAME TO payment_state_with_disputed;
CREATE TYPE payment_state AS ENUM ('pending', 'settled', 'failed');

ALTER TABLE payments
    ALTER COLUMN state TYPE payment_state
    USING CASE state::text WHEN 'disputed' THEN 'settled' ELSE state::text END::payment_state;

DROP TYPE payment_state_with_disputed;

ALTER TABLE payments ALTER COLUMN state SET DEFAULT 'pending';
ALTER TABLE payments
    ADD CONSTRAINT payments_settled_are_received CHECK (state <> 'settled' OR received_at IS NOT NULL);
