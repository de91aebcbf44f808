CREATE TYPE level AS ENUM ('low', 'middle', 'high');
COMMENT ON TYPE level IS 'how high';
CREATE TABLE t (id integer PRIMARY KEY, l level NOT NULL DEFAULT 'low', many level[] DEFAULT '{low,high}', at_least level GENERATED ALWAYS AS (greatest(l, 'middle'::level)) STORED,
	CONSTRAINT not_high CHECK (l < 'high'), UNIQUE (l, id));
CREATE INDEX by_level ON t (l DESC, id);
CREATE INDEX partial ON t (id) WHERE l > 'low';
CREATE FUNCTION above(x level) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT x > 'low' $$;
CREATE FUNCTION all_levels() RETURNS SETOF level LANGUAGE sql STABLE AS $$ SELECT l FROM public.t $$;
CREATE VIEW v AS SELECT id, l, above(l) AS is_above FROM t WHERE l <> 'high';
CREATE VIEW w AS SELECT l, count(*) AS n FROM v GROUP BY l;
COMMENT ON VIEW w IS 'counted';
COMMENT ON COLUMN w.n IS 'how many';
CREATE MATERIALIZED VIEW mv AS SELECT l FROM t;
CREATE INDEX mv_l ON mv (l);
CREATE DOMAIN some_level AS level DEFAULT 'low' CHECK (VALUE <> 'high');
CREATE TABLE u (s some_level);
