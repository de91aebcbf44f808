-- revision: 0080
-- down_revision: 0079
-- depends_on:
-- branch_labels:
-- message: audit partition for 2026
-- created_at: 2026-06-26 16:26:52+00

-- migrate:up

-- The default partition may hold rows of that year already. It steps aside,
-- the rows move, and it comes back.

ALTER TABLE audit_events DETACH PARTITION audit_events_other;

CREATE TABLE audit_events_2026 PARTITION OF audit_events
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');

WITH moved AS (
    DELETE FROM audit_events_other
     WHERE occurred_at >= '2026-01-01 00:00:00+00'
       AND occurred_at < '2027-01-01 00:00:00+00'
    RETURNING id, organisation_id, user_id, action, detail, occurred_at
)
INSERT INTO audit_events (id, organisation_id, user_id, action, detail, occurred_at)
SELECT id, organisation_id, user_id, action, detail, occurred_at
  FROM moved;

ALTER TABLE audit_events ATTACH PARTITION audit_events_other DEFAULT;

-- migrate:down

ALTER TABLE audit_events DETACH PARTITION audit_events_other;

INSERT INTO audit_events_other (id, organisation_id, user_id, action, detail, occurred_at)
SELECT id, organisation_id, user_id, action, detail, occurred_at
  FROM audit_events_2026;

DROP TABLE audit_events_2026;

ALTER TABLE audit_events ATTACH PARTITION audit_events_other DEFAULT;
