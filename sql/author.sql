-- migrate_revision and migrate_merge: new revisions, checked as in a load.
CREATE EXTENSION pg_strata;
SELECT migrate_revision('first', 'CREATE TABLE t (id int);', 'DROP TABLE t;', rev_id => '0001');
SELECT migrate_revision('second', 'ALTER TABLE t ADD a int;', rev_id => '0002');
SELECT revision, down_revision, message, is_reversible FROM migrate_history();
-- An id is twelve random hexadecimal digits unless it is given.
SELECT migrate_revision('by chance', depends_on => '{0001}') ~ '^[0-9a-f]{12}$' AS twelve_digits;
SELECT count(*) FROM migrate_load(ARRAY[migrate_script('0001'), migrate_script('0002')], prune => true);
SELECT count(*) FROM migrate_history();
-- A branch needs splice; it may have a label; a merge joins.
SELECT migrate_revision('beside', rev_id => '0003', head => '0001');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('beside', rev_id => '0003', head => '0001', splice => true, branch_labels => '{side}', depends_on => '{0002}');
SELECT migrate_revision('where to', rev_id => '0004');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('more beside', rev_id => '0004', head => 'side@head', downgrade => '');
SELECT migrate_merge('join', ARRAY['0002', '0004'], rev_id => '0005');
SELECT migrate_revision('a base of its own', rev_id => 'b1', head => 'base', branch_labels => '{own}');
SELECT revision, down_revision, depends_on, branch_labels, message, is_head FROM migrate_history() ORDER BY revision;
SELECT regexp_replace(migrate_script('0003'), 'created_at: \S+ \S+', 'created_at: now');
SELECT regexp_replace(migrate_script('0005'), 'created_at: \S+ \S+', 'created_at: now');
SELECT migrate_merge('join some', ARRAY['0005', 'b1'], rev_id => '0006', branch_labels => '{all}');
-- By default all heads.
SELECT migrate_revision('left', rev_id => '0007', head => '0006', splice => true);
SELECT migrate_revision('right', rev_id => '0008', head => '0006', splice => true);
SELECT migrate_merge('all heads', rev_id => '0009');
SELECT * FROM migrate_heads();
-- Refused as a load would refuse it.
SELECT migrate_revision('again', rev_id => '0001');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('bad', 'SELEKT 1;', rev_id => 'bad1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('bad', rev_id => 'a@b');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('bad', rev_id => 'bad1', branch_labels => '{side}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('bad', rev_id => 'bad1', depends_on => '{nosuch}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('bad', 'COMMIT;', rev_id => 'bad1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_merge('one is none', ARRAY['0009']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_heads();
DROP EXTENSION pg_strata;
