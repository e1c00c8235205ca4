create table conformance.test (
  testname text,
  codename text primary key,
  release text,
  description text,
  file text
);
comment on table conformance.test is 'The conformance tests, as conformance.yaml of kubernetes/kubernetes lists them';
comment on column conformance.test.testname is 'The test''s title';
comment on column conformance.test.codename is 'The test''s full name, as its user agent carries it';
comment on column conformance.test.release is 'The releases in which it was promoted or changed, as listed';
comment on column conformance.test.description is 'What it asserts';
comment on column conformance.test.file is 'Its source file';

create table conformance.ineligible_endpoint (
  endpoint text primary key,
  reason text not null,
  link text not null
);
comment on table conformance.ineligible_endpoint is 'Endpoints that cannot have a conformance test, and why';
comment on column conformance.ineligible_endpoint.endpoint is 'The endpoint';
comment on column conformance.ineligible_endpoint.reason is 'Why it is not eligible';
comment on column conformance.ineligible_endpoint.link is 'Where that was decided';

create table conformance.pending_eligible_endpoint (
  endpoint text primary key
);
comment on table conformance.pending_eligible_endpoint is 'Eligible endpoints whose test is on its way; they stay eligible';
comment on column conformance.pending_eligible_endpoint.endpoint is 'The endpoint';

create view public.endpoint_coverage as
  select api.release, api.endpoint, api.level, api.category, api.path, api.description,
         api.k8s_kind as kind, api.k8s_version as version, api.k8s_group as "group", api.k8s_action as action,
         exists (
           select from public.endpoint_hit as hit
            where hit.release = api.release and hit.endpoint = api.endpoint and hit.test_hit
         ) as tested,
         exists (
           select from public.endpoint_hit as hit
            where hit.release = api.release and hit.endpoint = api.endpoint and hit.conf_test_hit
         ) as conf_tested,
         -- A question that does not ask for the names does not pay for them.
         array(
           select distinct hit.test from public.endpoint_hit as hit
            where hit.release = api.release and hit.endpoint = api.endpoint and hit.test_hit and hit.test is not null
            order by hit.test
         ) as tests
    from public.open_api as api
   where not api.deprecated;
comment on view public.endpoint_coverage is 'Each endpoint of each release that is not deprecated, and the e2e tests that hit it. Live work never changes it';
comment on column public.endpoint_coverage.release is 'X.Y.Z';
comment on column public.endpoint_coverage.endpoint is 'The operationId';
comment on column public.endpoint_coverage.level is 'stable, beta or alpha';
comment on column public.endpoint_coverage.category is 'core, apps, networking …';
comment on column public.endpoint_coverage.path is 'The path with its parameters in braces';
comment on column public.endpoint_coverage.description is 'What the OpenAPI document says about it';
comment on column public.endpoint_coverage.kind is 'The kind it works on';
comment on column public.endpoint_coverage.version is 'API version of the kind';
comment on column public.endpoint_coverage."group" is 'API group of the kind; empty for core';
comment on column public.endpoint_coverage.action is 'get, list, post, put, patch, delete, deletecollection, connect …';
comment on column public.endpoint_coverage.tested is 'Whether an e2e test hit it';
comment on column public.endpoint_coverage.conf_tested is 'Whether a conformance test hit it';
comment on column public.endpoint_coverage.tests is 'The names of the e2e tests that hit it, in order, no nulls';
