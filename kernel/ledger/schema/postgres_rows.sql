-- After the tables: who may see which rows, and what the service (berth.service) may do. Every table that holds a tenant's rows has them under
-- row level security, for its owner too; a transaction names its tenant in berth.tenant.
do $$
declare
  l_table text;
begin
  for l_table in
    select c.table_name from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = current_schema() and c.column_name = 'tenant_id'
        and t.table_type = 'BASE TABLE'
  loop
    execute format('alter table %I enable row level security', l_table);
    execute format('alter table %I force row level security', l_table);
    execute format('drop policy if exists tenant_rows on %I', l_table);
    execute format('create policy tenant_rows on %I using '
      '(tenant_id = current_setting(''berth.tenant'', true))', l_table);
  end loop;
end $$;
-- The list of tenants is the host's, whoever they are.
drop policy if exists tenant_rows on tenant;
create policy tenant_rows on tenant using (current_setting('berth.tenant', true) = '@host');

do $$
declare
  l_role text := current_setting('berth.service');
  l_schema text := current_schema();
begin
  execute format('grant usage on schema %I to %I', l_schema, l_role);
  execute format('grant select, insert, update, delete on all tables in schema %I to %I', l_schema,
    l_role);
  execute format('revoke insert, update, delete on schema_migration from %I', l_role);
end $$;
