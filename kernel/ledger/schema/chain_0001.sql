-- What every ledger has, the host's and each tenant's: its head, its commits, its audit chain.
-- For PostgreSQL `blob` reads `bytea`; nothing else differs. docs/reference/ledger-format.md
-- describes each column.

create table tenant_head (
  tenant_id text not null,
  last_event_sequence bigint not null,
  last_audit_sequence bigint not null,
  last_audit_hash blob not null,
  epoch bigint not null,
  incarnation bigint not null,
  primary key (tenant_id)
);

create table ledger_commit (
  tenant_id text not null,
  commit_id text not null,
  incarnation bigint not null,
  event_sequence bigint,
  audit_sequence bigint not null,
  time_ms bigint not null,
  primary key (tenant_id, commit_id)
);

create table subject (
  tenant_id text not null,
  subject_ref text not null,
  kind bigint not null,
  identity text,
  created_ms bigint not null,
  primary key (tenant_id, subject_ref),
  unique (tenant_id, kind, identity)
);

create table audit_record (
  tenant_id text not null,
  sequence bigint not null,
  format bigint not null,
  incarnation bigint not null,
  time_ms bigint not null,
  type text not null,
  subject_ref text not null,
  commit_id text not null,
  commitment blob not null,
  hash blob not null,
  payload text,
  salt blob,
  primary key (tenant_id, sequence)
);
create index audit_record_subject on audit_record (tenant_id, subject_ref, sequence);
