-- revision: 0013
-- down_revision: 0012
-- depends_on:
-- branch_labels:
-- message: view of upcoming bookings
-- created_at: 2024-12-10 14:25:06+00

-- migrate:up

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

-- migrate:down

drop view upcoming_bookings;
