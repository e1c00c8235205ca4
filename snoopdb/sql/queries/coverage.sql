-- Coverage of release $1: a row for each level and category, each level (category null), and all (both null).
select level, category,
       count(*)::integer as endpoints,
       (count(*) filter (where tested))::integer as tested,
       (count(*) filter (where conf_tested))::integer as "confTested",
       (count(*) filter (where unknown is not null))::integer as unknown,
       -- Unknown (null) if the eligibility of one endpoint is unknown.
       case when bool_and(eligible is not null) then (count(*) filter (where eligible))::integer end as eligible,
       case when bool_and(eligible is not null) then (count(*) filter (where eligible and conf_tested))::integer end as "eligibleTested",
       case when bool_and(eligible is not null) then (count(*) filter (where eligible and unknown is not null))::integer end as "eligibleUnknown"
  from public.endpoint_coverage
  join conformance.endpoint_eligibility using (release, endpoint)
 where release = $1
 group by grouping sets ((level, category), (level), ())
 order by array_position(array['stable', 'beta', 'alpha'], level), category collate "C"
