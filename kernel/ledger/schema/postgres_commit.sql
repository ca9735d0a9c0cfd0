-- What apply.cc does with a batch, as one function. Its name ends in a digest of this text with the
-- statements of all_writes() put in, and of postgres_rows.sql. A cell's octets are hexadecimal; what only the
-- commit knows is written into the unit's text before it is read: mark and 1 time, 2 incarnation,
-- 3 sequence of the audit record, 4 of the event.

create or replace function berth_field(p_octets bytea) returns bytea
  language sql immutable strict as
$$ select int8send(octet_length(p_octets)::bigint) || p_octets $$;

create or replace function berth_step_@VERSION@(p_statement integer, p_cells jsonb) returns bigint
  language plpgsql as
$step$
declare
  l_rows bigint;
begin
  case p_statement
@CASES@  end case;
  get diagnostics l_rows = row_count;
  return l_rows;
end
$step$;

create or replace function berth_commit_@VERSION@(
  p_tenant text, p_epoch bigint, p_time bigint, p_mark text, p_units text[]) returns text
  language plpgsql as
$commit$
declare
  l_head tenant_head%rowtype;
  l_time bigint := coalesce(p_time, floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
  l_text text;
  l_unit jsonb;
  l_steps jsonb;
  l_step jsonb;
  l_audit jsonb;
  l_part integer;
  l_refusal integer;
  l_rows bigint;
  l_event bigint;
  l_sequence bigint;
  l_known ledger_commit%rowtype;
  l_subject text;
  l_hash bytea;
  l_wrote boolean := false;
  l_results text[] := '{}';
begin
  perform set_config('berth.tenant', p_tenant, true);
  select h.* into l_head from tenant_head h where h.tenant_id = p_tenant for update;
  if not found then
    raise exception 'the ledger has no head for this tenant' using errcode = 'BR003';
  end if;
  if l_head.epoch <> p_epoch then
    raise exception 'the epoch has moved' using errcode = 'BR001';
  end if;
  foreach l_text in array p_units loop
    l_sequence := l_head.last_audit_sequence + 1;
    l_event := l_head.last_event_sequence + 1;
    l_text := replace(l_text, p_mark || '1', l_time::text);
    l_text := replace(l_text, p_mark || '2', l_head.incarnation::text);
    l_text := replace(l_text, p_mark || '3', l_sequence::text);
    l_text := replace(l_text, p_mark || '4', l_event::text);
    l_unit := l_text::jsonb;
    select c.* into l_known from ledger_commit c
      where c.tenant_id = p_tenant and c.commit_id = l_unit->>'commit';
    if found then
      l_results := l_results || format('k %s %s %s %s', l_known.incarnation,
        coalesce(l_known.event_sequence, 0), l_known.audit_sequence, l_known.time_ms);
      continue;
    end if;
    if l_unit ? 'answer' then
      perform 1 from stored_answer s where s.tenant_id = p_tenant
        and s.requester = l_unit->'answer'->>0 and s.function = l_unit->'answer'->>1
        and s.identifier = l_unit->'answer'->>2;
      if found then
        l_results := l_results || format('r 4 %s', (l_unit->>'parts')::integer - 1);
        continue;
      end if;
    end if;
    l_part := 0;
    begin
      l_steps := l_unit->'steps';
      for l_index in 0 .. jsonb_array_length(l_steps) - 1 loop
        l_step := l_steps->l_index;
        l_part := (l_step->>1)::integer;
        l_refusal := (l_step->>2)::integer;
        -- Never within the condition: what a planner can tell without it, it may leave out.
        l_rows := berth_step_@VERSION@((l_step->>0)::integer, l_step->3);
        if l_refusal <> 0 and l_rows <> 1 then
          raise exception 'a guard' using errcode = 'BR002';
        end if;
      end loop;

      l_audit := l_unit->'audit';
      select s.subject_ref into l_subject from subject s where s.tenant_id = p_tenant
        and s.kind = (l_audit->>1)::bigint and s.identity = l_audit->>2;
      if not found then
        l_subject := l_audit->>3;
        insert into subject (tenant_id, subject_ref, kind, identity, created_ms)
          values (p_tenant, l_subject, (l_audit->>1)::bigint, l_audit->>2, l_time);
      end if;
      l_hash := sha256(
        berth_field('berth.audit.record'::bytea) || berth_field(l_head.last_audit_hash)
        || berth_field(int8send(@FORMAT@)) || berth_field(int8send(l_head.incarnation))
        || berth_field(int8send(l_sequence)) || berth_field(int8send(l_time))
        || berth_field(convert_to(l_audit->>0, 'UTF8')) || berth_field(convert_to(l_subject, 'UTF8'))
        || berth_field(convert_to(l_unit->>'commit', 'UTF8'))
        || berth_field(decode(l_audit->>6, 'hex')));
      insert into audit_record (tenant_id, sequence, format, incarnation, time_ms, type,
          subject_ref, commit_id, commitment, hash, payload, salt)
        values (p_tenant, l_sequence, @FORMAT@, l_head.incarnation, l_time, l_audit->>0, l_subject,
          l_unit->>'commit', decode(l_audit->>6, 'hex'), l_hash, l_audit->>4,
          decode(l_audit->>5, 'hex'));
      if (l_unit->>'event')::integer = 0 then
        l_event := null;
      end if;
      insert into ledger_commit (tenant_id, commit_id, incarnation, event_sequence, audit_sequence,
          time_ms)
        values (p_tenant, l_unit->>'commit', l_head.incarnation, l_event, l_sequence, l_time);
      l_head.last_audit_sequence := l_sequence;
      l_head.last_audit_hash := l_hash;
      if l_event is not null then
        l_head.last_event_sequence := l_event;
      end if;
      l_wrote := true;
      l_results := l_results || format('c %s %s %s %s', l_head.incarnation, coalesce(l_event, 0),
        l_sequence, l_time);
    exception
      when sqlstate 'BR002' then
        l_results := l_results || format('r %s %s', l_refusal, l_part);
      when unique_violation then
        l_results := l_results || format('r 2 %s', l_part);
      when foreign_key_violation then
        l_results := l_results || format('r 1 %s', l_part);
    end;
  end loop;
  if l_wrote then
    update tenant_head set last_event_sequence = l_head.last_event_sequence,
        last_audit_sequence = l_head.last_audit_sequence, last_audit_hash = l_head.last_audit_hash
      where tenant_id = p_tenant;
  end if;
  return array_to_string(l_results, ';');
end
$commit$;
