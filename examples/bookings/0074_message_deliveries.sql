-- revision: 0074
-- down_revision: 0072
-- depends_on:
-- branch_labels:
-- message: every attempt to deliver a message
-- created_at: 2026-05-06 11:18:32+00

-- migrate:up

create table message_deliveries (
    message_id bigint not null references messages (id) on delete cascade,
    attempt smallint not null,
    channel message_channel not null,
    attempted_at timestamptz not null default now(),
    succeeded boolean not null,
    error text,
    primary key (message_id, attempt),
    constraint message_deliveries_attempt_positive check (attempt > 0),
    constraint message_deliveries_error_iff_failed check (succeeded = (error is null))
);

comment on table message_deliveries is 'One row per attempt';

insert into message_deliveries (message_id, attempt, channel, attempted_at, succeeded, error)
select id, 1, channel, coalesce(sent_at, failed_at), sent_at is not null, case when sent_at is null then 'unknown' end
  from messages
 where coalesce(sent_at, failed_at) is not null;

alter table messages drop column failed_at;

-- migrate:down

alter table messages add column failed_at timestamptz;

update messages m
   set failed_at = d.attempted_at
  from (select message_id, max(attempted_at) as attempted_at
          from message_deliveries
         group by message_id
        having not bool_or(succeeded)) as d
 where d.message_id = m.id;

drop table message_deliveries;
