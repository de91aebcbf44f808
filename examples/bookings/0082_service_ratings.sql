-- revision: 0082
-- down_revision: 0081
-- depends_on:
-- branch_labels:
-- message: ratings of services
-- created_at: 2026-07-10 10:33:32+00

-- migrate:up

ALTER TABLE services
    ADD COLUMN rating       numeric(3, 2),
    ADD COLUMN review_count integer NOT NULL DEFAULT 0;

CREATE FUNCTION rate_services() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE services s
       SET rating = x.rating, review_count = x.review_count
      FROM (SELECT b.service_id, avg(r.rating) AS rating, count(*) AS review_count
              FROM reviews r
              JOIN bookings b ON b.id = r.booking_id
             WHERE b.service_id IN (SELECT tb.service_id FROM touched t JOIN bookings tb ON tb.id = t.booking_id)
             GROUP BY b.service_id) AS x
     WHERE s.id = x.service_id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER reviews_rate_inserted
    AFTER INSERT ON reviews
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rate_services();

CREATE TRIGGER reviews_rate_updated
    AFTER UPDATE ON reviews
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION rate_services();

-- One UPDATE of every review runs the trigger for those from before.
UPDATE reviews SET rating = rating;

-- migrate:down

DROP TRIGGER reviews_rate_updated ON reviews;
DROP TRIGGER reviews_rate_inserted ON reviews;
DROP FUNCTION rate_services();

ALTER TABLE services
    DROP COLUMN review_count,
    DROP COLUMN rating;
