/** The stations of `snoop doctor`, in their order. */
export const stations = {
  kubeconfig: 'kubeconfig',
  cluster: 'API server',
  rights: 'rights',
  snoopdb: 'SnoopDB',
  baseline: 'baseline',
  auditlogger: 'auditlogger',
  probe: 'probe request',
  policy: 'audit policy',
  document: 'OpenAPI document',
  apiservers: 'other API servers',
  clocks: 'clocks',
  versions: 'versions',
} as const;
export type StationName = keyof typeof stations;

interface Fault {
  readonly station: StationName;
  /** For the table in docs/doctor.md. */
  readonly what: string;
  /** Names in braces are replaced by values. */
  readonly sentence: string;
  readonly advice: readonly string[];
}

/** All faults that `snoop doctor` can find. */
export const faults = {
  no_cluster: {
    station: 'kubeconfig',
    what: 'no cluster',
    sentence: 'No cluster runs in {folder}, and no other cluster is named.',
    advice: ["Start one: 'snoop up'. Or name one: --kubeconfig FILE, --context NAME."],
  },
  kubeconfig_unusable: {
    station: 'kubeconfig',
    what: 'unreadable file, unknown context',
    sentence: 'The kubeconfig cannot be used: {why}',
    advice: ['Use another one: --kubeconfig FILE, --context NAME.'],
  },
  no_credentials: {
    station: 'kubeconfig',
    what: 'missing file, failing credential plugin',
    sentence: 'The kubeconfig has no usable credentials: {why}',
    advice: ['Check the user of the context; run its credential plugin by hand.'],
  },
  client_certificate_expired: {
    station: 'kubeconfig',
    what: 'expired client certificate',
    sentence: 'The client certificate of the user {user} expired on {date}.',
    advice: ["Create a new one, for kubeadm with 'kubeadm certs renew admin.conf'."],
  },
  client_certificate_early: {
    station: 'kubeconfig',
    what: 'client certificate of the future',
    sentence: 'The client certificate of the user {user} is not valid before {date}.',
    advice: ["Check the clock of this machine ('date'), then the certificate."],
  },
  token_expired: {
    station: 'kubeconfig',
    what: 'expired token',
    sentence: 'The token of the user {user} expired on {date}.',
    advice: ["Log in again, or create a new token: 'kubectl create token NAME'."],
  },
  cluster_away: {
    station: 'cluster',
    what: 'no connection',
    sentence: 'The cluster {server} does not answer: {why}',
    advice: [
      "'snoop status' shows what runs here. For another cluster, check its address, the network, VPN and proxy.",
    ],
  },
  server_certificate_dates: {
    station: 'cluster',
    what: 'expired server certificate',
    sentence: 'The certificate of {server} is not valid now: {why}',
    advice: [
      "Renew it, for kubeadm with 'kubeadm certs renew apiserver'; for a local cluster run 'snoop down' and 'snoop up'.",
      "If it is valid, the clock of this machine is wrong: check 'date'.",
    ],
  },
  server_certificate: {
    station: 'cluster',
    what: 'unknown CA, wrong name',
    sentence: 'The certificate of {server} is not accepted: {why}',
    advice: ['Check certificate-authority, server and tls-server-name in the kubeconfig.'],
  },
  credentials_refused: {
    station: 'cluster',
    what: 'wrong token or certificate',
    sentence: '{server} refuses the credentials of the user {user}: status 401.',
    advice: ['Log in again, or use another user: --kubeconfig FILE, --context NAME.'],
  },
  not_kubernetes: {
    station: 'cluster',
    what: 'another server, or a proxy',
    sentence: '{server} answers {status} at /version, without the version of a Kubernetes cluster.',
    advice: ['Check the address in the kubeconfig, and what answers there.'],
  },
  anonymous: {
    station: 'rights',
    what: 'no credentials',
    sentence: 'The cluster treats the user {user} as system:anonymous.',
    advice: ['Give the user of the context a token or a client certificate.'],
  },
  rights_missing: {
    station: 'rights',
    what: 'missing rights',
    sentence: 'The user {user} may not {rights}.',
    advice: [
      'Grant these rights with a ClusterRole. With --namespace NAME, live tests need no right to create namespaces.',
    ],
  },
  no_database: {
    station: 'snoopdb',
    what: 'not named',
    sentence: 'No SnoopDB is named for the audit events of {server}.',
    advice: ["Name the one that the cluster's auditlogger writes to: --database-url URL or DATABASE_URL."],
  },
  database_address: {
    station: 'snoopdb',
    what: 'wrong URL',
    sentence: 'The address of SnoopDB cannot be used: {why}',
    advice: ['Check --database-url and DATABASE_URL.'],
  },
  database_away: {
    station: 'snoopdb',
    what: 'no connection',
    sentence: 'SnoopDB at {address} does not answer: {why}',
    advice: [
      "Start it, or check --database-url, DATABASE_URL and the PG… variables. 'snoop status' shows what runs here.",
    ],
  },
  database_refuses: {
    station: 'snoopdb',
    what: 'wrong password, unknown database',
    sentence: 'SnoopDB at {address} refuses the connection: {why}',
    advice: ['Check user, password and name of the database in --database-url or DATABASE_URL.'],
  },
  schema_missing: {
    station: 'snoopdb',
    what: 'no schema',
    sentence: 'The database at {address} has no SnoopDB schema.',
    advice: ["Create it: 'snoop db migrate', or start the auditlogger. Or name another database."],
  },
  schema_older: {
    station: 'snoopdb',
    what: 'older schema',
    sentence: 'The schema of SnoopDB has version {version}, and this program needs version {wanted}.',
    advice: ["Update it: 'snoop db migrate'."],
  },
  schema_unknown: {
    station: 'snoopdb',
    what: 'newer or other schema',
    sentence: 'The schema of SnoopDB is not the one of this program: {why}',
    advice: ['Use the version of snoop that created it, or another database.'],
  },
  database_read_only: {
    station: 'snoopdb',
    what: 'read-only',
    sentence: 'SnoopDB at {address} is read-only: neither events nor runs can be stored.',
    advice: ['Use the address of the primary server.'],
  },
  database_rights: {
    station: 'snoopdb',
    what: 'missing rights',
    sentence: 'The role {role} may not add runs to SnoopDB.',
    advice: ["Grant its rights to the role snoop_workbench: 'snoop db grant' as the owner. Or use another role."],
  },
  disk_full: {
    station: 'snoopdb',
    what: 'little space',
    sentence: 'The disk of SnoopDB has only {free} left, at {folder}.',
    advice: ["Free space, or remove events: 'snoop db reset-live'. SNOOP_LIVE_MAX_BYTES bounds the live table."],
  },
  live_table_full: {
    station: 'snoopdb',
    what: 'live table over its bounds',
    sentence: 'The live table holds {rows} events in {size}, over its bounds of {maxRows} events and {maxSize}.',
    advice: ["Its upkeep does not keep up: see the auditlogger's log. 'snoop db reset-live' removes events."],
  },
  sources_full: {
    station: 'snoopdb',
    what: 'too many sources or hits',
    sentence: 'Senders have created {sources} sources with {hits} hits, which reaches a bound: more are refused.',
    advice: ["Remove what is not needed with 'snoop db reset-live', or raise --max-sources and --max-hits."],
  },
  no_baseline: {
    station: 'baseline',
    what: 'no baseline',
    sentence: 'SnoopDB has no baseline: no release with coverage is loaded.',
    advice: ["Load the nearest one: 'snoop load baseline {nearest} --use'."],
  },
  baseline_far: {
    station: 'baseline',
    what: 'another release',
    sentence: 'The baseline is {baseline}, and the cluster is {version}; {nearest} is nearer.',
    advice: ["Use it: 'snoop load baseline {nearest} --use'."],
  },
  sink_unusable: {
    station: 'auditlogger',
    what: 'broken sink kubeconfig',
    sentence: 'The sink kubeconfig {file} cannot be used: {why}',
    advice: ["Write a new one: 'snoop sink'. Then start the kube-apiserver again, which reads it only at its start."],
  },
  sink_fault: {
    station: 'auditlogger',
    what: 'error in the sink kubeconfig',
    sentence: 'The sink kubeconfig {file} has an error: {why}',
    advice: ["'snoop sink check {file}' shows the line."],
  },
  auditlogger_away: {
    station: 'auditlogger',
    what: 'no connection',
    sentence: 'The auditlogger at {url} does not answer: {why}',
    advice: ["Start it, or check its address in the sink kubeconfig. 'snoop status' shows what runs here."],
  },
  auditlogger_certificate: {
    station: 'auditlogger',
    what: 'expired or unknown certificate',
    sentence: 'The certificate of the auditlogger at {url} is not accepted: {why}',
    advice: ["Issue a new one: 'snoop sink … --force'. The auditlogger reads it again by itself."],
  },
  auditlogger_other: {
    station: 'auditlogger',
    what: 'another server',
    sentence: '{url} answers {status}, and is not an auditlogger.',
    advice: ['Check the server in the sink kubeconfig.'],
  },
  auditlogger_refuses: {
    station: 'auditlogger',
    what: 'wrong token or client certificate',
    sentence: 'The auditlogger at {url} refuses the credentials of the sink kubeconfig: status {status}.',
    advice: ["Give both sides the files of the same 'snoop sink' call."],
  },
  auditlogger_not_ready: {
    station: 'auditlogger',
    what: 'cannot store',
    sentence: 'The auditlogger at {url} cannot store events: {why}',
    advice: ['Repair its database first; the kube-apiserver retries for about four minutes.'],
  },
  auditlogger_rejects: {
    station: 'auditlogger',
    what: 'refuses an empty list of events',
    sentence: 'The auditlogger at {url} answers {status} to an empty list of events: {why}',
    advice: ['Check the path in the sink kubeconfig: it ends in /events or /events/SOURCE.'],
  },
  auditlogger_pod: {
    station: 'auditlogger',
    what: 'Pod is not ready',
    sentence: 'The Pod {pod} of the auditlogger is not ready: {why}',
    advice: ["'kubectl logs' of that Pod shows the reason."],
  },
  kind_problem: {
    station: 'auditlogger',
    what: 'Pods or nodes of a kind cluster',
    sentence: '{why}',
    advice: ["'snoop up --kind' repairs what it can."],
  },
  spool_waits: {
    station: 'auditlogger',
    what: 'backlog',
    sentence: '{bodies} bodies of audit events ({size}) wait in the spool: {why}',
    advice: ['Repair its database; the auditlogger then stores them by itself.'],
  },
  spool_refused: {
    station: 'auditlogger',
    what: 'backlog that the database refuses',
    sentence: 'The database refuses {bodies} bodies of the spool: {why}',
    advice: ["See the auditlogger's log. It retries each body."],
  },
  spool_broken: {
    station: 'auditlogger',
    what: 'broken spool files',
    sentence: '{files} unreadable records of the spool are kept in {folder}.',
    advice: ['Their events are lost. Check the disk, then delete the files.'],
  },
  probe_unanswered: {
    station: 'probe',
    what: 'no answer',
    sentence: 'The cluster {server} did not answer the probe request: {why}',
    advice: ['Try again; check the network, and load balancers that cut connections.'],
  },
  probe_missing: {
    station: 'probe',
    what: 'no event',
    sentence: 'The probe request {auditId} was answered and is not in SnoopDB after {seconds} s.',
    advice: [
      'Is the kube-apiserver started with --audit-policy-file and --audit-webhook-config-file?',
      "Does its sink kubeconfig name an auditlogger that answers 'ok' on /readyz and writes to this SnoopDB?",
      "Does the kube-apiserver's log mention the webhook? Its sink kubeconfig and policy: 'snoop sink check'.",
      'If --audit-webhook-batch-max-wait (default: 30 s) is longer: --wait SECONDS.',
    ],
  },
  probe_rejected: {
    station: 'probe',
    what: 'rejected event',
    sentence: 'The event of the probe request {auditId} was rejected: {why}',
    advice: ["Its row is in testing.rejected_event: 'snoop db psql'."],
  },
  policy_requests: {
    station: 'policy',
    what: 'requests that are not recorded',
    sentence: 'The audit policy does not record these requests: {requests}.',
    advice: ["Remove the rules with level None before the rule 'level: Metadata': 'snoop sink' writes such a policy."],
  },
  policy_stages: {
    station: 'policy',
    what: 'omitted stages',
    sentence: 'The audit policy omits the stage {stage}: {effect}.',
    advice: ['Remove it from omitStages; only RequestReceived may be omitted.'],
  },
  document_missing: {
    station: 'document',
    what: 'not loaded',
    sentence: 'SnoopDB has no OpenAPI document of {source}: its own resources resolve to no endpoint.',
    advice: ["Load it: 'snoop load openapi --cluster --source {source}'. 'snoop test' loads it, too."],
  },
  document_outdated: {
    station: 'document',
    what: 'outdated',
    sentence:
      'The OpenAPI document of {source} is {age} old and has changed: {added} endpoints are new, {removed} are no longer served.',
    advice: ["Load it: 'snoop load openapi --cluster --source {source}'. 'snoop test' loads it, too."],
  },
  document_unreadable: {
    station: 'document',
    what: 'unreadable',
    sentence: 'The OpenAPI document of {server} cannot be read: {why}',
    advice: [
      "Grant the right to get /openapi/v2; look for an aggregated API that does not answer: 'kubectl get apiservices'.",
    ],
  },
  apiserver_silent: {
    station: 'apiservers',
    what: 'a kube-apiserver without a webhook',
    sentence:
      'The kube-apiserver {address} sends no events to this SnoopDB: its probe request is missing after {seconds} s.',
    advice: [
      'Start it with the same --audit-policy-file and --audit-webhook-config-file as the others.',
      'Requests that reach it are never recorded, and no report can prove them.',
    ],
  },
  apiserver_refuses: {
    station: 'apiservers',
    what: 'a kube-apiserver with other credentials',
    sentence: 'The kube-apiserver {address} answers {status} to the credentials that {server} accepts.',
    advice: ['Give all kube-apiservers the same client CA, token file and service account keys.'],
  },
  clock_here: {
    station: 'clocks',
    what: "this machine's clock",
    sentence: "This machine's clock is {difference} the clocks of the cluster and SnoopDB.",
    advice: ['Synchronize it with NTP. While it is wrong, certificates and tokens can seem expired or not yet valid.'],
  },
  clock_cluster: {
    station: 'clocks',
    what: "the cluster's clock",
    sentence: "The cluster's clock is {difference} the clock of {other}.",
    advice: ["Synchronize both with NTP: 'snoop db reset-live' hides events by time."],
  },
  clock_database: {
    station: 'clocks',
    what: "SnoopDB's clock",
    sentence: "SnoopDB's clock is {difference} the clock of {other}.",
    advice: ["Synchronize both with NTP: 'snoop db reset-live' hides events by time."],
  },
  auditlogger_version: {
    station: 'versions',
    what: 'auditlogger and snoop differ',
    sentence: 'The auditlogger has version {found}, and snoop has version {wanted}.',
    advice: ['Use the same version of both: they share the schema of SnoopDB.'],
  },
  postgresql_version: {
    station: 'versions',
    what: 'old PostgreSQL',
    sentence: 'SnoopDB runs on PostgreSQL {found}, and needs version 14 or newer.',
    advice: ['Update the server, or use another one.'],
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
/** The values of a fault's sentence and advice. */
export type FaultValues<Name extends FaultName> = Readonly<
  Record<NamesIn<(typeof faults)[Name]['sentence']> | NamesIn<(typeof faults)[Name]['advice'][number]>, string | number>
>;

/** Replaces the names in braces. */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The table of docs/doctor.md, in Markdown. */
export function formatFaultTable(): string {
  const rows = Object.values<Fault>(faults).map(({ station, what, sentence, advice }) => [
    stations[station],
    what,
    sentence.replaceAll(/\{(\w+)\}/g, '*$1*'),
    advice.join(' ').replaceAll(/\{(\w+)\}/g, '*$1*'),
  ]);
  return [['station', 'fault', 'sentence', 'what to do'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
