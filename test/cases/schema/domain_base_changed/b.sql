CREATE DOMAIN amount AS numeric(10,2) DEFAULT 0 NOT NULL CONSTRAINT positive CHECK (VALUE >= 0);
CREATE DOMAIN small AS amount CONSTRAINT is_small CHECK (VALUE < 100);
CREATE TABLE t (id integer, a amount, s small DEFAULT 5, many amount[]);
CREATE VIEW v AS SELECT a, s FROM t;
CREATE FUNCTION f(amount) RETURNS small LANGUAGE sql AS $$ SELECT 5 $$;
COMMENT ON DOMAIN amount IS 'money';
COMMENT ON CONSTRAINT positive ON DOMAIN amount IS 'no debts';
