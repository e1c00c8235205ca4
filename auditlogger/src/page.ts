/** What `auditlogger --help` says beside the flags. */
export const page = {
  title: 'takes audit events of a kube-apiserver over HTTP and commits them into SnoopDB',
  usage: ['auditlogger [flags]'],
  sections: [
    {
      title: 'Environment',
      text: `
The name in brackets is the environment variable of the same meaning; the flag beats it. Without a database URL, PGHOST,
PGPORT, PGUSER, PGPASSWORD and PGDATABASE are used, as psql uses them; host localhost, user and database apisnoop.
sslmode, sslrootcert, sslcert and sslkey in the URL, and PGSSLMODE and so on, mean what they mean to psql (default:
prefer).`,
    },
    {
      title: 'Addresses that others can reach',
      text: `
A loopback address needs neither TLS nor credentials. Any other one needs TLS, and one of --client-ca-file and
--token-file; where both are given, either will do. 'snoop sink' writes such files, and the kubeconfig for the
kube-apiserver that goes with them.`,
    },
    {
      title: 'The live bounds',
      text: `
When events are beyond one of the three, the oldest go, about a sixteenth of them at a time. What they hit stays.`,
    },
    {
      title: 'Paths',
      items: {
        'POST /events, /events/NAME':
          'an EventList (or one Event) of audit.k8s.io/v1; answered 200 when every event of it is committed',
        'GET  /': 'what this is',
        'GET  /healthz': 'the program runs',
        'GET  /readyz': 'it can store events: 503 with the kind of trouble while it cannot',
        'GET  /metrics': 'what it does, in figures for Prometheus',
      },
    },
  ],
  examples: `
auditlogger --database-url postgresql://apisnoop@localhost/apisnoop
auditlogger --listen 127.0.0.1:0 --source my-cluster
auditlogger --listen 0.0.0.0:9900 --client-ca-file ca.crt \\
  --tls-cert-file server.crt --tls-key-file server.key`,
  exitCodes: '0 stopped by a signal · 2 wrong use · 3 it cannot do its work (the reason is printed)',
} as const;
