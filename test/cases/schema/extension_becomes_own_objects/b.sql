CREATE DOMAIN citext AS text;
CREATE TABLE t (c citext);
