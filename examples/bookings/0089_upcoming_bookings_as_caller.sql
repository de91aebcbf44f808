-- revision: 0089
-- down_revision: 0088
-- depends_on:
-- branch_labels:
-- message: upcoming bookings with the rights of the caller
-- created_at: 2026-08-27 16:35:30+00

-- migrate:up

create or replace view upcoming_bookings with (security_invoker = true) as
select b.id,
       b.organisation_id,
       b.reference,
       b.starts_at,
       b.ends_at,
       b.status,
       concat_ws(' ', c.given_name, c.family_name) as customer_name,
       s.name as service_name,
       r.name as room_name,
       m.name as staff_member_name,
       b.priority
  from bookings b
  join customers c on c.id = b.customer_id
  left join services s on s.id = b.service_id
  left join rooms r on r.id = b.room_id
  left join staff_members m on m.id = b.staff_member_id
 where b.starts_at > now()
   and b.status in ('requested', 'confirmed');

-- migrate:down

drop view upcoming_bookings;

create view upcoming_bookings as
select b.id,
       b.organisation_id,
       b.reference,
       b.starts_at,
       b.ends_at,
       b.status,
       concat_ws(' ', c.given_name, c.family_name) as customer_name,
       s.name as service_name,
       r.name as room_name
  from bookings b
  join customers c on c.id = b.customer_id
  left join services s on s.id = b.service_id
  left join rooms r on r.id = b.room_id
 where b.starts_at > now()
   and b.status in ('requested', 'confirmed');

comment on view upcoming_bookings is 'What the front desk sees in the morning';
