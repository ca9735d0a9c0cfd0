-- Before a migration: the owner sees all rows. postgres_rows.sql ends that; a start that finds a
-- table left so is refused.
do $$
declare
  l_table text;
begin
  for l_table in
    select c.relname from pg_class c where c.relnamespace = current_schema()::regnamespace
      and c.relkind = 'r' and c.relforcerowsecurity
  loop
    execute format('alter table %I no force row level security', l_table);
  end loop;
end $$;
