import { expect, test } from 'vitest';
import { computeDigest, type RunDocument } from '@snoop/snoopdb';
import { updateTicket } from '../../../src/ticket/comparison/update-ticket.ts';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { evidenceNames, readGoldenEvidence } from '../support/golden-evidence.ts';

const evidence = await readGoldenEvidence();
const old = writeTicket(evidence).body;
/** The ticket of a later run with another step and fewer hits. */
const next = writeTicket(rerun(evidence)).body;

function rerun({ sha256: _, ...parts }: TicketEvidence): TicketEvidence {
  const runs = parts.runs.map((run) => {
    // Also in the Audit-IDs of its requests.
    const renamed = JSON.stringify(run).replaceAll(run.run.id, '20261201-080000-bcdefg');
    const { sha256: _digest, ...document }: RunDocument = JSON.parse(renamed);
    const later = {
      ...document,
      run: { ...document.run, git_dirty: true },
      steps: document.steps.map((step) => (step.name === 'read' ? { ...step, name: 'read it back' } : step)),
    };
    return { ...later, sha256: computeDigest(later) };
  });
  return createEvidence({ ...parts, written_at: '2026-12-01T08:00:00.000Z', runs });
}

async function lint(text: string): Promise<string[]> {
  const findings = await lintTicket(await readTicket('ticket.md', text), {
    readAttachment: () => Promise.reject(new Error('There is no attachment.')),
  });
  return findings.map(({ line, rule }) => `${line} ${rule}`);
}

test('writes the ticket of the newer run if nobody changed the file', () => {
  expect(updateTicket(old, old, next)).toEqual({ text: next, overwritten: [] });
  expect(updateTicket(next, next, next)).toEqual({ text: next, overwritten: [] });
});

test.each(evidenceNames)('leaves the ticket of %s as it is if nothing changed', async (name) => {
  const { body } = writeTicket(await readGoldenEvidence(name));
  expect(updateTicket(body, body, body)).toEqual({ text: body, overwritten: [] });
  expect(updateTicket(body, null, body)).toEqual({ text: body, overwritten: [] });
});

const additions: readonly (readonly [string, string])[] = [
  ['- [ ] test approval issue:', '- [x] test approval issue: [#1234](https://issues.k8s.io/1234)'],
  ['- [ ] test pr:', '- [ ] test pr: waits for the issue\n- [ ] docs pr:'],
  ['# API Reference', 'Our own paragraph,\nwith two lines.\n\n# API Reference'],
  ['\n\n# The mock test', '\n- [our design](https://example.org/design)\n\n# The mock test'],
  ['## Test the functionality', '## Why\n\nBecause.\n\n```sh\nmake test\n```\n\n## Test the functionality'],
  ['# Progress', 'Write VolumeAttributesClass tests\n\n# Progress'],
  ['</details>\n', '</details>\n\n<!-- thanks -->\n'],
];

function edit(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((sum, [before, after]) => {
    expect(sum).toContain(before);
    return sum.replace(before, () => after);
  }, text);
}

/** The additions as they appear in a ticket: the heading counts the boxes. */
const count = (text: string): string => text.replace('[1/6]', '[2/7]');

test('keeps ticked boxes, links, and blocks and sections of people', async () => {
  const file = count(edit(old, additions));
  expect(await lint(file)).toEqual([]);
  const { text, overwritten } = updateTicket(file, old, next);
  expect(overwritten).toEqual([]);
  expect(text).toBe(count(edit(next, additions)));
  expect(await lint(text)).toEqual([]);
  expect(updateTicket(text, next, next)).toEqual({ text, overwritten: [] });
});

test('keeps line ends and the byte order mark', () => {
  const windows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
  expect(updateTicket(windows(old), old, next).text).toBe(windows(next));
});

test('says which changed text it overwrites', () => {
  const changed = edit(old, [
    ['2. read\n', '2. read and think\n'],
    ['go up by 7 points', 'go up by 70 points'],
    ['\n# API Reference and feature documentation\n', '\n'],
    ['## Discover useragents:', '## Agents'],
    ['This test is also created with the goal of conformance promotion.\n\n', ''],
  ]);
  const { text, overwritten } = updateTicket(changed, old, next);
  expect(text).toBe(next);
  expect(
    overwritten.map(({ line, found, written }) => ({
      line: line !== null,
      found: found.filter((one) => !written.includes(one)),
      written: written.filter((one) => !found.includes(one)),
    })),
  ).toMatchInlineSnapshot(`
    [
      {
        "found": [],
        "line": false,
        "written": [
          "# API Reference and feature documentation",
        ],
      },
      {
        "found": [
          "2. read and think",
        ],
        "line": true,
        "written": [
          "2. read it back",
        ],
      },
      {
        "found": [],
        "line": false,
        "written": [
          "## Discover useragents:",
        ],
      },
      {
        "found": [
          "If a test with these calls gets merged, **test coverage will go up by 70 points** (N = 7, which is not certain: see the note at the top).",
        ],
        "line": true,
        "written": [
          "If a test with these calls gets merged, **test coverage will go up by 7 points** (N = 7, which is not certain: see the note at the top).",
        ],
      },
      {
        "found": [],
        "line": false,
        "written": [
          "This test is also created with the goal of conformance promotion.",
        ],
      },
    ]
  `);
});

test('asks before it overwrites a ticket whose evidence is lost', () => {
  const { text, overwritten } = updateTicket(old, null, next);
  expect(text).toBe(next);
  expect(overwritten.length).toBeGreaterThan(5);
});
