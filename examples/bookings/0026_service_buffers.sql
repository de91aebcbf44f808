-- revision: 0026
-- down_revision: 0025
-- depends_on:
-- branch_labels:
-- message: time before and after a service
-- created_at: 2025-03-28 15:30:30+00

-- migrate:up

ALTER TABLE services
    ADD COLUMN buffer_before interval NOT NULL DEFAULT '0 minutes',
    ADD COLUMN buffer_after  interval NOT NULL DEFAULT '0 minutes',
    ADD CONSTRAINT services_buffers_range CHECK (
        buffer_before BETWEEN interval '0' AND interval '2 hours'
        AND buffer_after BETWEEN interval '0' AND interval '2 hours'
    );

COMMENT ON COLUMN services.buffer_before IS 'Time to set up, not shown to the customer';
COMMENT ON COLUMN services.buffer_after IS 'Time to tidy up, not shown to the customer';

UPDATE services s
   SET buffer_after = '10 minutes'
  FROM organisations o
 WHERE o.id = s.organisation_id
   AND o.slug = 'hafen-physio';

-- migrate:down

ALTER TABLE services
    DROP CONSTRAINT services_buffers_range,
    DROP COLUMN buffer_after,
    DROP COLUMN buffer_before;
