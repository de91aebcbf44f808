CREATE PROCEDURE p1(a integer, INOUT b integer) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
CREATE PROCEDURE p2(a integer) LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE PROCEDURE p3(OUT a integer) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
