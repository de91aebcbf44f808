CREATE SCHEMA new_one AUTHORIZATION reader_role;
CREATE TABLE new_one.t (id serial PRIMARY KEY);
CREATE VIEW public.v AS SELECT id FROM new_one.t;
CREATE SCHEMA stays;
CREATE TABLE stays.child (id integer REFERENCES new_one.t);
