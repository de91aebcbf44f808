CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = many_floats);
CREATE TABLE t (r floats, m many_floats);
CREATE TYPE words AS RANGE (subtype = text, collation = "POSIX");
CREATE FUNCTION width(floats) RETURNS float8 LANGUAGE sql AS 'SELECT upper($1) - lower($1)';
