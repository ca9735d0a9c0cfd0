-- The host's own tables.

create table tenant (
  tenant_id text not null,
  created_ms bigint not null,
  primary key (tenant_id)
);
