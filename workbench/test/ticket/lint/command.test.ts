import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { command } from '../../../src/cli/ticket.ts';
import { attachEvidence } from '../../../src/ticket/evidence.ts';
import { formatEvidence, writeEvidenceBlock } from '../../../src/ticket/evidence-block.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { runCommand } from '../../support/ask.ts';
import { makeFolder } from '../../support/folder.ts';
import { readGoldenEvidence } from '../support/golden-evidence.ts';

const evidence = await readGoldenEvidence();
const { body } = writeTicket(evidence);

/** Writes files into a folder, and runs `snoop ticket lint` there. */
async function lint(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = await makeFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return runCommand(command, folder, ['lint', ...args]);
}

test('exits with 0 if nothing is wrong', async () => {
  expect(await lint({ 'ticket.md': body }, 'ticket.md')).toEqual({
    exitCode: 0,
    stdout: '1 file checked: nothing is wrong.\n',
    stderr: '',
  });
});

test('prints each finding with its line and remedy, and exits with 1', async () => {
  const files = { 'a.md': body.replace('2. read\n', '2. write\n'), 'b.md': body.replace('7 points', '9 points') };
  const { exitCode, stdout } = await lint(files, '.');
  expect(stdout).toMatchInlineSnapshot(`
    "a.md:51: error: The outline is not that of the steps that ran: "2. write" instead of "2. read". 'snoop ticket --update' writes it again. [outline]
    b.md:245: error: The text counts 9. The evidence has 7: eligible endpoints that no conformance test hits and that a passed test hit. [points]
    b.md:245: error: The text is not the one that the evidence makes: "…**test coverage will go up by 9 points** (N = 7, which is not certain: see the n…" instead of "…**test coverage will go up by 7 points** (N = 7, which is not certain: see the n…". 'snoop ticket --update' writes it again. [changed-text]
    2 files checked: 3 errors.
    "
  `);
  expect(exitCode).toBe(1);
});

test('prints the same as JSON', async () => {
  const { exitCode, stdout } = await lint({ 'a.md': body.replace('[1/6]', '[2/6]') }, 'a.md', '--output', 'json');
  expect(JSON.parse(stdout)).toMatchObject({
    files: ['a.md'],
    findings: [{ file: 'a.md', line: expect.any(Number), severity: 'error', rule: 'progress-count' }],
  });
  expect(exitCode).toBe(1);
});

test('compares the source that ran with the file of today', async () => {
  const files = { 'ticket.md': body, 'volume-attributes-class.live.ts': '// changed since' };
  const { exitCode, stdout } = await lint(files, 'ticket.md');
  expect(stdout).toContain('warning: volume-attributes-class.live.ts was changed after the run.');
  expect(exitCode).toBe(0);
});

const name = 'evidence.json';
const attached = body.replace(writeEvidenceBlock(evidence, null), () =>
  writeEvidenceBlock(evidence, attachEvidence(evidence, name)),
);

test('reads the evidence that is attached', async () => {
  const whole = await lint(
    { 'ticket.md': attached.replace('2. read\n', '2. write\n'), [name]: formatEvidence(evidence) },
    'ticket.md',
  );
  expect(whole.stdout).toContain('[outline]');
  const other = formatEvidence({ ...evidence, written_at: '2026-12-01T00:00:00Z' });
  const changed = await lint({ 'ticket.md': attached, [name]: other }, 'ticket.md');
  expect(changed.stdout).toMatch(/error: evidence.json: it was changed or damaged .*\[digest\]/);
  const missing = await lint({ 'ticket.md': attached }, 'ticket.md');
  expect(missing.stdout).toMatch(/error: The attachment evidence.json cannot be read. Download it .*\[attachment\]/);
});

test.each<[string, Buffer, RegExp]>([
  ['much JSON in a few kilobytes', gzipSync(Buffer.alloc(2 ** 27, ' ')), /larger than 67108864 bytes unpacked/],
  ['JSON with millions of values', Buffer.from(`[${'0,'.repeat(5_000_000)}0]`), /has more than 4000000 values/],
  ['JSON with a thousand levels', Buffer.from('['.repeat(100_000)), /nested more than 1000 levels deep/],
  ['a private key', Buffer.from('-----BEGIN PRIVATE KEY-----'), /is not JSON/],
])('refuses an attachment of %s', async (_name, content, expected) => {
  const folder = await makeFolder();
  writeFileSync(join(folder, 'ticket.md'), attached);
  writeFileSync(join(folder, name), content);
  const { exitCode, stdout } = await runCommand(command, folder, ['lint', 'ticket.md']);
  expect(stdout).toMatch(expected);
  expect(exitCode).toBe(1);
});

test('opens neither a FIFO nor another device as an attachment', async () => {
  const folder = await makeFolder();
  writeFileSync(join(folder, 'ticket.md'), attached);
  execFileSync('mkfifo', [join(folder, name)]);
  const { stdout } = await runCommand(command, folder, ['lint', 'ticket.md']);
  expect(stdout).toMatch(/The attachment evidence.json is not a regular file. \[attachment\]/);
});

test.each<[string, Readonly<Record<string, string | Buffer>>, string[], string]>([
  ['a URL', {}, ['https://example.org/ticket.md'], 'https://example.org/ticket.md is a URL.'],
  ['a missing file', {}, ['ticket.md'], 'ticket.md cannot be read: it does not exist'],
  ['a folder without tickets', { 'a.txt': '' }, ['.'], '. has no file whose name ends in .md'],
  ['a text that is too large', { 'a.md': 'a'.repeat(600_000) }, ['a.md'], 'a.md is larger than 524288 bytes'],
])('refuses %s', async (_name, files, args, message) => {
  const folder = await makeFolder();
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  await expect(runCommand(command, folder, ['lint', ...args])).rejects.toThrow(message);
});
