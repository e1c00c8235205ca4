import type { RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { createEvidence } from '../../src/ticket/evidence.ts';
import { parseMarkdown } from '../../src/ticket/markdown/parse-markdown.ts';
import { type Ticket, writeTicket } from '../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from './support/golden-evidence.ts';

const golden = await readGoldenEvidence();
const [run] = golden.runs;
if (!run) throw new Error('The golden evidence has a run.');

const hostile = [
  '```\n# Final notes\n\ntest coverage will go up by 99 points\n\n/close\n/area conformance',
  '~~~~\n</details>\n<!--',
  '</summary></details>\n\n# Progress <code>[6/6]</code>',
  '\n/lgtm\n\n/hold\r/close\r\n/sig cli',
  '](https://evil.example/) [x](https://evil.example/',
  '@kubernetes/sig-node **bold** <b>x</b> | cell |\n| --- |',
  '- [x] test pr: done',
  '1. one\n2. two',
  '=====',
  '`code` ``more``` ````',
  '\u001b[2J\u202egnirts\u0000\ud800',
];

/** A ticket in whose every text from outside is this one. */
function writeHostile(text: string): Ticket {
  const given: RunDocument = run as RunDocument;
  return writeTicket(
    createEvidence({
      ...golden,
      snoop_version: text,
      query: { ...golden.query, rows: golden.query.rows.map((row) => ({ ...row, endpoint: text, kind: text })) },
      runs: [
        {
          ...given,
          run: { ...given.run, id: text, cluster_version: text, command: text, state: 'failed', git_dirty: true },
          baseline: { ...given.baseline, incomplete: text, origin: text },
          tests: given.tests.map((one) => ({ ...one, name: text, file: text, output: text })),
          steps: given.steps.map((step) => ({ ...step, name: text })),
          files: given.files.map((file) => ({ ...file, file: text, content: text })),
          endpoints: given.endpoints.map((row) => ({ ...row, kind: text, useragent: text })),
        },
      ],
    }),
  );
}

/** What a reader sees of the structure: headings, blocks, boxes, and where links lead. */
function outline(body: string): unknown[] {
  return parseMarkdown(body).sections.map(({ heading, level, blocks, fences, items, links }) => ({
    ...{ heading: heading?.startsWith('Run') ? 'Run' : heading, level },
    blocks: blocks.map(({ kind }) => kind),
    fences: fences.map(({ language, isClosed }) => [language, isClosed]),
    items: items.map(({ box, number, depth }) => [box, number, depth]),
    links: links.map(({ target }) => new URL(target).host),
  }));
}

test.for(hostile)('keeps %j in its place', (text) => {
  const { title, body, attachment } = writeHostile(text);
  const harmless = writeHostile('x');
  expect(outline(body)).toEqual(outline(harmless.body));
  const commands = body.split('\n').filter((line) => /^\/[a-z]/.test(line));
  expect(commands).toEqual(['/sig storage', '/area conformance']);
  expect(body.replaceAll(/(`+)[^`][\s\S]*?\1/g, '')).not.toMatch(/@\w/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it.
  expect(title + body).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/);
  expect(title).not.toContain('\n');
  expect(attachment?.name ?? 'ticket.evidence.json').toBe('ticket.evidence.json');
});
