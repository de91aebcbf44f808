CREATE TABLE t (id integer);
CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF tg_tag LIKE 'CREATE SCHEMA%' THEN RAISE EXCEPTION 'no %', tg_tag; END IF; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION no();
