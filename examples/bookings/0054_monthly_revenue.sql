-- revision: 0054
-- down_revision: 0053
-- depends_on:
-- branch_labels:
-- message: monthly revenue
-- created_at: 2025-11-04 13:51:41+00

-- migrate:up

CREATE MATERIALIZED VIEW monthly_revenue AS
SELECT i.organisation_id,
       date_trunc('month', i.issued_on::timestamp)::date AS month,
       i.currency_code,
       count(*) AS invoices,
       sum(i.total) AS total
  FROM invoices i
 WHERE i.status IN ('open', 'paid')
 GROUP BY 1, 2, 3;

-- REFRESH ... CONCURRENTLY asks for a unique index.
CREATE UNIQUE INDEX monthly_revenue_key ON monthly_revenue (organisation_id, month, currency_code);

COMMENT ON MATERIALIZED VIEW monthly_revenue IS 'Invoiced per month; refreshed every night';

-- migrate:down

DROP MATERIALIZED VIEW monthly_revenue;
