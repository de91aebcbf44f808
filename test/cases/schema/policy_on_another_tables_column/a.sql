CREATE TABLE members (who text, org integer);
CREATE TABLE docs (id integer, org integer);
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON docs FOR SELECT USING (EXISTS (SELECT FROM members m WHERE m.org = docs.org AND m.who = current_user));
CREATE VIEW orgs AS SELECT DISTINCT org FROM members;
