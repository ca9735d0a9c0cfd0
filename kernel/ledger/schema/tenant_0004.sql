-- What one card signed of one profile is found without reading all it ever signed. The feed's index
-- and that of bindings by order had no reader. Nothing else changes: a program of schema 2 may read
-- and write.

create index evidence_of_profile on evidence (tenant_id, eid, iccid);
drop index evidence_feed;
drop index binding_order;
