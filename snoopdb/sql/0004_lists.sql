-- Lists of tests, of ineligible and of pending endpoints belong to a release: each grows from one to the next, and the
-- figures of an older release stand only with the list of its time.

create table conformance.list (
  what text not null check (what in ('tests', 'ineligible', 'pending')),
  release text not null,
  origin text not null,
  own boolean not null default false,
  loaded_at timestamptz not null default now(),
  version public.semver generated always as (release::public.semver) stored,
  primary key (what, release)
);
comment on table conformance.list is 'The lists that are loaded, also those without an entry';
comment on column conformance.list.what is 'tests, ineligible or pending';
comment on column conformance.list.release is 'The release it belongs to';
comment on column conformance.list.origin is 'Where it comes from, for people';
comment on column conformance.list.own is 'Whether it was loaded as a list; false: it came with a baseline or a coverage file, and the next one replaces it';
comment on column conformance.list.loaded_at is 'When it was loaded';
comment on column conformance.list.version is 'The release, read: which list serves a release is asked often';

create table conformance.listed_test (
  release text not null,
  codename text not null,
  testname text,
  promotion text,
  promoted_in text,
  description text,
  file text,
  primary key (release, codename)
);
comment on table conformance.listed_test is 'The conformance tests of a release, as its conformance.yaml lists them';
comment on column conformance.listed_test.release is 'The release whose list it is';
comment on column conformance.listed_test.codename is 'The test''s full name, as its user agent carries it';
comment on column conformance.listed_test.testname is 'The test''s title';
comment on column conformance.listed_test.promotion is 'The releases in which it was promoted or changed, as listed';
comment on column conformance.listed_test.promoted_in is 'The last one of them, X.Y.Z; null when none can be read';
comment on column conformance.listed_test.description is 'What it asserts';
comment on column conformance.listed_test.file is 'Its source file';

create table conformance.listed_ineligible (
  release text not null,
  endpoint text not null,
  reason text not null,
  link text not null,
  primary key (release, endpoint)
);
comment on table conformance.listed_ineligible is 'Endpoints that cannot have a conformance test, by release';
comment on column conformance.listed_ineligible.release is 'The release whose list it is';
comment on column conformance.listed_ineligible.endpoint is 'The endpoint';
comment on column conformance.listed_ineligible.reason is 'Why it is not eligible';
comment on column conformance.listed_ineligible.link is 'Where that was decided';

create table conformance.listed_pending (
  release text not null,
  endpoint text not null,
  primary key (release, endpoint)
);
comment on table conformance.listed_pending is 'Eligible endpoints whose test is on its way, by release; they stay eligible';
comment on column conformance.listed_pending.release is 'The release whose list it is';
comment on column conformance.listed_pending.endpoint is 'The endpoint';

create function conformance.list_release(what text, release text) returns text
  language sql stable strict parallel safe
  as $$
    select list.release
      from conformance.list as list
      cross join (select $2::public.semver as version offset 0) as wanted
     where list.what = $1
     order by list.version < wanted.version,
              case when list.version >= wanted.version then list.version end,
              list.version desc
     limit 1
  $$;
comment on function conformance.list_release(text, text) is 'The release whose list serves a release: its own, else that of the nearest newer one, else that of the nearest older one; null when no such list is loaded';

create view conformance.test as
  select testname, codename, promotion as release, description, file
    from conformance.listed_test
   where release = (select conformance.list_release('tests', public.baseline_release()));
comment on view conformance.test is 'The conformance tests of the baseline, as conformance.yaml of kubernetes/kubernetes lists them';
comment on column conformance.test.testname is 'The test''s title';
comment on column conformance.test.codename is 'The test''s full name, as its user agent carries it';
comment on column conformance.test.release is 'The releases in which it was promoted or changed, as listed';
comment on column conformance.test.description is 'What it asserts';
comment on column conformance.test.file is 'Its source file';

create view conformance.ineligible_endpoint as
  select endpoint, reason, link
    from conformance.listed_ineligible
   where release = (select conformance.list_release('ineligible', public.baseline_release()));
comment on view conformance.ineligible_endpoint is 'Endpoints that cannot have a conformance test, and why, as the baseline''s list says';
comment on column conformance.ineligible_endpoint.endpoint is 'The endpoint';
comment on column conformance.ineligible_endpoint.reason is 'Why it is not eligible';
comment on column conformance.ineligible_endpoint.link is 'Where that was decided';

create view conformance.pending_eligible_endpoint as
  select endpoint
    from conformance.listed_pending
   where release = (select conformance.list_release('pending', public.baseline_release()));
comment on view conformance.pending_eligible_endpoint is 'Eligible endpoints of the baseline whose test is on its way; they stay eligible';
comment on column conformance.pending_eligible_endpoint.endpoint is 'The endpoint';
