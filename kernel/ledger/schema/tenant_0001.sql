-- A tenant's stock, orders, downloads and outbox.

create table profile (
  tenant_id text not null,
  iccid text not null,
  revision bigint not null,
  state text not null,
  profile_type text not null,
  eid text,
  object_name text not null,
  object_size bigint not null,
  object_sha256 blob not null,
  service_provider_name text not null,
  profile_name text not null,
  owner_mcc_mnc text,
  owner_gid1 text not null,
  owner_gid2 text not null,
  order_id text not null,
  created_ms bigint not null,
  changed_ms bigint not null,
  primary key (tenant_id, iccid)
);
create index profile_stock on profile (tenant_id, profile_type, iccid) where state = 'Available';

create table profile_order (
  tenant_id text not null,
  order_id text not null,
  revision bigint not null,
  iccid text not null,
  is_open bigint not null,
  matching_id text,
  eid text,
  correlation_id text not null,
  expires_ms bigint not null,
  attempts_used bigint not null,
  attempts_max bigint not null,
  code_sha256 blob,
  code_attempts_used bigint not null,
  code_attempts_max bigint not null,
  created_ms bigint not null,
  created_sequence bigint not null,
  primary key (tenant_id, order_id),
  foreign key (tenant_id, iccid) references profile (tenant_id, iccid)
);
create unique index profile_order_open_code
  on profile_order (tenant_id, matching_id) where is_open = 1;
create unique index profile_order_open_profile on profile_order (tenant_id, iccid) where is_open = 1;
create index profile_order_code on profile_order (tenant_id, matching_id, created_sequence);
create index profile_order_default
  on profile_order (tenant_id, eid, created_sequence) where is_open = 1 and matching_id is null;

create table attempt (
  tenant_id text not null,
  transaction_id text not null,
  revision bigint not null,
  order_id text not null,
  iccid text not null,
  eid text not null,
  attempt_number bigint not null,
  state bigint not null,
  euicc_certificate blob,
  smdp_oid text not null,
  started_ms bigint not null,
  ended_ms bigint not null,
  primary key (tenant_id, transaction_id),
  foreign key (tenant_id, order_id) references profile_order (tenant_id, order_id)
);
create index attempt_order on attempt (tenant_id, order_id);

create table binding (
  tenant_id text not null,
  iccid text not null,
  revision bigint not null,
  order_id text not null,
  eid text not null,
  euicc_otpk blob,
  dp_otpk blob,
  control_ref_template blob,
  sealed_session_keys blob,
  metadata blob,
  ci_key_id text not null,
  created_ms bigint not null,
  primary key (tenant_id, iccid),
  foreign key (tenant_id, order_id) references profile_order (tenant_id, order_id)
);
create index binding_order on binding (tenant_id, order_id);

create table evidence (
  tenant_id text not null,
  eid text not null,
  sequence_number bigint not null,
  digest blob not null,
  operation text not null,
  iccid text,
  notification blob,
  received_ms bigint not null,
  commit_sequence bigint not null,
  primary key (tenant_id, eid, sequence_number, digest)
);
create index evidence_feed on evidence (tenant_id, commit_sequence);

create table data_key (
  tenant_id text not null,
  key_id bigint not null,
  wrapped blob,
  created_ms bigint not null,
  primary key (tenant_id, key_id)
);

create table stored_answer (
  tenant_id text not null,
  requester text not null,
  function text not null,
  identifier text not null,
  body_sha256 blob not null,
  sealed_answer blob,
  created_ms bigint not null,
  primary key (tenant_id, requester, function, identifier)
);

create table event (
  tenant_id text not null,
  sequence bigint not null,
  incarnation bigint not null,
  event_id text not null,
  type text not null,
  body text not null,
  committed_ms bigint not null,
  primary key (tenant_id, sequence),
  unique (tenant_id, event_id)
);

create table usage_fact (
  tenant_id text not null,
  sequence bigint not null,
  kind text not null,
  quantity_milli bigint not null,
  subject text not null,
  attributes_json text not null,
  occurred_ms bigint not null,
  primary key (tenant_id, sequence),
  foreign key (tenant_id, sequence) references event (tenant_id, sequence)
);
