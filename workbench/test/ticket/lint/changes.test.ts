import { expect, test } from 'vitest';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { evidenceNames, readGoldenEvidence } from '../support/golden-evidence.ts';

const { body } = writeTicket(await readGoldenEvidence());

async function lint(text: string): Promise<string[]> {
  const readAttachment = (): Promise<never> => Promise.reject(new Error('There is no attachment.'));
  const findings = await lintTicket(await readTicket('ticket.md', text), { readAttachment });
  return findings.map(({ line, severity, rule }) => `${line ?? '-'} ${severity} ${rule}`);
}

/** The line of a text, from 1. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

const rule = `---\n\n/sig storage`;

/** Rule, what is replaced (first occurrence), by what. */
const changes: readonly (readonly [string, string, string])[] = [
  // Placeholders, sentences of a template, labels.
  ['placeholder', 'This test is also created with', 'This RESOURCENAME test is also created with'],
  ['placeholder', '- [ ] test pr:', '- [x] test pr: [a](https://pr.k8s.io/1) xxxx-xx-xx'],
  ['placeholder', 'go up by 7 points', 'go up by N points'],
  ['placeholder', '# Final notes', '# Final notes\n\nTODO: say more'],
  ['placeholder', '# Progress', 'Write it - +N endpoint coverage\n\n# Progress'],
  [
    'template-text',
    '# API Reference',
    'with this query you can filter untested endpoints by category\n\n# API Reference',
  ],
  ['label', '/area conformance\n', ''],
  ['label', '/sig storage\n', ''],
  ['label', '/sig storage', '/sig node'],
  ['bot-command', '/area conformance', '/area conformance\n/close'],
  // Sections.
  ['section-missing', '# Progress <code>[1/6]</code>', 'Progress'],
  ['section-missing', '# API Reference and feature documentation', ''],
  ['section-missing', '## Test outline', '## The outline of the test'],
  ['section-missing', '# Final notes', '## Final notes'],
  ['section-missing', '# The mock test\n', '<!--\n# The mock test\n-->\n'],
  ['section-order', '# The mock test\n\n## Test outline', '## Test outline\n\n# The mock test'],
  ['section-repeated', '# Progress', '# Final notes\n\n# Progress'],
  // Boxes and links.
  ['progress-count', '[1/6]', '[2/6]'],
  ['progress-count', '- [ ] test approval issue:', '- [x] test approval issue: #12345'],
  ['progress-count', '- [ ] two weeks soak end date:\n', ''],
  ['ticked-box', '- [ ] test pr:', '- [x] test pr:'],
  ['ticked-box', '- [ ] test approval issue:', '- [x] test approval issue: soon'],
  ['ticked-box', '- [ ] test pr:', '- [x] test pr: [!](https://pr.k8s.io/)'],
  ['ticked-box', '- [ ] two weeks soak end date:', '- [x] two weeks soak end date: next week'],
  ['empty-link', '- [ ] test approval issue:', '- [x] test approval issue: [#](https://issues.k8s.io/)'],
  ['empty-link', '# Final notes', '# Final notes\n\nSee [the pull request]().'],
  ['empty-link', '# Final notes', '# Final notes\n\nSee [it](https://github.com/kubernetes/kubernetes/pull/).'],
  ['changed-text', 'run `20261130-', 'run `20261129-'],
  [
    'changed-text',
    '(https://github.com/kubernetes/client-go/blob/kubernetes-1.34.0/',
    '(https://github.com/kubernetes/client-go/blob/master/',
  ],
  ['changed-text', 'kubernetes-api/v1.34/#volume', 'kubernetes-api/v1.36/#volume'],
  // N.
  ['points', 'go up by 7 points', 'go up by 8 points'],
  ['points', 'go up by 7 points', 'go up by 6 points'],
  ['points', '# Progress', 'Write VolumeAttributesClass test+promote - +12 endpoint coverage\n\n# Progress'],
  ['points', rule, `So test coverage will go up by 14 points.\n\n${rule}`],
  ['changed-text', ', which is not certain: see the note at the top', ''],
  ['changed-text', 'there are still 7 remaining', 'there are still 9 remaining'],
  ['changed-text', 'The number of endpoints is not certain', 'The number of endpoints is certain'],
  ['changed-text', ', also if only a failed test hit them', ''],
  ['changed-text', '46 eligible endpoints without', '0 eligible endpoints without'],
  // The query and its result.
  ['changed-query', 'and eligible and not conf_tested', 'and not conf_tested'],
  ['changed-query', "where release = '1.34.0'", "where release = '1.99.0'"],
  [
    'not-hit',
    ' createStorageV1VolumeAttributesClass           | /apis',
    ' createStorageV1VolumeAttachment                | /apis',
  ],
  ['changed-result', '(7 rows)', '(8 rows)'],
  ['changed-result', '| VolumeAttributesClass\n(7', '| StorageClass\n(7'],
  // Outline and source.
  ['outline', '2. read\n', '2. read it twice\n'],
  ['outline', '7. delete\n', ''],
  ['outline', '8. delete a second one as a collection\n', '8. delete a second one as a collection\n9. do the rest\n'],
  ['outline', '5. patch an annotation', '5. patch an annotation (*to be written*)'],
  ['stale-result', 'timeout: 30_000', 'timeout: 60_000'],
  ['stale-result', '    expect(read.metadata?.name).toBe(name);\n', ''],
  [
    'stale-result',
    'await storage.deleteVolumeAttributesClass({ name });',
    'await storage.deleteStorageClass({ name });',
  ],
  ['changed-text', '`volume-attributes-class.live.ts`:', '`volume-attributes.live.ts`:'],
  ['curly-quotes', "written by 'snoop new", 'written by ‘snoop new'],
  // What was hit.
  ['changed-result', ' live-test-writing\n', ' kube-controller-manager\n'],
  ['changed-query', "and sent_by = 'test';", ';'],
  ['changed-query', "where run = '20261130-", "where run = '20261129-"],
  ['changed-result', 't        |               2', 't        |              20'],
  [
    'changed-result',
    '| f          | f                  | t        |               2',
    '| f          | t                  | t        |               2',
  ],
  ['not-hit', '(7 rows)\n```\n\n## Display', ' listStorageV1StorageClass | f | f | t | 1\n(7 rows)\n```\n\n## Display'],
  [
    'changed-result',
    ' stable        |             650 |          497 |          504',
    ' stable        |             650 |          497 |          514',
  ],
  ['changed-result', ' beta          |             128', ' beta          |             100'],
  // The evidence.
  ['digest', '"passed"', '"failed"'],
  ['digest', '"hit_by_ete":false', '"hit_by_ete":true'],
  ['digest', '"release":"1.34.0"', '"release":"1.36.0"'],
  ['digest', '"hit_by_new_test":2', '"hit_by_new_test":3'],
  ['digest', '"snoop_version":"0.1.0"', '"snoop_version":"9.9.9"'],
  ['digest', '"format":"snoop-ticket"', '"format":"other"'],
  ['changed-text', '<summary>Evidence: run', '<summary>Data of run'],
];

test.each(evidenceNames)('finds nothing in the ticket of %s as it was written', async (name) => {
  expect(await lint(writeTicket(await readGoldenEvidence(name)).body)).toEqual([]);
});

test.each(changes)('%s: %j → %j', async (expected, before, after) => {
  expect(body).toContain(before);
  const found = await lint(body.replace(before, () => after));
  expect(found.map((one) => one.split(' ')[2])).toContain(expected);
});

test('names the line', async () => {
  const changed = body.replace('timeout: 30_000', 'timeout: 60_000');
  expect(await lint(changed)).toEqual([`${lineOf(changed, 'timeout: 60_000')} error stale-result`]);
});
