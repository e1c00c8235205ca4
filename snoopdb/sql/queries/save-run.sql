-- Inserts or updates a run. $1: the run as JSON.
insert into testing.run (id, author, agent, sources, cluster_version, cluster_server, started_at, ended_at, state,
  source_probe_id, source_probe_digests)
select id, author, agent, sources, "clusterVersion", "clusterServer", "startedAt", "endedAt", state,
       "sourceProbe" ->> 'auditId',
       array(select jsonb_array_elements_text(coalesce("sourceProbe" -> 'digests', '[]')))
  from jsonb_to_record($1::jsonb) as given (id text, author text, agent text, sources text[],
       "clusterVersion" text, "clusterServer" text, "startedAt" timestamptz, "endedAt" timestamptz, state text,
       "sourceProbe" jsonb)
on conflict (id) do update set author = excluded.author, agent = excluded.agent, sources = excluded.sources,
  cluster_version = excluded.cluster_version, cluster_server = excluded.cluster_server,
  started_at = excluded.started_at, ended_at = excluded.ended_at, state = excluded.state,
  source_probe_id = excluded.source_probe_id, source_probe_digests = excluded.source_probe_digests
