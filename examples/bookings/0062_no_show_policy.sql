-- revision: 0062
-- down_revision: 0061
-- depends_on:
-- branch_labels:
-- message: no-show policy
-- created_at: 2026-01-14 10:08:01+00

-- migrate:up

ALTER TABLE customers ADD COLUMN no_shows integer NOT NULL DEFAULT 0;

UPDATE customers c
   SET no_shows = n.times
  FROM (SELECT customer_id, count(*) AS times
          FROM bookings
         WHERE status = 'no_show'
         GROUP BY customer_id) AS n
 WHERE n.customer_id = c.id;

INSERT INTO organisation_settings (organisation_id, key, value)
SELECT id, 'no_show', '{"after": "15 minutes", "block_after": 3}'
  FROM organisations
ON CONFLICT (organisation_id, key) DO NOTHING;

CREATE FUNCTION mark_no_shows(organisation bigint DEFAULT current_organisation()) RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE
    grace   interval;
    missed  record;
BEGIN
    SELECT (s.value ->> 'after')::interval
      INTO grace
      FROM organisation_settings s
     WHERE s.organisation_id = organisation
       AND s.key = 'no_show';

    FOR missed IN
        UPDATE bookings b
           SET status = 'no_show'
         WHERE b.organisation_id = organisation
           AND b.status = 'confirmed'
           AND b.ends_at < now() - coalesce(grace, interval '15 minutes')
           AND NOT EXISTS (SELECT FROM booking_participants p WHERE p.booking_id = b.id AND p.attended)
        RETURNING b.id, b.customer_id
    LOOP
        UPDATE customers SET no_shows = no_shows + 1 WHERE id = missed.customer_id;
        RETURN NEXT missed.id;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION mark_no_shows(bigint) IS 'Marks what nobody came to, returns the bookings';

-- migrate:down

DROP FUNCTION mark_no_shows(bigint);
DELETE FROM organisation_settings WHERE key = 'no_show';
ALTER TABLE customers DROP COLUMN no_shows;
