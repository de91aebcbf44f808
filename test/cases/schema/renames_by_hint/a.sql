CREATE TABLE people (id integer PRIMARY KEY, nme text NOT NULL, age integer);
CREATE INDEX people_nme ON people (nme);
CREATE VIEW adults AS SELECT id, nme FROM people WHERE age > 17;
CREATE TYPE sort AS ENUM ('a', 'b');
CREATE TABLE uses (s sort, p integer REFERENCES people);
