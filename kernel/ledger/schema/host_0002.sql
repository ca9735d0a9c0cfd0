-- Documents of the host's own, each with a state and a revision: approvals, break-glass grants,
-- tenants' standings. `tenant_id` is '@host', so that PostgreSQL's row security has them in the
-- host's transactions alone.

create table host_record (
  tenant_id text not null,
  kind text not null,
  record_id text not null,
  revision bigint not null,
  state text not null,
  body text not null,
  created_ms bigint not null,
  changed_ms bigint not null,
  primary key (tenant_id, kind, record_id)
);
create index host_record_state on host_record (tenant_id, kind, state, record_id);
