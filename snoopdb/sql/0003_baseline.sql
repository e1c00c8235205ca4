create view public.covered_release as
  select release from public.release_data as data
   where coverage_origin is not null
      or exists (select from public.endpoint_tested as tested where tested.release = data.release);
comment on view public.covered_release is 'Releases with coverage: a coverage file, or hits from the events of a test run, are loaded';
comment on column public.covered_release.release is 'X.Y.Z';

create table public.baseline (
  only_row boolean primary key default true check (only_row),
  release text not null references public.release_data (release),
  chosen_at timestamptz not null default now()
);
comment on table public.baseline is 'One row: the release that live work is compared with';
comment on column public.baseline.only_row is 'Always true: at most one row exists';
comment on column public.baseline.release is 'The baseline in use';
comment on column public.baseline.chosen_at is 'When it was chosen';

create function public.baseline_release() returns text
  language sql stable parallel safe
  as $$
    select coalesce(
      (select release from public.baseline),
      (select release from public.release_data join public.covered_release using (release)
        where release_date is not null and not for_questions
        order by release::public.semver desc limit 1))
  $$;
comment on function public.baseline_release() is 'The baseline in use: the chosen release, else the newest published release with coverage';
