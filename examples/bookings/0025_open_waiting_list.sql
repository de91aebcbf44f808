-- revision: 0025
-- down_revision: 0024
-- depends_on:
-- branch_labels:
-- message: one open waiting list entry per customer and service
-- created_at: 2025-03-24 09:54:31+00

-- migrate:up

DELETE FROM waiting_list_entries w
 USING waiting_list_entries earlier
 WHERE w.resolved_at IS NULL
   AND earlier.resolved_at IS NULL
   AND earlier.customer_id = w.customer_id
   AND earlier.service_id = w.service_id
   AND earlier.id < w.id;

CREATE UNIQUE INDEX waiting_list_entries_open_key
    ON waiting_list_entries (customer_id, service_id)
    WHERE resolved_at IS NULL;

-- migrate:down

DROP INDEX waiting_list_entries_open_key;
