-- revision: 0053
-- down_revision: 9c41e7d20b5f
-- depends_on:
-- branch_labels:
-- message: one invoice for a whole series
-- created_at: 2025-10-28 08:30:58+00

-- migrate:up

ALTER TABLE invoices ADD COLUMN series_id bigint REFERENCES booking_series (id) ON DELETE SET NULL;
CREATE INDEX invoices_series_id_idx ON invoices (series_id) WHERE series_id IS NOT NULL;

COMMENT ON COLUMN invoices.series_id IS 'Set when every line belongs to one series of bookings';

UPDATE invoices i
   SET series_id = x.series_id
  FROM (SELECT l.invoice_id, min(b.series_id) AS series_id
          FROM invoice_lines l
          JOIN bookings b ON b.id = l.booking_id
         GROUP BY l.invoice_id
        HAVING count(DISTINCT b.series_id) = 1
           AND count(*) = count(b.series_id)) AS x
 WHERE x.invoice_id = i.id;

-- migrate:down

DROP INDEX invoices_series_id_idx;
ALTER TABLE invoices DROP COLUMN series_id;
