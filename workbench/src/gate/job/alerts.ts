import type { YamlPart } from './yaml-page.ts';

const comment = `
Alerts, for the Prometheus Operator. Prometheus without it: put "groups" into a rule file, and scrape the Service.
`;
const monitorComment = `
Scrapes the metrics. If your Prometheus selects monitors and rules by a label, add it to both.
`;

/** Writes the alerts of a gate, and what scrapes its metrics. @param everyHours the interval of its job */
export function describeMonitoring(metricsName: string, labels: object, everyHours: number): YamlPart[] {
  const job = `{job="${metricsName}"}`;
  const rules = [
    {
      alert: 'SnoopGateStopped',
      expr: [
        `max by (job) (snoop_gate_answer_age_seconds${job}) > ${3 * everyHours * 3600}`,
        `or min by (job) (snoop_gate_answer_age_seconds${job}) < -300`,
        `or absent(snoop_gate_answer_age_seconds${job})`,
      ].join('\n'),
      for: '30m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The gate has not answered for too long.',
        description:
          'No job has kept an answer for three intervals, a clock is wrong, or the metrics cannot be scraped. See the newest Job, its log, and the ConfigMap of the answer.',
      },
    },
    {
      alert: 'SnoopGateCannotTell',
      expr: `max by (job) (snoop_gate_exit_code${job}) == 3`,
      for: '10m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'The gate cannot tell whether endpoints are missing a test.',
        description:
          'A source is missing, broken or stale. The field doubts of the kept answer says which, and what to do.',
      },
    },
    {
      alert: 'SnoopGateMissing',
      expr: `max by (job) (snoop_gate_exit_code${job}) == 1`,
      for: '10m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Endpoints are missing a test, or entries of a list are stale.',
        description:
          'The field endpoints of the kept answer lists them; snoop_gate_untested and snoop_gate_stale_entries count them.',
      },
    },
  ];
  return [
    {
      comment: monitorComment,
      document: {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: { name: metricsName, labels },
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/instance': metricsName } },
          endpoints: [{ port: 'metrics', path: '/metrics', interval: '60s', scrapeTimeout: '10s' }],
        },
      },
    },
    {
      comment,
      document: {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: metricsName, labels },
        spec: { groups: [{ name: metricsName, rules }] },
      },
    },
  ];
}
