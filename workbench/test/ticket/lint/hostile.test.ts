import { expect, test } from 'vitest';
import { escapeControlCharacters } from '../../../src/output/control-characters.ts';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { maxMarkdownBytes } from '../../../src/ticket/markdown/parse-markdown.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from '../support/golden-evidence.ts';

const evidence = await readGoldenEvidence();

async function lint(text: string): Promise<string[]> {
  const readAttachment = (): Promise<never> => Promise.reject(new Error('There is no attachment.'));
  const findings = await lintTicket(await readTicket('ticket.md', text), { readAttachment });
  return findings.map(({ line, severity, rule, message }) => `${line ?? '-'} ${severity} ${rule}: ${message}`);
}

type Run = TicketEvidence['runs'][number];

/** The ticket of changed evidence with a digest that fits. */
async function forge(change: (run: Run) => Partial<Run>, others: Partial<TicketEvidence> = {}): Promise<string> {
  const { sha256: _, ...parts } = evidence;
  const runs = parts.runs.map(({ sha256: _digest, ...run }) => sign({ ...run, ...change(run as Run) }));
  return writeTicket(createEvidence({ ...parts, ...others, runs })).body;
}

function sign(run: Omit<Run, 'sha256'>): Run {
  const { sha256 } = createEvidence({ ...(run as object) } as never);
  return { ...run, sha256 };
}

test.todo('forged evidence');

test.each([
  ['headings', '# Final notes\n'],
  ['boxes', '- [x] a\n'],
  ['links', '[a](b) '],
  ['placeholders', 'RESOURCENAME '],
  ['points', 'go up by 1 points '],
  ['dashes', '-'],
  ['dashes in a fence', '-', '```\na\n', '\n```\n'],
  ['rows', 'aaaaaaa | b\n', '# Identifying an untested feature\n```\nendpoint | b\n---|---\n', '```\n'],
  ['blanks in a heading', ' ', '# a', 'b [1/6]\n'],
  ['quotes in a heading', '“', '# ', '\n'],
  ['opening links', '[a](', '', ''],
  ['commands', '/close\n'],
])('reads half a megabyte of %s within bounds', async (_name, piece, before = '', after = '') => {
  const times = Math.floor((maxMarkdownBytes - before.length - after.length) / Buffer.byteLength(piece));
  const found = await lint(before + piece.repeat(times) + after);
  expect(found.length).toBeLessThanOrEqual(201);
});
