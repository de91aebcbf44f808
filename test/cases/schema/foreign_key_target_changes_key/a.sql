CREATE TABLE a (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE b (a_id integer REFERENCES a, a_code text REFERENCES a (code));
