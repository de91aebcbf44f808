-- revision: 0056
-- down_revision: 0055
-- depends_on:
-- branch_labels:
-- message: plans of organisations
-- created_at: 2025-11-20 09:58:24+00

-- migrate:up

CREATE TABLE plans (
    code           text PRIMARY KEY,
    name           text NOT NULL,
    monthly_price  integer NOT NULL,
    max_rooms      integer,
    max_staff      integer,
    CONSTRAINT plans_price_not_negative CHECK (monthly_price >= 0)
);
COMMENT ON TABLE plans IS 'What an organisation pays us; no limit where a maximum is NULL';

INSERT INTO plans (code, name, monthly_price, max_rooms, max_staff) VALUES
    ('village', 'Village', 0, 2, 3),
    ('town', 'Town', 1900, 10, 20),
    ('city', 'City', 4900, NULL, NULL);

ALTER TABLE organisations ADD COLUMN plan_code text REFERENCES plans (code) ON DELETE RESTRICT;

-- The smallest plan that holds what an organisation already has.
UPDATE organisations o
   SET plan_code = (SELECT p.code
                      FROM plans p
                     WHERE (p.max_rooms IS NULL OR p.max_rooms >= (SELECT count(*) FROM rooms r WHERE r.organisation_id = o.id))
                       AND (p.max_staff IS NULL OR p.max_staff >= (SELECT count(*) FROM staff_members m WHERE m.organisation_id = o.id))
                     ORDER BY p.monthly_price
                     LIMIT 1);

ALTER TABLE organisations
    ALTER COLUMN plan_code SET DEFAULT 'village',
    ALTER COLUMN plan_code SET NOT NULL;

CREATE INDEX organisations_plan_code_idx ON organisations (plan_code);

-- migrate:down

DROP INDEX organisations_plan_code_idx;
ALTER TABLE organisations DROP COLUMN plan_code;
DROP TABLE plans;
