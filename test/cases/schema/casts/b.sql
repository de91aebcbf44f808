CREATE TYPE point2 AS (x integer, y integer);
CREATE FUNCTION as_text(point2) RETURNS text LANGUAGE sql AS $$ SELECT $1.x || ',' || $1.y $$;
CREATE CAST (point2 AS text) WITH FUNCTION as_text(point2) AS IMPLICIT;
COMMENT ON CAST (point2 AS text) IS 'a cast';
CREATE TYPE e AS ENUM ('a');
CREATE CAST (text AS e) WITH INOUT AS IMPLICIT;
