CREATE COLLATION german (provider = icu, locale = 'de-AT');
CREATE COLLATION num (provider = icu, locale = 'en-u-kn-true');
CREATE TABLE t (a text, b text COLLATE num, c text COLLATE "POSIX");
CREATE INDEX i ON t (a, b COLLATE num);
CREATE VIEW v AS SELECT a, b COLLATE german AS b FROM t;
