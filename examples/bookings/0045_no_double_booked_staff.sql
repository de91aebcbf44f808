-- revision: 0045
-- down_revision: 0042
-- depends_on:
-- branch_labels:
-- message: a person gives one appointment at a time
-- created_at: 2025-08-18 08:01:50+00

-- migrate:up

alter table bookings
    add constraint bookings_staff_member_free
    exclude using gist (
        int8range(staff_member_id, staff_member_id, '[]') with &&,
        tstzrange(starts_at, ends_at) with &&
    )
    where (staff_member_id is not null and status in ('requested', 'confirmed', 'completed'));

-- migrate:down

alter table bookings drop constraint bookings_staff_member_free;
