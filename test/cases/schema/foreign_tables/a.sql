CREATE EXTENSION postgres_fdw;
CREATE FOREIGN DATA WRAPPER empty_one;
CREATE SERVER s1 FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'one', dbname 'x');
CREATE SERVER s2 TYPE 'oracle' VERSION '1' FOREIGN DATA WRAPPER empty_one;
CREATE USER MAPPING FOR postgres SERVER s1 OPTIONS (user 'u', password 'it''s');
CREATE FOREIGN TABLE f1 (id integer OPTIONS (column_name 'ID'), x text NOT NULL) SERVER s1 OPTIONS (table_name 'remote');
CREATE FOREIGN TABLE f2 (id integer) SERVER s2;
CREATE VIEW v AS SELECT id FROM f1;
