CREATE TABLE t (a numrange, b nummultirange, c oid, d char(1), e text, f bigint, g varbit(5), h interval, i timetz, j regproc, k text, l numeric, m text);
