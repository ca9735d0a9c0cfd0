-- A data key wrapped a second time, for the HSM or key that comes next. A program of schema 2 may read
-- and write: it goes on with `wrapped`, which stays what it was until the operator ends the change.

alter table data_key add column next_wrapped blob;
alter table data_key add column revision bigint not null default 1;
