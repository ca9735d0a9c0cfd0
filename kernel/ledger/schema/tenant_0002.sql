-- Profile types, default orders, quarantine, one final event for each attempt, notifications taken
-- in a storm, and reports to the operator. Nothing is taken away: a program of schema 1 may still
-- read. It may not write, for what it does not know of it would leave at the defaults.

alter table profile add column ppk_object text not null default '';
alter table profile add column ppk_sha256 blob;
alter table profile add column ppk_sealed_keys blob;
alter table profile add column saip_version text not null default '';
alter table profile add column services text not null default '';
alter table profile add column quarantined bigint not null default 0;
alter table profile add column installations bigint not null default 0;
-- Whose package left and whose card has not spoken since.
update profile set quarantined = 1 where state = 'Downloaded' or (state = 'Error'
  and (tenant_id, iccid) in (select tenant_id, iccid from attempt where state in (1, 4)));
update profile set installations = 1 where state = 'Installed';
drop index profile_stock;
create index profile_stock
  on profile (tenant_id, profile_type, iccid) where state = 'Available' and eid is null;
create index profile_of_type on profile (tenant_id, profile_type);

alter table profile_order add column default_use bigint not null default 0;
alter table profile_order add column requester text not null default 'operator';
alter table profile_order add column smds_address text not null default '';
alter table profile_order add column inherits_quarantine bigint not null default 0;
-- Under schema 1 an order without a MatchingID was a default order and nothing else.
update profile_order set default_use = 1 where matching_id is null;
drop index profile_order_default;
create index profile_order_default
  on profile_order (tenant_id, eid, created_sequence) where is_open = 1 and default_use = 1;
create index profile_order_expiry
  on profile_order (tenant_id, expires_ms) where is_open = 1 and expires_ms <> 0;

alter table attempt add column final_event_id text not null default '';
create index attempt_awaited
  on attempt (tenant_id, state, started_ms) where state = 1 or state = 6;

create table profile_type (
  tenant_id text not null,
  name text not null,
  revision bigint not null,
  document text not null,
  changed_ms bigint not null,
  primary key (tenant_id, name)
);

create table pending_notification (
  tenant_id text not null,
  digest blob not null,
  notification blob,
  received_ms bigint not null,
  commit_sequence bigint not null,
  primary key (tenant_id, digest)
);
create index pending_notification_queue on pending_notification (tenant_id, commit_sequence);

create table progress_report (
  tenant_id text not null,
  report_id text not null,
  revision bigint not null,
  commit_sequence bigint not null,
  position bigint not null,
  iccid text not null,
  point bigint not null,
  body text not null,
  state bigint not null,
  tries bigint not null,
  next_ms bigint not null,
  created_ms bigint not null,
  problem text not null,
  primary key (tenant_id, report_id)
);
create unique index progress_report_queue
  on progress_report (tenant_id, iccid, state, commit_sequence, position);
create index progress_report_state
  on progress_report (tenant_id, state, commit_sequence, position, next_ms);
