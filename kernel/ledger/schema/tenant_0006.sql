-- A tenant's own file: what is numbered or named by the ledger itself lies in one tree instead of
-- a table and an index beside it, so that a commit writes fewer pages. Columns, keys and rows are
-- what they were: a program of schema 2 may read and write. SQLite alone; where tenants share
-- tables their keys stay as they are.

create table event_6 (
  tenant_id text not null,
  sequence integer primary key,
  incarnation bigint not null,
  event_id text not null,
  type text not null,
  body text not null,
  committed_ms bigint not null
);
insert into event_6 select tenant_id, sequence, incarnation, event_id, type, body, committed_ms
  from event order by sequence;

create table usage_fact_6 (
  tenant_id text not null,
  sequence integer primary key references event_6 (sequence),
  kind text not null,
  quantity_milli bigint not null,
  subject text not null,
  attributes_json text not null,
  occurred_ms bigint not null
);
insert into usage_fact_6 select tenant_id, sequence, kind, quantity_milli, subject,
  attributes_json, occurred_ms from usage_fact order by sequence;
drop table usage_fact;
drop table event;
alter table event_6 rename to event;
alter table usage_fact_6 rename to usage_fact;
create unique index event_of_id on event (tenant_id, event_id);

create table audit_record_6 (
  tenant_id text not null,
  sequence integer primary key,
  format bigint not null,
  incarnation bigint not null,
  time_ms bigint not null,
  type text not null,
  subject_ref text not null,
  commit_id text not null,
  commitment blob not null,
  hash blob not null,
  payload text,
  salt blob
);
insert into audit_record_6 select tenant_id, sequence, format, incarnation, time_ms, type,
  subject_ref, commit_id, commitment, hash, payload, salt from audit_record order by sequence;
drop table audit_record;
alter table audit_record_6 rename to audit_record;
create index audit_record_subject on audit_record (tenant_id, subject_ref, sequence);

create table ledger_commit_6 (
  tenant_id text not null,
  commit_id text not null,
  incarnation bigint not null,
  event_sequence bigint,
  audit_sequence bigint not null,
  time_ms bigint not null,
  primary key (tenant_id, commit_id)
) without rowid;
insert into ledger_commit_6 select tenant_id, commit_id, incarnation, event_sequence,
  audit_sequence, time_ms from ledger_commit order by tenant_id, commit_id;
drop table ledger_commit;
alter table ledger_commit_6 rename to ledger_commit;
