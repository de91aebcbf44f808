-- revision: 0029
-- down_revision: 0028
-- depends_on:
-- branch_labels:
-- message: partitioned audit events
-- created_at: 2025-04-18 12:30:53+00

-- migrate:up

CREATE TABLE audit_events (
    id               uuid NOT NULL DEFAULT gen_random_uuid(),
    organisation_id  bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    user_id          bigint REFERENCES users (id) ON DELETE SET NULL,
    action           text NOT NULL,
    detail           jsonb NOT NULL DEFAULT '{}',
    occurred_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);

COMMENT ON TABLE audit_events IS 'Who did what, when; one partition a year';

CREATE TABLE audit_events_2024 PARTITION OF audit_events
    FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
CREATE TABLE audit_events_2025 PARTITION OF audit_events
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
CREATE TABLE audit_events_other PARTITION OF audit_events DEFAULT;

CREATE INDEX audit_events_organisation_id_idx ON audit_events (organisation_id, occurred_at);
CREATE INDEX audit_events_user_id_idx ON audit_events (user_id);

INSERT INTO audit_events (organisation_id, user_id, action, detail, occurred_at)
SELECT organisation_id, user_id, action, detail, occurred_at
  FROM audit_log;

-- migrate:down

DROP TABLE audit_events;
