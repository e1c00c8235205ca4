import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { jobSystems } from '../../../src/gate/job/job-options.ts';
import { kubernetesPaths } from '../../../src/gate/sources/places.ts';
import { writeJob } from '../../../src/gate/job/write-job.ts';

const image = 'registry.example/snoop/workbench:0.1.0';
const action = `example/snoop@${'0a'.repeat(20)}`;
/** What YAML, a shell or a system would read as something else. */
const hostile = [
  ...['--hits', 'a: b', '--group', '*.example.io', '--previous', '1.30', '--grace', '0x1', '--pending', 'yes'],
  ...[
    '--openapi',
    "it's; $(touch x) `id`",
    '--ineligible',
    '# no comment',
    '--conformance',
    '{"a": [&b *c]}',
    '--max-age',
    '\\n',
  ],
];

function write(system: (typeof jobSystems)[number], flags: readonly string[] = []): string {
  return writeJob(system, { name: 'snoop-gate', image: system === 'github' ? action : image, flags });
}

// biome-ignore lint/suspicious/noExplicitAny: the shapes are what these tests check
const parse = (text: string): any[] => loadAll(text);

test.for(jobSystems)('%s: comments come first, and lines fit', (system) => {
  const text = write(system);
  expect(text).toMatch(/^# \w/);
  for (const line of text.split('\n').filter((one) => one.startsWith('#'))) expect(line.length, line).toBeLessThan(123);
  expect(parse(text).every((document) => typeof document === 'object')).toBe(true);
});

describe('flags arrive as they were given', () => {
  test('prow', () => {
    const [{ presubmits, periodics }] = parse(write('prow', hostile));
    for (const job of [presubmits['kubernetes/kubernetes'][0], periodics[0]]) {
      const [container] = job.spec.containers;
      expect(container.args[2]).toBe('snoop-gate');
      expect(container.args.slice(3).map(expandReferences)).toEqual(hostile);
    }
  });

  test('cronjob', () => {
    const cronJob = parse(write('cronjob', hostile)).find(({ kind }) => kind === 'CronJob');
    const { args } = cronJob.spec.jobTemplate.spec.template.spec.containers[0];
    expect(args.slice(0, 4)).toEqual(['keep-gate-answer', '--config-map', 'snoop-gate', '--']);
    expect(args.slice(4).map(expandReferences)).toEqual(hostile);
  });

  test('github: one word a line', () => {
    const [{ jobs }] = parse(write('github', hostile));
    expect(jobs['snoop-gate'].steps[1].with.flags.split('\n')).toEqual([...hostile, '']);
  });

  test("gitlab: quoted, besides GitLab's own variables", () => {
    const script = (flags: readonly string[]): string => parse(write('gitlab', flags))[0]['snoop-gate'].script[0];
    expect(script(['--openapi', "it's; $(touch x)", '--group=*.example.io'])).toBe(
      "snoop gate --openapi 'it'\\''s; $(touch x)' '--group=*.example.io' --output junit=snoop-gate.xml --output json=snoop-gate.json",
    );
    expect(script(['--previous=$CI_MERGE_REQUEST_DIFF_BASE_SHA'])).toContain(
      '"--previous=$CI_MERGE_REQUEST_DIFF_BASE_SHA"',
    );
    expect(script(['--previous=$CI_X$(id)'])).toContain("'--previous=$CI_X$(id)'");
  });
});

/** As the kubelet, for what has no variable. */
function expandReferences(text: string): string {
  return text.replaceAll('$$', '$');
}

test('prow: the presubmit names the commit that it is merged into; the periodic alerts', () => {
  const [{ presubmits, periodics }] = parse(write('prow'));
  const [presubmit] = presubmits['kubernetes/kubernetes'];
  expect(presubmit.spec.containers[0].args[1]).toContain('--previous "$PULL_BASE_SHA"');
  const changed = new RegExp(presubmit.run_if_changed);
  for (const file of Object.values(kubernetesPaths)) expect(file).toMatch(changed);
  expect('pkg/api/openapi-spec/a').not.toMatch(changed);
  expect('release-1.38').toMatch(new RegExp(presubmit.skip_branches[0]));
  expect(periodics[0].annotations).toEqual({
    'testgrid-dashboards': 'sig-arch-conformance',
    'testgrid-tab-name': 'snoop-gate',
    'testgrid-alert-email': expect.stringMatching(/@/),
    'testgrid-num-failures-to-alert': '1',
    description: expect.any(String),
  });
});

test('cronjob: every name follows --name, and the role has one ConfigMap', () => {
  const documents = parse(writeJob('cronjob', { name: 'other', image, flags: ['--debt'] }));
  expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    ...['ServiceAccount other', 'Role other', 'RoleBinding other', 'ConfigMap other', 'CronJob other'],
    ...[
      'Deployment other-metrics',
      'Service other-metrics',
      'ServiceMonitor other-metrics',
      'PrometheusRule other-metrics',
    ],
  ]);
  expect(documents[1].rules).toEqual([
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['other'], verbs: ['get', 'patch'] },
  ]);
  expect(documents[3]).not.toHaveProperty('data');
  expect(documents[8].spec.groups[0].rules.map(({ alert }: { alert: string }) => alert)).toEqual([
    ...['SnoopGateStopped', 'SnoopGateCannotTell', 'SnoopGateMissing'],
  ]);
});
