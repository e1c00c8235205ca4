-- Lists of tests, ineligible and pending endpoints belong to a release. They grow over time, and the figures of an older
-- release are right only with its own lists.

create table conformance.list (
  what text not null check (what in ('tests', 'ineligible', 'pending')),
  release text not null,
  origin text not null,
  own boolean not null default false,
  loaded_at timestamptz not null default now(),
  version public.semver generated always as (release::public.semver) stored,
  primary key (what, release)
);
comment on table conformance.list is 'The loaded lists, including empty ones';
comment on column conformance.list.what is 'tests, ineligible or pending';
comment on column conformance.list.release is 'The release it belongs to';
comment on column conformance.list.origin is 'Where it comes from, for display';
comment on column conformance.list.own is 'Whether it was loaded as a list; false: it came with a baseline or a coverage file, and the next of these replaces it';
comment on column conformance.list.loaded_at is 'When it was loaded';
comment on column conformance.list.version is 'The release as a semver, stored because conformance.list_release() compares it often';

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
comment on column conformance.listed_test.codename is 'Full name of the test, as in its user agent';
comment on column conformance.listed_test.testname is 'Title of the test';
comment on column conformance.listed_test.promotion is 'Releases in which it was promoted or changed, as listed';
comment on column conformance.listed_test.promoted_in is 'The last of these releases, X.Y.Z; null: none can be parsed';
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
comment on table conformance.listed_pending is 'Eligible endpoints with a conformance test in progress, by release; they stay eligible';
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
comment on function conformance.list_release(text, text) is 'The release whose list applies to a release: the release itself, else the nearest newer one with such a list, else the nearest older one; null: no such list is loaded';

create view conformance.test as
  select testname, codename, promotion as release, description, file
    from conformance.listed_test
   where release = (select conformance.list_release('tests', public.baseline_release()));
comment on view conformance.test is 'The conformance tests of the baseline, from conformance.yaml of kubernetes/kubernetes';
comment on column conformance.test.testname is 'Title of the test';
comment on column conformance.test.codename is 'Full name of the test, as in its user agent';
comment on column conformance.test.release is 'Releases in which it was promoted or changed, as listed';
comment on column conformance.test.description is 'What it asserts';
comment on column conformance.test.file is 'Its source file';

create view conformance.ineligible_endpoint as
  select endpoint, reason, link
    from conformance.listed_ineligible
   where release = (select conformance.list_release('ineligible', public.baseline_release()));
comment on view conformance.ineligible_endpoint is 'Endpoints of the baseline that cannot have a conformance test, with the reason';
comment on column conformance.ineligible_endpoint.endpoint is 'The endpoint';
comment on column conformance.ineligible_endpoint.reason is 'Why it is not eligible';
comment on column conformance.ineligible_endpoint.link is 'Where that was decided';

create view conformance.pending_eligible_endpoint as
  select endpoint
    from conformance.listed_pending
   where release = (select conformance.list_release('pending', public.baseline_release()));
comment on view conformance.pending_eligible_endpoint is 'Eligible endpoints of the baseline with a conformance test in progress; they stay eligible';
comment on column conformance.pending_eligible_endpoint.endpoint is 'The endpoint';
