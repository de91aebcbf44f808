-- migrate:renamed people
CREATE TABLE persons (
	id integer PRIMARY KEY,
	-- migrate:renamed nme
	name text NOT NULL,
	age bigint
);
-- migrate:renamed people_nme
CREATE INDEX persons_name ON persons (name);
-- migrate:renamed adults
CREATE VIEW grown_ups AS SELECT id, name FROM persons WHERE age > 17;
-- migrate:renamed sort
CREATE TYPE kind AS ENUM ('a', 'b', 'c');
CREATE TABLE uses (s kind, p integer REFERENCES persons);
