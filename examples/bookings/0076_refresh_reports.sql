-- revision: 0076
-- down_revision: 0075
-- depends_on:
-- branch_labels:
-- message: refresh all reports
-- created_at: 2026-06-01 13:16:34+00

-- migrate:up

CREATE TABLE report_refreshes (
    report        text PRIMARY KEY,
    refreshed_at  timestamptz NOT NULL,
    took          interval NOT NULL
);
COMMENT ON TABLE report_refreshes IS 'When a materialized view was last refreshed';

CREATE PROCEDURE refresh_reports()
LANGUAGE plpgsql AS $procedure$
DECLARE
    report   name;
    started  timestamptz;
BEGIN
    FOREACH report IN ARRAY ARRAY['monthly_revenue', 'daily_occupancy']::name[] LOOP
        started := clock_timestamp();
        EXECUTE format('REFRESH MATERIALIZED VIEW %I', report);
        INSERT INTO report_refreshes AS r (report, refreshed_at, took)
        VALUES (report, started, clock_timestamp() - started)
        ON CONFLICT ON CONSTRAINT report_refreshes_pkey
        DO UPDATE SET refreshed_at = excluded.refreshed_at, took = excluded.took;
    END LOOP;
END;
$procedure$;

-- migrate:down

DROP PROCEDURE refresh_reports();
DROP TABLE report_refreshes;
