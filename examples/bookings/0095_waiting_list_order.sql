-- revision: 0095
-- down_revision: 0094
-- depends_on:
-- branch_labels:
-- message: order of the waiting list
-- created_at: 2026-10-23 09:28:20+00

-- migrate:up

ALTER TABLE waiting_list_entries ADD COLUMN boost smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN waiting_list_entries.boost IS 'Moves an entry up without a reason given';

CREATE VIEW waiting_list WITH (security_invoker = true) AS
SELECT w.id,
       w.organisation_id,
       w.service_id,
       w.customer_id,
       w.wanted_from,
       w.wanted_to,
       row_number() OVER (PARTITION BY w.service_id ORDER BY w.boost DESC, w.created_at, w.id) AS place
  FROM waiting_list_entries w
 WHERE w.resolved_at IS NULL
   AND w.wanted_to >= current_date;

-- migrate:down

DROP VIEW waiting_list;
ALTER TABLE waiting_list_entries DROP COLUMN boost;
