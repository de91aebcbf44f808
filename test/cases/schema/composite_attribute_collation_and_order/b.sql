CREATE TYPE single AS ();
CREATE TYPE c AS (a text COLLATE "POSIX", b text, d bigint, e single[]);
