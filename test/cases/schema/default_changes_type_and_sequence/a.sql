CREATE SEQUENCE counter;
CREATE TABLE t (a integer DEFAULT nextval('counter'), b text DEFAULT 'x' || current_user, c timestamptz DEFAULT now(), d integer[] DEFAULT '{1,2}');
