-- Inserts or updates a run. $1: the run as JSON.
insert into testing.run (id, author, agent, sources, cluster_version, cluster_server, started_at, ended_at, state,
  source_probe_id, source_probe_digests, command, snoop_version, node_version, client_version, git_commit, git_dirty)
select id, author, agent, sources, "clusterVersion", "clusterServer", "startedAt", "endedAt", state,
       "sourceProbe" ->> 'auditId',
       array(select jsonb_array_elements_text(coalesce("sourceProbe" -> 'digests', '[]'))),
       command, "snoopVersion", "nodeVersion", "clientVersion", "gitCommit", "gitDirty"
  from jsonb_to_record($1::jsonb) as given (id text, author text, agent text, sources text[],
       "clusterVersion" text, "clusterServer" text, "startedAt" timestamptz, "endedAt" timestamptz, state text,
       "sourceProbe" jsonb, command text, "snoopVersion" text, "nodeVersion" text, "clientVersion" text, "gitCommit" text,
       "gitDirty" boolean)
on conflict (id) do update set author = excluded.author, agent = excluded.agent, sources = excluded.sources,
  cluster_version = excluded.cluster_version, cluster_server = excluded.cluster_server,
  started_at = excluded.started_at, ended_at = excluded.ended_at, state = excluded.state,
  source_probe_id = excluded.source_probe_id, source_probe_digests = excluded.source_probe_digests,
  command = excluded.command, snoop_version = excluded.snoop_version, node_version = excluded.node_version,
  client_version = excluded.client_version, git_commit = excluded.git_commit, git_dirty = excluded.git_dirty
