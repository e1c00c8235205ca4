import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { readReviewInput } from '../../src/review/read-input.ts';
import type { ReviewInput } from '../../src/review/review-input.ts';
import { attachEvidence, createEvidence } from '../../src/ticket/evidence.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { version } from '../../src/version.ts';
import { makeFolder } from '../support/folder.ts';
import { makeRunDocument } from '../support/made-run.ts';

const { signal } = new AbortController();

function read(what: string, stdin = Readable.from([]), cwd = '/'): Promise<ReviewInput> {
  return readReviewInput(what, { cwd, stdin, signal, downloadMs: 2_000 });
}

async function readText(content: string | Buffer): Promise<ReviewInput> {
  const file = join(await makeFolder(), 'ticket');
  await writeFile(file, content);
  return read(file);
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/run.json`;
}

test('reads an exported run from a file, standard input or a URL, and names it without folders or queries', async () => {
  const document = makeRunDocument();
  const text = JSON.stringify(document);
  const url = await serve((_request, response) => void response.end(text));
  const inputs = [
    await readText(`\ufeff${text}`),
    await read('-', Readable.from([text])),
    await read(`${url}?token=x`),
  ];
  expect(inputs.map(({ name }) => name)).toEqual(['ticket', 'standard input', url]);
  for (const { runs, findings } of inputs) expect({ runs, findings }).toEqual({ runs: [document], findings: [] });
});

test('a changed document is read, with its wrong digest as a finding', async () => {
  const { runs, findings } = await readText(JSON.stringify({ ...makeRunDocument(), sha256: '0'.repeat(64) }));
  expect(runs).toHaveLength(1);
  expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(['error digest']);
});

test.each([
  ['file:///etc/passwd', 'is not an http or https URL'],
  ['ftp://example.org/ticket.md', 'is not an http or https URL'],
  ['https://', 'is not a URL'],
  ['https://github.com/kubernetes/kubernetes/issues/1#x', 'is a web page, not the text of the issue'],
  ['https://github.com/kubernetes/kubernetes/pull/1', 'is a web page, not the text of the pull request'],
  ['https://github.com/a/b/blob/main/ticket.md', 'is a web page, not the file'],
])('refuses %s', async (what, message) => {
  await expect(read(what)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});

test('says how to get the text of an issue, and of a file', async () => {
  await expect(read('https://github.com/kubernetes/kubernetes/issues/12')).rejects.toMatchObject({
    advice: ['Get the text: gh issue view 12 --repo kubernetes/kubernetes --json body -q .body > ticket.md'],
  });
  await expect(read('https://github.com/a/b/blob/main/x/t.md')).rejects.toMatchObject({
    advice: ['Use https://raw.githubusercontent.com/a/b/main/x/t.md'],
  });
});

test.each([
  ['a web page', '<!DOCTYPE html><html>', 'is a web page'],
  ['a huge text', 'word '.repeat(200_000), 'so it is not a ticket'],
  ['JSON of another kind', '{"kind": "Pod"}', "not a run written by 'snoop runs export'"],
  ['cut JSON', '{"format": "snoop-run", "ver', 'is not JSON'],
  ['a run that lacks a field', '{"format": "snoop-run", "version": 1}', 'must have required property'],
  ['megabytes of brackets', `{"format":${'['.repeat(4 << 20)}`, 'nested'],
  ['a gigabyte in a small file', gzipSync(Buffer.alloc(80 << 20, ' ')), 'is larger than 67108864 bytes'],
])('refuses %s', async (_name, content, message) => {
  await expect(readText(content)).rejects.toThrow(message);
});

const sql = `select endpoint, path, kind
  from public.endpoint_coverage
  join conformance.endpoint_eligibility using (release, endpoint)
 where release = '1.36.0'
   and eligible and not conf_tested
 order by kind collate "C", endpoint collate "C" limit 50;`;
const evidence = createEvidence({
  written_at: '2026-11-30T10:00:00.000Z',
  snoop_version: version,
  query: { sql, release: '1.36.0', rows: [] },
  runs: [makeRunDocument()],
  outline_only: false,
});
const ticket = writeTicket(evidence).body;

/** The ticket with its evidence in an attachment. */
function attach(name: string): string {
  const block = JSON.stringify(attachEvidence(evidence, name));
  return ticket.replace(/```json\n[\s\S]*?\n```/, () => ['```json', block, '```'].join('\n'));
}

function listRules({ findings }: ReviewInput): string[] {
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

test('reads a ticket, with other line ends too, and its attachment alone', async () => {
  for (const text of [ticket, ticket.replaceAll('\n', '\r\n'), JSON.stringify(evidence)]) {
    const input = await readText(text);
    expect(input.runs).toEqual(evidence.runs);
    expect(listRules(input).filter((rule) => rule.startsWith('error'))).toEqual([]);
  }
});

test('names what an editor changed and what the evidence contradicts', async () => {
  const quotes = await readText(ticket.replace('"runs"', '“runs”'));
  expect(quotes.runs).toEqual(evidence.runs);
  expect(listRules(quotes)).toContain('warning evidence-reformatted');
  const claim = await readText(ticket.replace("liveTest('one'", "liveTest('two'"));
  expect(claim.runs).toEqual(evidence.runs);
  expect(listRules(claim)).toContain('error stale-result');
  // A fault of form makes no claim wrong.
  expect(listRules(await readText(ticket.replace('# API Reference', '# Something')))).toContain(
    'warning section-missing',
  );
});

test('reads attached evidence beside the file, and says where it is otherwise', async () => {
  const folder = await makeFolder();
  const text = attach('evidence.json');
  await writeFile(join(folder, 'ticket.md'), text);
  const missing = await read('ticket.md', undefined, folder);
  expect(missing.runs).toEqual([]);
  expect(listRules(missing)).toContain('warning attachment');
  await writeFile(join(folder, 'evidence.json'), JSON.stringify(evidence));
  expect((await read('ticket.md', undefined, folder)).runs).toEqual(evidence.runs);
  const { runs, findings } = await read('-', Readable.from([text]));
  expect(runs).toEqual([]);
  expect(findings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^The evidence is in evidence\.json\. Download it/),
  );
});

test.each([
  ['no evidence', '# A ticket\n', 'note no-evidence'],
  ['cut evidence', ticket.slice(0, -400), 'warning evidence-cut'],
  ['changed evidence', ticket.replace('"author":"ada"', '"author":"bob"'), 'error digest'],
  ['two blocks', ticket + ticket, 'error evidence-repeated'],
  ['a path out of the folder', attach('../../.ssh/id_rsa'), 'error evidence-refused'],
])('a ticket with %s has no run', async (_name, text, rule) => {
  const input = await readText(text);
  expect(input.runs).toEqual([]);
  expect(listRules(input)).toContain(rule);
});

test('a download is bounded in time and bytes', async () => {
  const slow = await serve((_request, response) => void response.writeHead(200).write('{'));
  await expect(read(slow)).rejects.toThrow(`${slow} was not downloaded within 2 s.`);
  const endless = await serve((_request, response) => {
    const chunk = Buffer.alloc(4 << 20, ' ');
    const send = (): void => void response.write(chunk, (error) => (error ? undefined : setImmediate(send)));
    send();
  });
  await expect(readReviewInput(endless, { cwd: '/', stdin: Readable.from([]), signal })).rejects.toThrow(
    'is larger than',
  );
});
