-- revision: d27a5b80c3e6
-- down_revision: 0076, 0077
-- depends_on:
-- branch_labels:
-- message: merge reporting and messaging
-- created_at: 2026-06-15 08:58:47+00

-- migrate:up

-- Nothing to reconcile, but one view needs both sides.

CREATE VIEW message_statistics AS
SELECT m.organisation_id,
       d.channel,
       count(*) AS attempts,
       count(*) FILTER (WHERE d.succeeded) AS delivered,
       r.refreshed_at AS reports_refreshed_at
  FROM message_deliveries d
  JOIN messages m ON m.id = d.message_id
  LEFT JOIN report_refreshes r ON r.report = 'monthly_revenue'
 GROUP BY m.organisation_id, d.channel, r.refreshed_at;

-- migrate:down

DROP VIEW message_statistics;
