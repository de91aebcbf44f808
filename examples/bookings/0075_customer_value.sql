-- revision: 0075
-- down_revision: 0073
-- depends_on:
-- branch_labels:
-- message: what a customer has booked so far
-- created_at: 2026-05-20 11:48:37+00

-- migrate:up

CREATE VIEW customer_value AS
SELECT c.id AS customer_id,
       c.organisation_id,
       count(b.id) FILTER (WHERE b.status = 'completed') AS completed,
       count(b.id) FILTER (WHERE b.status = 'cancelled') AS cancelled,
       coalesce(sum(b.price) FILTER (WHERE b.status = 'completed'), 0) AS revenue,
       max(b.starts_at) FILTER (WHERE b.status = 'completed') AS last_visit,
       rank() OVER (PARTITION BY c.organisation_id
                    ORDER BY coalesce(sum(b.price) FILTER (WHERE b.status = 'completed'), 0) DESC) AS rank
  FROM customers c
  LEFT JOIN bookings b ON b.customer_id = c.id
 WHERE c.merged_into IS NULL
 GROUP BY c.id;

-- migrate:down

DROP VIEW customer_value;
