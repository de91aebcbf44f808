CREATE TABLE kept (id integer NOT NULL CONSTRAINT shared_key PRIMARY KEY, x integer);
CREATE INDEX shared_index ON kept (x);
CREATE TABLE kept_i (id integer);
CREATE VIEW swap AS SELECT 1 AS x;
CREATE TABLE swap2 (x integer);
CREATE TABLE swap3 (x integer);
CREATE TABLE swap4 (x integer);
CREATE PROCEDURE swap5() LANGUAGE sql AS 'SELECT 1';
