CREATE SCHEMA old_one;
CREATE TABLE old_one.t (id serial PRIMARY KEY);
CREATE VIEW public.v AS SELECT id FROM old_one.t;
CREATE SCHEMA stays;
CREATE TABLE stays.child (id integer REFERENCES old_one.t);
