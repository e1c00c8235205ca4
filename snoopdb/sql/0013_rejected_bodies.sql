-- What was no list of audit events at all, for a look at it: who sends what to the wrong place, or breaks it on the way.

create table testing.rejected_body (
  sha256 bytea primary key,
  source text not null,
  reason text not null,
  start bytea not null,
  bytes bigint not null,
  seen bigint not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index rejected_body_last_seen_at on testing.rejected_body (last_seen_at);
comment on table testing.rejected_body is 'Bodies that were answered 400, the last thousand of them: no JSON, or no EventList and no Event. Nothing of them is stored elsewhere';
comment on index testing.rejected_body_last_seen_at is 'Those that were not seen for the longest time first: they go';
comment on column testing.rejected_body.sha256 is 'Hash of the body: one that comes again has one row';
comment on column testing.rejected_body.source is 'The cluster it was sent for, the last time';
comment on column testing.rejected_body.reason is 'What the sender was told';
comment on column testing.rejected_body.start is 'Its first bytes';
comment on column testing.rejected_body.bytes is 'Its size';
comment on column testing.rejected_body.seen is 'How often it came';
comment on column testing.rejected_body.first_seen_at is 'When it came first';
comment on column testing.rejected_body.last_seen_at is 'When it came last';

-- Raw bytes of large events would be pressed together for seconds, while others wait for the same connection.
alter table testing.held_rejection alter column raw set storage external;
