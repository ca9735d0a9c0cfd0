-- Which node does a tenant's background work that must not be done twice at once, for hosts of more
-- than one node. docs/decisions/shared-sessions.md

create table worker_lease (
  tenant_id text not null,
  work text not null,
  holder text not null,
  revision bigint not null,
  primary key (tenant_id, work)
);
