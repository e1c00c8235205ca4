/** The texts of `auditlogger --help` around the flags. */
export const page = {
  title: 'receives audit events from kube-apiservers over HTTP and commits them to SnoopDB',
  usage: ['auditlogger [flags]'],
  sections: [
    {
      title: 'Environment',
      text: `
Each flag's variable is in brackets; the flag wins. Without a database URL, psql's PGHOST, PGPORT, PGUSER, PGPASSWORD
and PGDATABASE are used (default: localhost, user and database apisnoop). sslmode, sslrootcert, sslcert and sslkey in the
URL, and the PGSSL… variables, mean what they mean to psql (default: prefer).`,
    },
    {
      title: 'Addresses beyond loopback',
      text: `
Loopback addresses need neither TLS nor credentials. Any other address needs TLS, and --client-ca-file or --token-file
(with both, either is enough). 'snoop sink' writes these files, and the kubeconfig for the kube-apiserver.`,
    },
    {
      title: 'Bounds of the live events',
      text: `
When one of the three is exceeded, the oldest events are dropped, about a sixteenth at a time. Their hits stay.`,
    },
    {
      title: 'Paths',
      items: {
        'POST /events, /events/NAME':
          'accepts an EventList or Event of audit.k8s.io/v1; 200 means that every event is committed',
        'GET  /': 'name, version and paths',
        'GET  /healthz': 'whether the program runs',
        'GET  /readyz': 'whether it can store events; if not, 503 with the kind of trouble',
        'GET  /metrics': 'metrics for Prometheus',
      },
    },
  ],
  examples: `
auditlogger --database-url postgresql://apisnoop@localhost/apisnoop
auditlogger --listen 127.0.0.1:0 --source my-cluster
auditlogger --listen 0.0.0.0:9900 --client-ca-file ca.crt \\
  --tls-cert-file server.crt --tls-key-file server.key`,
  exitCodes: '0 stopped by a signal · 2 wrong use · 3 could not do it (the reason is printed)',
} as const;
