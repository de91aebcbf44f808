CREATE TYPE c AS (a text, b text COLLATE "C", d integer);
CREATE TYPE single AS (x integer);
