-- The lists of ineligible and pending endpoints that release $1 uses, and their entries that are not endpoints of it.
with used as materialized (
  select list.what, list.release, list.origin
    from (values ('ineligible'), ('pending')) as wanted (what)
    join conformance.list as list on list.what = wanted.what and list.release = conformance.list_release(wanted.what, $1)
), entry as (
  select used.what, listed.endpoint, listed.reason, listed.link
    from used join conformance.listed_ineligible as listed on listed.release = used.release
   where used.what = 'ineligible'
  union all
  select used.what, listed.endpoint, null, null
    from used join conformance.listed_pending as listed on listed.release = used.release
   where used.what = 'pending'
)
select used.what, used.release, used.origin,
       (select coalesce(jsonb_agg(jsonb_build_object('endpoint', entry.endpoint, 'reason', entry.reason, 'link', entry.link)
                                  order by entry.endpoint collate "C"), '[]')
          from entry
         where entry.what = used.what
           and not exists (select from public.open_api as api where api.release = $1 and api.endpoint = entry.endpoint)) as absent
  from used
