import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { updateFile } from '../../../src/cli/ticket/update.ts';
import type { Context } from '../../../src/context.ts';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { makeFolder } from '../../support/folder.ts';
import { readGoldenEvidence } from '../support/golden-evidence.ts';

const evidence = await readGoldenEvidence();
const { body } = writeTicket(evidence);

function change({ sha256: _, ...parts }: TicketEvidence, changes: Partial<TicketEvidence>): TicketEvidence {
  return createEvidence({ ...parts, ...changes });
}

const newer = change(evidence, { query: { ...evidence.query, rows: evidence.query.rows.slice(0, 3) } });
const ticked = (text: string): string =>
  text.replace('- [ ] test pr:', '- [x] test pr: [#1](https://pr.k8s.io/1)').replace('[1/6]', '[2/6]');

interface Folder {
  readonly cwd: string;
  update(evidence: TicketEvidence, force?: boolean): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** A folder with a ticket. */
async function makeTicket(text: string): Promise<Folder> {
  const cwd = await makeFolder();
  writeFileSync(join(cwd, 'ticket.md'), text);
  return {
    cwd,
    async update(given, force = false) {
      const stdout = new PassThrough();
      const said: string[] = [];
      const progress = { print: (line: string) => said.push(line) };
      const context = { cwd, stdout, progress, signal: new AbortController().signal } as unknown as Context;
      const exitCode = await updateFile('ticket.md', given, force, context);
      return { exitCode, stdout: String(stdout.read() ?? ''), stderr: said.join('\n') };
    },
  };
}

test('writes the file again at once, with its mode, and keeps what people added', async () => {
  const { cwd, update } = await makeTicket(ticked(body));
  chmodSync(join(cwd, 'ticket.md'), 0o640);
  expect(await update(newer)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Updated ticket.md\n') });
  expect(readFileSync(join(cwd, 'ticket.md'), 'utf8')).toBe(ticked(writeTicket(newer).body));
  expect(statSync(join(cwd, 'ticket.md')).mode & 0o777).toBe(0o640);
  expect(readdirSync(cwd)).toEqual(['ticket.md']);
});

test('changes nothing if the ticket has these runs already', async () => {
  const { cwd, update } = await makeTicket(ticked(body));
  const later = change(evidence, { written_at: '2027-01-01T00:00:00Z' });
  expect(await update(later)).toMatchObject({ exitCode: 0, stdout: 'ticket.md is up to date.\n' });
  expect(readFileSync(join(cwd, 'ticket.md'), 'utf8')).toBe(ticked(body));
});

test('shows what it would overwrite, and refuses without --force', async () => {
  const edited = body.replace('2. read\n', '2. read \u001b[2J it\n');
  const { cwd, update } = await makeTicket(edited);
  const refused = await update(newer);
  expect(refused.stdout.replace(/:\d+ /, ':LINE ')).toBe('@@ ticket.md:LINE @@\n-2. read \ufffd[2J it\n+2. read\n');
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--force overwrites this.') });
  expect(readFileSync(join(cwd, 'ticket.md'), 'utf8')).toBe(edited);
  expect(await update(newer, true)).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(cwd, 'ticket.md'), 'utf8')).toBe(writeTicket(newer).body);
});

test('asks for --force if the evidence does not tell what people changed', async () => {
  const { update } = await makeTicket(body.replace('"author":"ada"', '"author":"bob"'));
  expect(await update(newer)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^It is unknown what was changed in ticket.md. .*its digest differs/),
  });
});

test('follows a symbolic link', async () => {
  const { cwd, update } = await makeTicket(body);
  symlinkSync('ticket.md', join(cwd, 'link.md'));
  await update(newer);
  expect(readdirSync(cwd).sort()).toEqual(['link.md', 'ticket.md']);
});

test('refuses a text that is too long for an issue', async () => {
  const { update } = await makeTicket(`${body}\n${'My own words. '.repeat(3000)}\n`);
  await expect(update(newer)).rejects.toThrow(/^ticket.md would have \d+ characters more than an issue may\.$/);
});
