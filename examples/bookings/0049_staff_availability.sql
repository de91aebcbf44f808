-- revision: 0049
-- down_revision: 0047
-- depends_on:
-- branch_labels:
-- message: working hours become availability rules
-- created_at: 2025-09-23 13:23:05+00

-- migrate:up

insert into availability_rules (organisation_id, staff_member_id, weekday, starts_at, ends_at)
select m.organisation_id, m.id, h.weekday, h.starts_at, h.ends_at
  from staff_hours h
  join staff_members m on m.id = h.staff_member_id;

-- migrate:down

delete from availability_rules where staff_member_id is not null;
