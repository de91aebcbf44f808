CREATE TABLE person (first text, last text);
CREATE FUNCTION full_name(person) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.first || ' ' || $1.last $$;
CREATE INDEX by_name ON person (full_name(person));
CREATE VIEW named AS SELECT p.full_name FROM person p;
