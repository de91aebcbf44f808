SELECT id, trunc(amount), note FROM t;
