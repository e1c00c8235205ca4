-- Which events belong to a run's requests

create function testing.gives_verb(method text, verb text, request_uri text) returns boolean
  language sql immutable parallel safe
  as $$
    select case
             -- The paths /api/v1/watch/… and /api/v1/proxy/… decide the verb, whatever the method.
             when $2 in ('watch', 'proxy') and $3 ~ ('^/+api(s/+[^/?]+)?/+[^/?]+/+' || $2 || '/') then true
             else coalesce($2, '') = any (
               case $1
                 when 'GET' then array['get', 'list', 'watch']
                 when 'HEAD' then array['get', 'list', 'watch', 'head']
                 when 'POST' then array['create', 'post']
                 when 'PUT' then array['update', 'put']
                 when 'PATCH' then array['patch']
                 when 'DELETE' then array['delete', 'deletecollection']
                 else array['', lower($1)]
               end)
           end
  $$;
comment on function testing.gives_verb(text, text, text) is 'Whether the audit event of a request with this method and requestURI can have this verb. For paths without a resource it is the method in lower case (Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go)';

create function testing.compare_run_events(run text, audit_ids text[])
  returns table (audit_id text, stage text, source text, verb text, request_uri text, code integer, endpoint text, reason text,
                 ambiguous text, is_dry_run boolean, is_hit boolean, seen_at timestamptz, decides boolean, misfit text)
  language sql stable
  as $$
    with asked as materialized (
      select request.audit_id, request.method, request.request_uri, request.status, request.outcome
        from testing.run_request as request
       where request.run = $1 and ($2 is null or request.audit_id = any ($2))
    ), event as (
      select live.audit_id, live.stage, live.source, live.verb, live.data ->> 'requestURI' as request_uri, live.code,
             live.endpoint, live.reason, live.ambiguous, live.is_dry_run, live.is_hit,
             live.ingested_at at time zone 'utc' as seen_at
        from testing.audit_event as live
       where live.useragent like 'live%' and live.useragent like 'live-test%'
         and live.audit_id = any (array(select asked.audit_id from asked))
      union all
      select rejected.audit_id, rejected.stage, rejected.source, rejected.verb, rejected.request_uri, rejected.code,
             rejected.endpoint, rejected.unresolved_reason, null, rejected.is_dry_run, rejected.is_hit, rejected.rejected_at
        from testing.rejected_event as rejected
       where rejected.audit_id = any (array(select asked.audit_id from asked))
    )
    select event.audit_id, event.stage, event.source, event.verb, event.request_uri, event.code, event.endpoint, event.reason,
           event.ambiguous, event.is_dry_run, event.is_hit, event.seen_at,
           -- A 401, and a 400 sent before the resource is looked up (malformed timeout), have no other event.
           event.stage in ('ResponseComplete', 'Panic')
             or (event.stage = 'ResponseStarted'
                 and (asked.outcome in ('open', 'unknown') or coalesce(asked.status in (400, 401), false))),
           case
             when event.request_uri is distinct from asked.request_uri then 'path'
             when not testing.gives_verb(asked.method, event.verb, event.request_uri) then 'verb'
             -- A handler that panics after the response headers is logged as a 500 that was never sent.
             when event.code <> asked.status and not (event.stage = 'Panic' and asked.status < 400) then 'code'
           end
      from event
      join asked on asked.audit_id = event.audit_id
     where event.stage in ('RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic')
  $$;
comment on function testing.compare_run_events(text, text[]) is 'Events, including rejected ones, with the Audit-IDs of a run''s requests (null: all of them). misfit: the first field that differs from the request (path, verb or code); null: none differs; the source is not compared. decides: whether it is the final stage of the request (ResponseComplete or Panic; ResponseStarted while the request is open)';

create function testing.find_probe_sources(run text) returns table (digest text, source text)
  language sql stable
  as $$
    select distinct on (event.digest) event.digest, event.source
      from testing.run as asked
     cross join lateral (
       select encode(sha256(convert_to(live.data ->> 'requestURI', 'UTF8')), 'hex') as digest, live.source, live.id
         from testing.audit_event as live
        where live.audit_id = asked.source_probe_id and live.useragent like 'live%' and live.useragent like 'live-test%'
          and live.verb = 'get'
     ) as event
     where asked.id = $1 and event.digest = any (asked.source_probe_digests)
     -- A random path is secret until its first event is stored, so only the first event counts.
     order by event.digest, event.id
  $$;
comment on function testing.find_probe_sources(text) is 'The source of the event of each probe of a run; probes without an event are left out';

create function testing.find_run_sources(run text) returns text[]
  language plpgsql stable
  as $$
    declare
      chosen text[];
      claimed text[] := '{}';
      candidate record;
    begin
      select asked.sources into chosen from testing.run as asked where asked.id = $1;
      if cardinality(chosen) > 0 then
        return chosen;
      end if;
      chosen := array(select probed.source from testing.find_probe_sources($1) as probed
                       group by probed.source order by count(*) desc, probed.source);
      if cardinality(chosen) > 0 then
        return chosen;
      end if;
      -- No probe was sent, or the audit policy does not log it.
      for candidate in
        select event.source, array_agg(distinct event.audit_id) as audit_ids
          from testing.compare_run_events($1, null) as event
         where event.misfit is null
         group by event.source
         order by count(distinct event.audit_id) desc, min(event.seen_at), event.source
      loop
        -- One kube-apiserver answers a request, so another source is also one of the cluster only if it has requests of
        -- its own.
        if not candidate.audit_ids && claimed then
          chosen := array_append(chosen, candidate.source);
          claimed := claimed || candidate.audit_ids;
        end if;
      end loop;
      return chosen;
    end
  $$;
comment on function testing.find_run_sources(text) is 'The sources of a run: those it was saved with; else those of the events of its probes; else those whose events match the run''s requests, most requests first, and only one source for each request';

create function testing.match_run_events(run text, audit_ids text[])
  returns table (audit_id text, stage text, source text, verb text, request_uri text, code integer, endpoint text, reason text,
                 ambiguous text, is_dry_run boolean, is_hit boolean, seen_at timestamptz, decides boolean, misfit text)
  language sql stable
  as $$
    with known as materialized (select testing.find_run_sources($1) as sources)
    select event.audit_id, event.stage, event.source, event.verb, event.request_uri, event.code, event.endpoint, event.reason,
           event.ambiguous, event.is_dry_run, event.is_hit, event.seen_at, event.decides,
           coalesce(event.misfit, case when not event.source = any (known.sources) then 'source' end)
      from testing.compare_run_events($1, $2) as event, known
  $$;
comment on function testing.match_run_events(text, text[]) is 'As testing.compare_run_events(), but misfit is also set for events of another source. Events without misfit are evidence, for the wait after a run, for reports and for testing.settle_run()';

create function testing.list_other_events(run text, audit_ids text[])
  returns table (audit_id text, number integer, source text, verb text, request_uri text, code integer, misfit text)
  language sql stable
  as $$
    select numbered.audit_id, numbered.number, numbered.source, numbered.verb, numbered.request_uri, numbered.code, numbered.misfit
      from (
        select other.*, row_number() over (partition by other.audit_id order by other.seen_at, other.request_uri, other.code)::integer as number
          from (
            select event.audit_id, event.source, event.verb, left(event.request_uri, 500) as request_uri, event.code,
                   event.misfit, min(event.seen_at) as seen_at
              from testing.match_run_events($1, $2) as event
             where event.misfit is not null
             group by 1, 2, 3, 4, 5, 6
          ) as other
      ) as numbered
     where numbered.number <= 3
  $$;
comment on function testing.list_other_events(text, text[]) is 'Events with the Audit-IDs of a run''s requests (null: all of them) that do not belong to these requests, at most three per request';

-- Endpoints of HEAD requests

create function testing.resolve_heads(run text) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      asked text[] := array(
        select request.audit_id
          from testing.run_request as request
         where request.run = $1 and request.method = 'HEAD');
      event record;
      head text;
      touched jsonb := '[]';
      changed integer := 0;
    begin
      if asked = '{}' then
        return 0;
      end if;
      -- Locks out transactions that add hits.
      perform pg_advisory_xact_lock(7306, 3);
      for event in
        with own as materialized (
          select distinct matched.audit_id, matched.source, matched.stage, matched.verb, matched.code, matched.request_uri
            from testing.match_run_events($1, asked) as matched
           where matched.misfit is null and matched.endpoint is not null
        ), stored as (
          select live.id, false as is_rejected, live.audit_id, live.source, live.release, live.stage, live.verb, live.code,
                 live.data ->> 'requestURI' as request_uri, live.endpoint, live.useragent, live.test, live.is_hit,
                 live.ingested_at at time zone 'utc' as seen_at
            from testing.audit_event as live
           where live.useragent like 'live%' and live.useragent like 'live-test%' and live.audit_id = any (asked)
          union all
          select rejected.id, true, rejected.audit_id, rejected.source, rejected.release, rejected.stage, rejected.verb,
                 rejected.code, rejected.request_uri, rejected.endpoint, rejected.useragent, rejected.test, rejected.is_hit,
                 rejected.rejected_at
            from testing.rejected_event as rejected
           where rejected.audit_id = any (asked)
        )
        select stored.*, get.path, get.of_cluster
          from stored
          join own on own.audit_id = stored.audit_id and own.source = stored.source and own.stage is not distinct from stored.stage
                  and own.verb is not distinct from stored.verb and own.code is not distinct from stored.code
                  and own.request_uri is not distinct from stored.request_uri
         cross join lateral (
           select known.path, true as of_cluster
             from testing.cluster_endpoint as known
            where known.source = stored.source and known.endpoint = stored.endpoint and known.method = 'GET'
           union all
           select api.path, false
             from public.open_api as api
            where api.release = public.baseline_release() and api.endpoint = stored.endpoint and api.method = 'GET'
              and not exists (select from testing.cluster where cluster.source = stored.source)
            limit 1
         ) as get
      loop
        head := null;
        if event.of_cluster then
          select known.endpoint into head
            from testing.cluster_endpoint as known
           where known.source = event.source and known.path = event.path and known.method = 'HEAD';
        else
          select api.endpoint into head
            from public.open_api as api
           where api.release = public.baseline_release() and api.path = event.path and api.method = 'HEAD';
        end if;
        if event.is_rejected then
          update testing.held_rejection
             set endpoint = head, unresolved_reason = case when head is null then 'method not served' end,
                 is_hit = is_hit and head is not null
           where id = event.id;
        else
          update testing.held_event
             set endpoint = head, reason = case when head is null then 'method not served' end, ambiguous = null,
                 is_hit = is_hit and head is not null
           where id = event.id;
        end if;
        changed := changed + 1;
        if event.is_hit then
          insert into testing.endpoint_hit
                 (source, release, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at, sample_verb, sample_uri,
                  sample_code, test_cut)
            select event.source, event.release, head, left(testing.agent_name(event.useragent), 1100), left(event.test, 1100),
                   false, false, event.seen_at, event.verb, left(event.request_uri, 500), event.code,
                   event.useragent like '%...TRUNCATED' and event.test is not null
             where head is not null
            on conflict do nothing;
          touched := touched || jsonb_build_object(
            'source', event.source, 'release', event.release, 'endpoint', event.endpoint,
            'agent', left(testing.agent_name(event.useragent), 1100), 'test', left(event.test, 1100), 'seen_at', event.seen_at);
        end if;
      end loop;
      -- Removes the hits of the GET endpoints, unless other events, or events that were since removed, prove them.
      with gone as (
        select hit.ctid as row, proof.*
          from jsonb_to_recordset(touched) as given
                 (source text, release text, endpoint text, agent text, test text, seen_at timestamptz)
          join testing.endpoint_hit as hit
            on hit.source = given.source and hit.release is not distinct from given.release and hit.endpoint = given.endpoint
           and hit.useragent = given.agent and hit.test is not distinct from given.test and hit.first_seen_at >= given.seen_at
          left join lateral (
            select other.at, other.verb, other.uri, other.code
              from (
                select live.ingested_at at time zone 'utc' as at, live.verb, left(live.data ->> 'requestURI', 500) as uri, live.code
                  from testing.audit_event as live
                 where live.live_agent = left(hit.useragent, 200) and live.endpoint = hit.endpoint and live.is_hit
                   and live.source = hit.source and live.release is not distinct from hit.release
                   and left(testing.agent_name(live.useragent), 1100) = hit.useragent
                   and left(live.test, 1100) is not distinct from hit.test
                union all
                select rejected.rejected_at, rejected.verb, left(rejected.request_uri, 500), rejected.code
                  from testing.rejected_event as rejected
                 where rejected.endpoint = hit.endpoint and rejected.is_hit and rejected.source = hit.source
                   and rejected.release is not distinct from hit.release
                   and left(testing.agent_name(rejected.useragent), 1100) = hit.useragent
                   and left(rejected.test, 1100) is not distinct from hit.test
              ) as other
             order by other.at
             limit 1
          ) as proof on true
      ), kept as (
        update testing.endpoint_hit as hit
           set first_seen_at = gone.at, sample_verb = gone.verb, sample_uri = gone.uri, sample_code = gone.code
          from gone
         where hit.ctid = gone.row and gone.at is not null
      )
      delete from testing.endpoint_hit as hit using gone where hit.ctid = gone.row and gone.at is null;
      insert into testing.hit_quota as quota (source, class, hits)
        select hit.source, 'live', count(*)
          from testing.endpoint_hit as hit
         where hit.useragent like 'live-test%'
           and hit.source in (select given.source from jsonb_to_recordset(touched) as given (source text))
         group by hit.source
        on conflict (source, class) do update set hits = excluded.hits;
      insert into testing.hit_quota as quota (source, class, hits)
        select distinct given.source, 'live', 0
          from jsonb_to_recordset(touched) as given (source text)
         where not exists (select from testing.endpoint_hit as hit where hit.source = given.source and hit.useragent like 'live-test%')
        on conflict (source, class) do update set hits = 0;
      return changed;
    end
  $$;
comment on function testing.resolve_heads(text) is 'Audit events show HEAD as the verb of a GET, but a run knows its methods. Sets the endpoint of the events of the run''s HEAD requests to that of the HEAD, or to null if the path has none, and corrects the hits. Safe to run twice. Runs with its owner''s rights, because only the owner may change events. Returns the number of changed events';

revoke all on function testing.resolve_heads(text) from public;

-- Evidence of settled runs

create table testing.run_evidence (
  run text not null,
  audit_id text not null,
  stage text not null check (stage in ('RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic')),
  source text not null,
  verb text,
  code integer,
  endpoint text,
  reason text,
  ambiguous text,
  is_dry_run boolean not null,
  is_hit boolean not null,
  decides boolean not null,
  seen_at timestamptz not null,
  primary key (run, audit_id, stage),
  foreign key (run, audit_id) references testing.run_request (run, audit_id) on delete cascade
);
comment on table testing.run_evidence is 'Audit events of a settled run''s requests, stored so that its report stays the same after the events are removed. Only testing.settle_run() writes it';
comment on column testing.run_evidence.run is 'The run';
comment on column testing.run_evidence.audit_id is 'The request';
comment on column testing.run_evidence.stage is 'Stage of the event';
comment on column testing.run_evidence.source is 'The source it came from';
comment on column testing.run_evidence.verb is 'The audit verb';
comment on column testing.run_evidence.code is 'Status code of the response; null: the stage has none';
comment on column testing.run_evidence.endpoint is 'The endpoint it resolved to; null: none, see reason';
comment on column testing.run_evidence.reason is 'Why it resolved to no endpoint';
comment on column testing.run_evidence.ambiguous is 'What the event does not show, for example GET or HEAD';
comment on column testing.run_evidence.is_dry_run is 'As in testing.audit_event';
comment on column testing.run_evidence.is_hit is 'As in testing.audit_event';
comment on column testing.run_evidence.decides is 'Whether it is the final stage of the request: it alone makes the request recorded';
comment on column testing.run_evidence.seen_at is 'When the event was stored';

create table testing.run_other_event (
  run text not null,
  audit_id text not null,
  number integer not null,
  source text not null,
  verb text,
  request_uri text,
  code integer,
  misfit text not null check (misfit in ('path', 'verb', 'code', 'source')),
  primary key (run, audit_id, number),
  foreign key (run, audit_id) references testing.run_request (run, audit_id) on delete cascade
);
comment on table testing.run_other_event is 'Events with the Audit-ID of a settled run''s request that do not belong to it, at most three per request. The report lists them; they do not count as evidence';
comment on column testing.run_other_event.run is 'The run';
comment on column testing.run_other_event.audit_id is 'The request whose Audit-ID it has';
comment on column testing.run_other_event.number is 'Number within the request, from 1';
comment on column testing.run_other_event.source is 'The source it came from';
comment on column testing.run_other_event.verb is 'Its verb';
comment on column testing.run_other_event.request_uri is 'Its path and query, up to 500 characters';
comment on column testing.run_other_event.code is 'Its status code';
comment on column testing.run_other_event.misfit is 'The first field that differs: path, verb, code or source';

create function testing.settle_run(run text) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    #variable_conflict use_column
    declare
      head testing.run;
      lacking text[];
      added bigint;
    begin
      -- First, because the lock of hits is taken before that of the run's row.
      perform testing.resolve_heads($1);
      select * into head from testing.run as asked where asked.id = $1 for update;
      -- The evidence of an imported run was stored with it.
      if not found or head.state = 'running' or head.imported_at is not null then
        return false;
      end if;
      update testing.run as asked
         set sources = testing.find_run_sources($1), settled_at = coalesce(asked.settled_at, clock_timestamp())
       where asked.id = $1 and (asked.settled_at is null or asked.sources = '{}');
      lacking := array(
        select request.audit_id
          from testing.run_request as request
         where request.run = $1
           and not exists (
             select from testing.run_evidence as kept
              where kept.run = $1 and kept.audit_id = request.audit_id and kept.decides));
      insert into testing.run_other_event (run, audit_id, number, source, verb, request_uri, code, misfit)
        select $1, other.audit_id, other.number, other.source, other.verb, other.request_uri, other.code, other.misfit
          from testing.list_other_events($1, lacking) as other
        on conflict do nothing;
      insert into testing.run_evidence
             (run, audit_id, stage, source, verb, code, endpoint, reason, ambiguous, is_dry_run, is_hit, decides, seen_at)
        select distinct on (event.audit_id, event.stage)
               $1, event.audit_id, event.stage, event.source, event.verb, event.code, event.endpoint, event.reason,
               event.ambiguous, event.is_dry_run, event.is_hit, event.decides, event.seen_at
          from testing.match_run_events($1, lacking) as event
         where event.misfit is null
         order by event.audit_id, event.stage, event.seen_at
        on conflict do nothing;
      get diagnostics added = row_count;
      if added > 0 or not exists (select from testing.run_baseline as kept where kept.run = $1) then
        perform testing.keep_run_result($1);
      end if;
      return true;
    end
  $$;
revoke all on function testing.settle_run(text) from public;
comment on function testing.settle_run(text) is 'Stores the evidence of a run that has ended, from stored events only. Later calls add evidence for requests that were not recorded before, and change nothing else. Runs with its owner''s rights, because only the owner may write testing.run_evidence. Returns false if the run does not exist, is still running or was imported';

create function testing.read_run_evidence(run text)
  returns table (audit_id text, stage text, source text, verb text, code integer, endpoint text, reason text, ambiguous text,
                 is_dry_run boolean, is_hit boolean, decides boolean, seen_at timestamptz)
  language sql stable
  as $$
    select kept.audit_id, kept.stage, kept.source, kept.verb, kept.code, kept.endpoint, kept.reason, kept.ambiguous,
           kept.is_dry_run, kept.is_hit, kept.decides, kept.seen_at
      from testing.run_evidence as kept
     where kept.run = $1
    union all
    select found.*
      from (
        select distinct on (event.audit_id, event.stage)
               event.audit_id, event.stage, event.source, event.verb, event.code, event.endpoint, event.reason,
               event.ambiguous, event.is_dry_run, event.is_hit, event.decides, event.seen_at
          from testing.match_run_events($1, null) as event
         where event.misfit is null
         order by event.audit_id, event.stage, event.seen_at
      ) as found
     where (select asked.settled_at is null from testing.run as asked where asked.id = $1)
  $$;
comment on function testing.read_run_evidence(text) is 'The evidence of a run''s requests, one row per stage: stored if the run is settled, else read from the events';

create function testing.read_other_events(run text)
  returns table (audit_id text, number integer, source text, verb text, request_uri text, code integer, misfit text)
  language sql stable
  as $$
    select kept.audit_id, kept.number, kept.source, kept.verb, kept.request_uri, kept.code, kept.misfit
      from testing.run_other_event as kept
     where kept.run = $1
    union all
    select other.*
      from testing.list_other_events($1, null) as other
     where (select asked.settled_at is null from testing.run as asked where asked.id = $1)
  $$;
comment on function testing.read_other_events(text) is 'Events with the Audit-IDs of a run''s requests that do not belong to them: stored if the run is settled, else read from the events';

create function testing.refuse_settled_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
    declare
      -- The row of a run that is being removed is already gone.
      settled boolean := exists (
        select from testing.run as head
         where head.id = coalesce(to_jsonb(new) ->> 'run', to_jsonb(old) ->> 'run') and head.settled_at is not null);
    begin
      if settled then
        raise exception 'The run % is settled and cannot be changed', coalesce(to_jsonb(new) ->> 'run', to_jsonb(old) ->> 'run')
          using errcode = 'feature_not_supported', hint = '''snoop db reset-live --run'' removes the whole run.';
      end if;
      return coalesce(new, old);
    end
  $$;
comment on function testing.refuse_settled_change() is 'Trigger: refuses changes to tests, steps, requests and errors of settled runs';
create trigger refuse_settled_change before insert or update or delete on testing.run_test
  for each row execute function testing.refuse_settled_change();
create trigger refuse_settled_change before insert or update or delete on testing.run_step
  for each row execute function testing.refuse_settled_change();
create trigger refuse_settled_change before insert or update or delete on testing.run_request
  for each row execute function testing.refuse_settled_change();
create trigger refuse_settled_change before insert or update or delete on testing.run_error
  for each row execute function testing.refuse_settled_change();
create trigger refuse_settled_change before insert or update or delete on testing.run_file
  for each row execute function testing.refuse_settled_change();
create trigger refuse_settled_change before insert or update or delete on testing.run_body
  for each row execute function testing.refuse_settled_change();
comment on trigger refuse_settled_change on testing.run_error is 'A settled run can only be removed';
comment on trigger refuse_settled_change on testing.run_file is 'A settled run can only be removed';
comment on trigger refuse_settled_change on testing.run_body is 'A settled run can only be removed';
comment on trigger refuse_settled_change on testing.run_test is 'A settled run can only be removed';
comment on trigger refuse_settled_change on testing.run_step is 'A settled run can only be removed';
comment on trigger refuse_settled_change on testing.run_request is 'A settled run can only be removed';

create function testing.refuse_settled_head_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
    begin
      -- testing.settle_run() may add sources that were unknown when the run was settled.
      if old.sources = '{}' and to_jsonb(new) - 'sources' = to_jsonb(old) - 'sources'
         and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = 'testing.run'::regclass) then
        return new;
      end if;
      raise exception 'The run % is settled and cannot be changed', old.id
        using errcode = 'feature_not_supported', hint = '''snoop db reset-live --run'' removes the whole run.';
    end
  $$;
comment on function testing.refuse_settled_head_change() is 'Trigger: refuses changes to settled runs';
create trigger refuse_settled_change before update on testing.run
  for each row when (old.settled_at is not null) execute function testing.refuse_settled_head_change();
comment on trigger refuse_settled_change on testing.run is 'A settled run can only be removed';
