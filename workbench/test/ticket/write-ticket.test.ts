import type { DocumentTest, RunDocument } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { createEvidence, type TicketEvidence } from '../../src/ticket/evidence.ts';
import { listNotes } from '../../src/ticket/notes.ts';
import { maxBodyCharacters, writeTicket } from '../../src/ticket/write-ticket.ts';
import { makeRunDocument } from '../support/made-run.ts';
import { readGoldenEvidence } from './support/golden-evidence.ts';

const golden = await readGoldenEvidence();
const two = await readGoldenEvidence('two-tests');

function getRun({ runs: [run] }: TicketEvidence): RunDocument {
  if (!run) throw new Error('The evidence has no run.');
  return run;
}

/** The golden evidence with another run. */
function change(fields: Partial<RunDocument>, of: TicketEvidence = golden): TicketEvidence {
  return createEvidence({ ...of, runs: [{ ...getRun(of), ...fields }] });
}

test('is a pure function of the evidence', () => {
  const copy: TicketEvidence = JSON.parse(JSON.stringify(golden));
  expect(writeTicket(copy)).toEqual(writeTicket(golden));
});

test('ends with its evidence, as JSON with a line for each row', () => {
  const [, json = ''] = /```json\n(.*)\n```\n\n<\/details>\n$/s.exec(writeTicket(golden).body) ?? [];
  expect(JSON.parse(json)).toEqual(golden);
  expect(json.split('\n').filter((line) => line.startsWith('{"'))).toHaveLength(
    Object.values(getRun(golden)).reduce((sum, rows) => sum + (Array.isArray(rows) ? rows.length : 0), 0) +
      golden.query.rows.length,
  );
});

describe('the length of a body', () => {
  /** The golden ticket of tests that printed so much, and imported a file so long. */
  const write = (printed: number, imported: number, source = 0) => {
    const run = getRun(golden);
    const files = run.files.map((file) => ({ ...file, content: `${file.content}${'// long\n'.repeat(source / 8)}` }));
    const tests = run.tests.map((one) => ({ ...one, output: 'printed\n'.repeat(printed / 8) }));
    const helper = { file: 'helper.ts', content: '// helper\n'.repeat(imported / 10), omitted: null };
    return writeTicket(change({ tests, files: imported > 0 ? [...files, helper] : files }));
  };

  test('is within the limit of GitHub with all in it', () => {
    expect(write(2_000, 2_000).attachment).toBeNull();
  });

  test.for([
    ['the evidence', write(20_000, 20_000), { prints: true, imports: true, sources: true }],
    ['what the tests printed', write(60_000, 20_000), { prints: false, imports: true, sources: true }],
    ['imported files', write(60_000, 60_000), { prints: false, imports: false, sources: true }],
    ['the sources', write(60_000, 60_000, 60_000), { prints: false, imports: false, sources: false }],
  ] as const)('moves %s to the attachment', ([, { body, attachment }, expected]) => {
    const count = (text: string): number => body.split(text).length - 1;
    expect({
      prints: count('printed\n') > 1_000,
      imports: count('// helper\n') > 1_000,
      sources: count("await step('create with a label'") === 1,
    }).toEqual(expected);
    expect(body.length).toBeLessThanOrEqual(maxBodyCharacters);
    const { name, content } = attachment ?? { name: '', content: '{}' };
    expect(name).toBe('20261130-193248-xeetgi.evidence.json');
    expect(body).toContain(`in the attached file \`${name}\``);
    const { sha256 } = JSON.parse(content);
    expect(JSON.parse(/```json\n(.*)\n```\n\n<\/details>\n$/s.exec(body)?.[1] ?? '')).toEqual({
      ...{ format: 'snoop-ticket', version: 1, sha256, attachment: name },
    });
  });

  test('is too long for thousands of steps', () => {
    const [step] = getRun(golden).steps;
    const steps = Array.from({ length: 5_000 }, (_, index) => ({ ...step, name: 'check it again', step: index + 1 }));
    expect(() => writeTicket(change({ steps: steps as RunDocument['steps'] }))).toThrow(
      'does not fit into an issue of 65536 characters',
    );
  });
});

describe('the head', () => {
  const changeTests = (...changes: Partial<DocumentTest>[]): RunDocument['tests'] =>
    getRun(two).tests.map((one, index) => ({ ...one, ...changes[index] }));
  const { run } = getRun(two);

  test.for<[string, Partial<RunDocument>, string[]]>([
    [
      'incomplete',
      { evidence: getRun(two).evidence.slice(1) },
      ['The run is incomplete: 1 of 9 requests is not recorded and does not count.'],
    ],
    [
      'failed',
      { run: { ...run, state: 'failed' }, tests: changeTests({ state: 'failed', error: 'no' }) },
      [
        'The run failed: 1 of 2 tests did not pass ("DeviceClass lifecycle").',
        '5 endpoints that only failed tests hit are not counted.',
      ],
    ],
    [
      'failed outside of its tests',
      { run: { ...run, state: 'failed' }, errors: [{ file: 'a.live.ts', line: 1, message: 'no' }] },
      ['The run had 1 error outside of its tests.'],
    ],
    ['interrupted', { run: { ...run, state: 'interrupted' } }, ['The run was interrupted.']],
    [
      'of a dirty working tree',
      { run: { ...run, git_dirty: true } },
      ['The run is of a working tree with uncommitted changes; the sources in this ticket are those that ran.'],
    ],
    [
      'of a cluster of another release',
      { run: { ...run, cluster_version: '1.36.3' } },
      [
        'The run is of a cluster with Kubernetes 1.36.3, and is compared with 1.34.0, the nearest release with coverage data.',
      ],
    ],
  ])('says that a run is %s', ([, fields, expected]) => {
    const { body, claims } = writeTicket(change(fields, two));
    expect(listNotes(claims).slice(1)).toEqual(expected);
    const head = body.slice(0, body.indexOf('# Progress'));
    for (const note of expected) expect(head).toContain(note.split('"')[0]);
    expect(head.startsWith('> [!WARNING]\n> - The number of endpoints is not certain, because')).toBe(true);
  });

  test('is missing if there is nothing to say', async () => {
    expect(writeTicket(await readGoldenEvidence('exec')).body).toMatch(/^# Progress/);
  });
});

describe('a ticket of several runs', () => {
  const later = getRun(two);
  const ticket = writeTicket(createEvidence({ ...golden, runs: [getRun(golden), later] }));

  test('counts the endpoints of all runs', () => {
    expect(ticket.title).toBe(
      'Write DeviceClass, ResourceClaimTemplate and VolumeAttributesClass test+promote - +15 endpoint coverage',
    );
    expect(ticket.body).toContain('go up by 15 points');
    expect(ticket.body).toContain('\n/sig node\n/sig storage\n/area conformance\n');
  });

  test('shows the results of each run under its name', () => {
    const headings = ticket.body.split('\n').filter((line) => /^### /.test(line));
    const runs = [getRun(golden), later].map(({ run }) => `### Run \`${run.id}\``);
    const tests = [
      'VolumeAttributesClass lifecycle',
      'DeviceClass lifecycle',
      'ResourceClaimTemplate in all namespaces',
    ];
    expect(headings).toEqual([...tests.map((name) => `### ${name}`), ...runs, ...runs, ...runs]);
    expect(ticket.body).toContain(`org-flow: runs \`${getRun(golden).run.id}\`, \`${later.run.id}\``);
  });
});

describe('the title', () => {
  const write = (fields: object, kind = 'Pod'): string => {
    const requests = [{ endpoint: 'readCoreV1Pod', path: '/api/v1/pods', kind }];
    const run = makeRunDocument({
      requests,
      endpoint: { path: '/api/v1/pods', hit_by_ete: false, hit_by_conformance: false, eligible: false, ...fields },
    });
    return writeTicket(createEvidence({ ...golden, runs: [run] })).title;
  };

  test.for<[object, string]>([
    [{ eligible: true }, 'Write Pod test+promote - +1 endpoint coverage'],
    [{}, 'Write Pod test - +1 stable endpoint not eligible for conformance'],
    [{ level: 'beta' }, 'Write Pod test - +1 beta endpoint'],
    [{ in_baseline: false }, 'Write Pod test - 1 endpoint not in the baseline'],
    [{ in_baseline: false, path: '/apis/example.com/v1/pods' }, 'Write Pod test - 1 endpoint outside Kubernetes'],
    [{ eligible: true, hit_by_ete: true, hit_by_conformance: true }, 'Write Pod test - no change in endpoint coverage'],
  ])('names what is raised by %j', ([fields, expected]) => {
    expect(write(fields)).toBe(expected);
  });

  test('is shorter than the limit of GitHub', () => {
    expect(write({ eligible: true }, 'P'.repeat(500)).length).toBeLessThan(256);
  });
});

describe('the query of an outline', () => {
  const write = async (kinds: readonly string[]): Promise<string> => {
    const outline = await readGoldenEvidence('outline');
    const rows = kinds.map((kind) => ({ endpoint: `read${kind}`, path: `/api/v1/${kind}/{name}`, kind }));
    const { body } = writeTicket(createEvidence({ ...outline, query: { ...outline.query, rows } }));
    return /According to .*/.exec(body)?.[0] ?? '';
  };

  test.for<[string[], string]>([
    [
      ['A', 'B', 'C', 'D'],
      'there are still 4 remaining endpoints of Kubernetes 1.34.0 which are untested: no conformance test hits them.',
    ],
    [
      ['A'],
      'there is still 1 remaining A endpoint of Kubernetes 1.34.0 which is untested: no conformance test hits it.',
    ],
    [[], 'conformance tests already hit every eligible endpoint in Kubernetes 1.34.0:'],
  ])('is introduced for the kinds %j', async ([kinds, expected]) => {
    expect(await write(kinds)).toBe(`According to this APISnoop query, ${expected}`);
  });
});

describe('the final notes', () => {
  const write = (number: number, fields: object): string => {
    const requests = Array.from({ length: number }, (_, index) => ({ endpoint: `read${index}`, kind: 'Pod' }));
    const run = makeRunDocument({
      requests,
      endpoint: { path: '/api/v1/pods', hit_by_ete: false, hit_by_conformance: false, eligible: false, ...fields },
    });
    const { body } = writeTicket(createEvidence({ ...golden, runs: [run] }));
    return /^It (?:also )?hits .*/m.exec(body)?.[0] ?? '';
  };

  test.for<[number, object, string]>([
    [
      1,
      { reason: 'optional feature', link: 'https://example.com/1' },
      'It hits **1 stable endpoint** of Pod that no e2e test hits. It cannot have a conformance test: optional feature (https://example.com/1).',
    ],
    [
      2,
      {},
      'It hits **2 stable endpoints** of Pod that no e2e test hits. They are not eligible for a conformance test.',
    ],
    [
      2,
      { level: 'beta' },
      'It hits **2 beta endpoints** of Pod that no e2e test hits. They can have a conformance test once they are stable.',
    ],
    [1, { in_baseline: false }, 'It hits **1 endpoint** of Pod. It is not in Kubernetes 1.34.0 and changes no number.'],
    [
      2,
      { in_baseline: false, path: '/apis/example.com/v1/pods' },
      'It hits **2 endpoints** of Pod. They are not part of Kubernetes and change no number.',
    ],
  ])('name %i endpoints with %j', ([number, fields, expected]) => {
    expect(write(number, fields)).toBe(expected);
  });
});

test('leaves out tests that did not run', () => {
  const tests = getRun(two).tests.map(
    (one, index) => ({ ...one, state: index === 0 ? 'skipped' : one.state }) as const,
  );
  const { body } = writeTicket(change({ tests: tests as RunDocument['tests'] }, two));
  expect(body.slice(body.indexOf('## Test outline'), body.indexOf('## Test the'))).not.toContain('DeviceClass');
});
