export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What holds where neither a flag nor a variable says otherwise; sizes in bytes. */
export const defaults = {
  listen: '127.0.0.1:9900',
  source: 'cluster',
  logLevel: 'info',
  spoolMaxBytes: 1024 ** 3,
  bodyBytes: 128 * 1024 ** 2,
  queueBytes: 24 * 1024 ** 2,
  connections: 2000,
} as const;

export const help = `auditlogger: takes audit events of a kube-apiserver over HTTP and commits them into SnoopDB.

Usage: auditlogger [flags]

  --listen HOST:PORT      where to listen; port 0 takes a free one              [${defaults.listen}]  SNOOP_LISTEN
  --database-url URL      the PostgreSQL that holds SnoopDB                     [PG* variables]  DATABASE_URL
  --source NAME           the cluster that sends to /events, as SnoopDB stores  [${defaults.source}]  SNOOP_SOURCE
                          it; to /events/NAME, it is in the path

Who may send (PEM files; all are read again when they change):
  --tls-cert-file FILE    the certificate to serve with, and those above it     [none: plain HTTP]  SNOOP_TLS_CERT_FILE
  --tls-key-file FILE     its key, without a passphrase                         SNOOP_TLS_KEY_FILE
  --client-ca-file FILE   senders with a certificate of these authorities       SNOOP_CLIENT_CA_FILE
  --token-file FILE       senders with one of these bearer tokens, one a line;  SNOOP_TOKEN_FILE
                          'TOKEN SOURCE' binds one to a source, as the common
                          name 'source:NAME' binds a certificate
  --insecure              serve other addresses than loopback ones without TLS, or anybody who sends  SNOOP_INSECURE

Who may look:
  --metrics-listen HOST:PORT  serve /metrics there, and not beside the events   [none]  SNOOP_METRICS_LISTEN
  --status-token-file FILE  whoever shows this bearer token reads in /readyz,    [none]  SNOOP_STATUS_TOKEN_FILE
                          as senders with credentials do, why events are not
                          stored; all others read the kind of trouble

While the database is away:
  --spool DIR             keep bodies on this disk until it is back             [none: they are put off]  SNOOP_SPOOL
  --spool-max-bytes SIZE  how large that may become                             [1GiB]  SNOOP_SPOOL_MAX_BYTES

At the end:
  --shutdown-delay TIME   after the signal, take bodies this long while a         [none: at once]  SNOOP_SHUTDOWN_DELAY
                          sender is connected: one that ends at the same time
                          can deliver what it still has

Limits:
  --max-body-bytes SIZE   the largest body, decoded                             [128MiB]  SNOOP_MAX_BODY_BYTES
  --max-queue-bytes SIZE  all bodies in flight, beside one that is larger       [24MiB]  SNOOP_MAX_QUEUE_BYTES
  --max-connections N     connections at once                                   [${defaults.connections}]  SNOOP_MAX_CONNECTIONS
  --max-sources N         names at /events/NAME                                 [64]  SNOOP_MAX_SOURCES
  --max-hits N            rows of hits of all these together                    [1000000]  SNOOP_MAX_HITS
  --live-max-rows N       events held at most                                   [5000000]  SNOOP_LIVE_MAX_ROWS
  --live-max-bytes SIZE   their size at most, such as 8GiB or 500MiB            [8GiB]  SNOOP_LIVE_MAX_BYTES
  --live-max-age TIME     how long they are held at most, such as 7d, 12h       [7d]  SNOOP_LIVE_MAX_AGE

  --log-level LEVEL       ${logLevels.join(', ')}  [${defaults.logLevel}]  SNOOP_LOG_LEVEL
  --log-format FORMAT     json or text                                          [text on a terminal]  SNOOP_LOG_FORMAT
  --help                  this page
  --version               the version

The name at the end of a line is the environment variable of the same meaning; the flag beats it. Without a database URL,
PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE are used, as psql uses them; host localhost, user and database apisnoop.
sslmode, sslrootcert, sslcert and sslkey in the URL, and PGSSLMODE and so on, mean what they mean to psql (default: prefer).

A loopback address needs nothing of all this. Any other one needs TLS, and one of --client-ca-file and --token-file; where both are
given, either will do. 'snoop sink' writes such files, and the kubeconfig for the kube-apiserver that goes with them.

When events are beyond one of the three live bounds, the oldest go, about a sixteenth of them at a time. What they hit stays.

Paths:
  POST /events, /events/NAME
                 an EventList (or one Event) of audit.k8s.io/v1; answered 200 when every event of it is committed
  GET  /         what this is
  GET  /healthz  the program runs
  GET  /readyz   it can store events: 503 with the kind of trouble while it cannot
  GET  /metrics  what it does, in figures for Prometheus

Examples:
  auditlogger --database-url postgresql://apisnoop@localhost/apisnoop
  DATABASE_URL=postgresql://apisnoop@localhost/apisnoop auditlogger --listen 127.0.0.1:0 --source my-cluster
  auditlogger --listen 0.0.0.0:9900 --tls-cert-file server.crt --tls-key-file server.key --client-ca-file ca.crt

Exit codes: 0 stopped by a signal, 2 wrong use, 3 it cannot do its work (the reason is printed).
`;
