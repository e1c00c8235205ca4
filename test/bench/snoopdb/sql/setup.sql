-- What the benchmark fills a database with: releases, and events that agree with their hits.
create schema bench;

create function bench.copy_release(known text, name text) returns void
  language sql
  as $$
    insert into public.release_data (release, release_date, origin, coverage_origin)
      select name, release_date, origin, coverage_origin from public.release_data where release = known;
    insert into public.open_api (release, release_date, endpoint, level, category, path, k8s_group, k8s_version,
        k8s_kind, k8s_action, deprecated, description, spec, method)
      select name, release_date, endpoint, level, category, path, k8s_group, k8s_version,
             k8s_kind, k8s_action, deprecated, description, spec, method
        from public.open_api where release = known;
    insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
      select name, source, endpoint, useragent, test, test_hit, conf_test_hit
        from public.endpoint_hit where release = known;
  $$;

-- An event of some 1.3 KB, as the audit log of a cluster has them at level Metadata.
create function bench.write_event(audit_id text, verb text, uri text, useragent text) returns jsonb
  language sql immutable parallel safe
  as $$
    select format(
      '{"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": %s, "stage": "ResponseComplete",
        "requestURI": %s, "verb": %s, "user": {"username": "system:serviceaccount:kube-system:generic-garbage-collector",
        "uid": "5ac31a51-2f5c-4b1e-8a5f-3f1f0d6c7a10", "groups": ["system:serviceaccounts",
        "system:serviceaccounts:kube-system", "system:authenticated"], "extra": {
        "authentication.kubernetes.io/credential-id": ["JTI=0f6f0b6e-6ed0-4c0c-9b43-c0a7f4a4e1c9"]}},
        "sourceIPs": ["172.18.0.2"], "userAgent": %s, "objectRef": {"resource": "leases", "namespace": "kube-system",
        "name": "kube-controller-manager", "uid": "9f0c6e21-60d3-4ae5-a4f0-d3ea44a4f8bb",
        "apiGroup": "coordination.k8s.io", "apiVersion": "v1", "resourceVersion": "1048576"},
        "responseStatus": {"metadata": {}, "code": 200}, "requestReceivedTimestamp": "2026-11-21T03:05:01.000000Z",
        "stageTimestamp": "2026-11-21T03:05:01.004000Z", "annotations": {"authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": "RBAC: allowed by ClusterRoleBinding of ClusterRole to ServiceAccount"}}',
      to_json($1), to_json($3), to_json($2), to_json($4))::jsonb
  $$;

create table bench.agent (number bigint primary key, useragent text not null);
insert into bench.agent
  select place - 1, useragent
    from unnest(array[
      'kubelet/v1.36.0 (linux/amd64) kubernetes/66452049', 'kube-scheduler/v1.36.0 (linux/amd64) kubernetes/66452049',
      'kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/66452049/leader-election', 'coredns/v0.0.0 (linux/amd64)',
      'kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/66452049/generic-garbage-collector', 'kindnetd/v0.0.0',
      'kube-apiserver/v1.36.0 (linux/amd64) kubernetes/66452049', 'kube-proxy/v1.36.0 (linux/amd64) kubernetes/66452049',
      'local-path-provisioner/v0.0.0', 'kubectl/v1.36.0 (linux/amd64) kubernetes/66452049', 'Go-http-client/2.0'
    ]) with ordinality as listed (useragent, place);

-- The requests of the events; each is repeated many times.
create table bench.request (number bigint primary key, release text, endpoint text, verb text, uri text);
create table bench.live_request (like bench.request including all);
create table bench.tested_request (
  number bigint primary key, release text, endpoint text, verb text, uri text, useragent text, test text, conformance boolean
);

create function bench.note_requests() returns void
  language sql
  as $$
    insert into bench.request
      select row_number() over (order by release, endpoint) - 1, release, endpoint, lower(method),
             regexp_replace(path, '\{[^}]*\}', 'kube-system', 'g') || '?timeout=10s'
        from public.open_api where not deprecated;
    insert into bench.tested_request
      select row_number() over (order by md5(hit.endpoint || coalesce(hit.test, '')), hit.release) - 1, hit.release, hit.endpoint,
             lower(method), regexp_replace(path, '\{[^}]*\}', 'e2e-1234', 'g'),
             'e2e.test/v1.36.0 (linux/amd64) kubernetes/66452049' || coalesce(' -- ' || hit.test, ''), hit.test, hit.conf_test_hit
        from public.endpoint_hit as hit
        join public.open_api as api on api.release = hit.release and api.endpoint = hit.endpoint;
    -- Live tests ask for every seventh endpoint of the baseline.
    insert into bench.live_request
      select row_number() over (order by number) - 1, release, endpoint, verb, uri
        from bench.request
       where release = public.baseline_release() and number % 7 = 0
       order by number limit 60;
    analyze bench.request;
    analyze bench.live_request;
    analyze bench.tested_request;
  $$;

-- Events of CI runs, numbers `first` to `last`: every other one of an e2e test, the rest of the cluster's own agents.
create function bench.add_loaded_events(first bigint, last bigint) returns void
  language sql
  as $$
    insert into public.audit_event (release, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source,
        stage, verb, code, is_dry_run, is_hit)
      select request.release, 'ci-' || event, request.endpoint, request.useragent, request.test, request.test_hit,
             request.conformance, bench.write_event('ci-' || event, request.verb, request.uri, request.useragent), 'bench',
             'ResponseComplete', request.verb, 200, false, true
        from generate_series(first, last) as event
       cross join lateral (
         select release, endpoint, verb, uri, useragent, test, true as test_hit, conformance
           from bench.tested_request
          where event % 2 = 0 and tested_request.number = event / 2 % (select count(*) from bench.tested_request)
         union all
         select release, endpoint, verb, uri, useragent, null, false, false
           from bench.request
           join bench.agent on agent.number = event % (select count(*) from bench.agent)
          where event % 2 = 1 and request.number = event / 2 % (select count(*) from bench.request)
       ) as request
  $$;

-- Live events, numbers `first` to `last`: one in two hundred of a live test, all of a run together; the rest of the cluster's own
-- agents, which ask for the same few endpoints all day.
create function bench.add_live_events(first bigint, last bigint) returns void
  language sql
  as $$
    insert into testing.held_event (release, audit_id, endpoint, useragent, test, test_hit, conf_test_hit, data, source,
        stage, verb, code, is_dry_run, is_hit, document_revision, requested_at, live_agent)
      select request.release, request.audit_id, request.endpoint, request.useragent, request.test, false, false,
             bench.write_event(request.audit_id, request.verb, request.uri, request.useragent), 'bench',
             'ResponseComplete', request.verb, 200, false, true, 1, now(), request.live_agent
        from generate_series(first, last) as event
       cross join lateral (
         select release, endpoint, verb, uri, 'run-' || event / 8000 || '.' || event as audit_id,
                agent || ' -- ' || test as useragent, agent as live_agent, test
           from bench.live_request
          cross join (select 'live-test-' || (array['writing', 'alice', 'bob'])[1 + event / 8000 % 3] as agent,
                             'test ' || event / 8000 % 40 as test) as run
          where event % 8000 < 40 and live_request.number = (event / 8000 * 40 + event % 8000) % (select count(*) from bench.live_request)
         union all
         select release, endpoint, verb, uri, 'live-' || event, useragent, null, null
           from bench.request
           join bench.agent on agent.number = event % (select count(*) from bench.agent)
          where event % 8000 >= 40 and request.number = event % 200
       ) as request;
    insert into testing.endpoint_hit (source, release, endpoint, useragent, test, test_hit, conf_test_hit)
      select distinct source, release, endpoint, testing.agent_name(useragent), test, false, false
        from testing.held_event where is_hit
      on conflict do nothing
  $$;
