-- ES9+ sessions that any node may go on with, for hosts of more than one node. A device whose
-- session is lost starts again, so PostgreSQL need not log the table (`alter table … set unlogged`).
-- For PostgreSQL `blob` reads `bytea`. docs/decisions/shared-sessions.md

create table es9_session (
  tenant_id text not null,
  transaction_id text not null,
  revision bigint not null,
  phase bigint not null,
  expires_ms bigint not null,
  held_until_ms bigint not null,
  begun_ms bigint not null,
  body blob not null,
  primary key (tenant_id, transaction_id)
);
create index es9_session_expiry on es9_session (tenant_id, expires_ms);
-- Only what is not authenticated yet may be given up for others.
create index es9_session_oldest on es9_session (tenant_id, begun_ms) where phase = 1;
