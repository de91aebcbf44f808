CREATE COLLATION german (provider = icu, locale = 'de');
CREATE COLLATION num (provider = icu, locale = 'en-u-kn-true', deterministic = false);
CREATE TABLE t (a text COLLATE german, b text, c text COLLATE "C");
CREATE INDEX i ON t (a, b COLLATE num);
CREATE VIEW v AS SELECT a, b COLLATE german AS b FROM t;
