-- Every delivery of one profile, whatever order it was for. Nothing changes but how fast it is found:
-- a program of schema 2 may read and write.

create index attempt_of_profile on attempt (tenant_id, iccid, started_ms);
