CREATE TYPE e AS ENUM ('y', 'z');
CREATE TYPE pair AS (left_one e, right_one e);
CREATE FUNCTION make(l e, r e DEFAULT 'y') RETURNS pair LANGUAGE sql AS $$ SELECT (l, r)::public.pair $$;
CREATE TABLE t (p e, FOREIGN KEY (p) REFERENCES t (p), UNIQUE (p));
