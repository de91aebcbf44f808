-- revision: 0048
-- down_revision: 0046
-- depends_on:
-- branch_labels:
-- message: row-level security and a view for payments
-- created_at: 2025-09-10 13:28:51+00

-- migrate:up

ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE gift_vouchers ENABLE ROW LEVEL SECURITY;

CREATE POLICY invoices_tenant ON invoices USING (organisation_id = current_organisation());
CREATE POLICY payments_tenant ON payments USING (organisation_id = current_organisation());
CREATE POLICY gift_vouchers_tenant ON gift_vouchers USING (organisation_id = current_organisation());

-- Issued invoices are never edited away, whoever asks.
CREATE POLICY invoices_keep_issued ON invoices
    AS RESTRICTIVE
    FOR DELETE
    USING (status = 'draft');

CREATE VIEW open_invoices AS
SELECT i.id,
       i.organisation_id,
       i.customer_id,
       i.number,
       i.due_on,
       i.total,
       coalesce(p.paid, 0) AS paid,
       i.total - coalesce(p.paid, 0) AS outstanding,
       i.due_on < current_date AS is_overdue
  FROM invoices i
  LEFT JOIN (SELECT invoice_id, sum(amount) AS paid
               FROM payments
              WHERE state = 'settled'
              GROUP BY invoice_id) AS p ON p.invoice_id = i.id
 WHERE i.status = 'open';

-- migrate:down

DROP VIEW open_invoices;

DROP POLICY invoices_keep_issued ON invoices;
DROP POLICY gift_vouchers_tenant ON gift_vouchers;
DROP POLICY payments_tenant ON payments;
DROP POLICY invoices_tenant ON invoices;

ALTER TABLE gift_vouchers DISABLE ROW LEVEL SECURITY;
ALTER TABLE payments DISABLE ROW LEVEL SECURITY;
ALTER TABLE invoices DISABLE ROW LEVEL SECURITY;
