CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE t (r floats, m floats_multirange);
CREATE TYPE words AS RANGE (subtype = text, collation = "C");
CREATE FUNCTION width(floats) RETURNS float8 LANGUAGE sql AS 'SELECT upper($1) - lower($1)';
