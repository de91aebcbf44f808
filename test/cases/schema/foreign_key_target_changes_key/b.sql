CREATE TABLE a (id bigint, code text NOT NULL, CONSTRAINT a_code_key PRIMARY KEY (code), CONSTRAINT a_pkey UNIQUE (id));
CREATE TABLE b (a_id bigint REFERENCES a (id), a_code text REFERENCES a);
