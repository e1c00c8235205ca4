import { expect, test } from 'vitest';
import { attachEvidence, checkEvidence, createEvidence } from '../../src/ticket/evidence.ts';
import { readTicket } from '../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from './support/golden-evidence.ts';

const evidence = await readGoldenEvidence();
const { body } = writeTicket(evidence);

async function read(text: string): Promise<object> {
  return (await readTicket('ticket.md', text)).evidence;
}

/** A ticket with this text as its evidence. */
const withEvidence = (text: string): string => `# Final notes\n\n\`\`\`json\n${text}\n\`\`\`\n`;

test('reads the evidence that a ticket was written from', async () => {
  expect(await read(body)).toEqual({ state: 'whole', line: expect.any(Number), evidence, undone: [] });
});

test.each<[string, string, string[]]>([
  ['a byte order mark and CRLF', `\ufeff${body.replaceAll('\n', '\r\n')}`, []],
  ['HTML comments', `<!-- before -->\n\n${body}\n<!-- after -->`, []],
  ['JSON with indentation', withEvidence(JSON.stringify(evidence, null, 4)), []],
  ['curly quotes', withEvidence(JSON.stringify(evidence).replace(/"(\w+)"/g, '“$1”')), ['curly quotes']],
  ['lines wrapped at 200 characters', withEvidence(wrap(JSON.stringify(evidence), 200)), ['line breaks']],
  ['lines wrapped at blanks', withEvidence(JSON.stringify(evidence).replace(/ (?=[a-z])/g, '\n')), ['line breaks']],
])('reads it with %s', async (_name, text, undone) => {
  expect(await read(text)).toMatchObject({ state: 'whole', evidence: { sha256: evidence.sha256 }, undone });
});

function wrap(text: string, width: number): string {
  return text.replace(new RegExp(`.{${width}}`, 'g'), '$&\n');
}

test.each<[string, string, object]>([
  ['missing', '# Progress\n', { state: 'missing' }],
  [
    'cut in the middle',
    body.slice(0, body.lastIndexOf('"audit_id"')),
    { state: 'cut', reason: expect.stringContaining('The evidence is cut off: GitHub cuts an issue after 65536') },
  ],
  [
    'cut before its beginning',
    `${'long '.repeat(20_000)}`.slice(0, 65_536),
    { state: 'cut', reason: expect.stringContaining('The evidence is missing: GitHub cuts an issue after 65536') },
  ],
  [
    'changed beside the runs',
    body.replace('"snoop_version":"0.1.0",\n"outline', '"snoop_version":"0.2.0",\n"outline'),
    {
      state: 'changed',
      reason: expect.stringMatching(
        /^ticket.md:\d+: it was changed .* The runs in it are whole; what is beside them was changed.$/,
      ),
    },
  ],
  [
    'changed in a run',
    body.replace('"author":"ada"', '"author":"bob"'),
    { state: 'changed', reason: expect.stringMatching(/its digest differs\)\. run 1: it was changed or damaged/) },
  ],
  [
    'not JSON any more',
    body.replace('"runs":[', '"runs":[,'),
    { state: 'changed', reason: expect.stringContaining('is not JSON: Unexpected token') },
  ],
  [
    'without its format',
    body.replace('"format":"snoop-ticket"', '"format":"mine"'),
    { state: 'changed', reason: 'The evidence block was changed so that it cannot be read.' },
  ],
  [
    'repeated',
    `${body}\n${withEvidence('{"format":"snoop-ticket"}')}`,
    { state: 'repeated', reason: expect.stringMatching(/more than one evidence block, in line \d+ and line \d+/) },
  ],
  [
    'of a later version',
    withEvidence('{"format":"snoop-ticket","version":2}'),
    { state: 'changed', reason: expect.stringContaining('version 2, and this snoop reads version 1. Update snoop.') },
  ],
  [
    'nested more deeply than JSON.parse may',
    withEvidence(`{"format":"snoop-ticket","runs":${'['.repeat(100_000)}`),
    { state: 'changed', reason: expect.stringContaining('it is nested more than 1000 levels deep') },
  ],
  [
    'a run with a billion tries',
    withEvidence(JSON.stringify(await repeatTries(1e9))),
    { state: 'changed', reason: expect.stringContaining('/runs/0/tests/0/tries must be <= 1000') },
  ],
])('says why it cannot be trusted: %s', async (_name, text, expected) => {
  expect(await read(text)).toMatchObject(expected);
});

async function repeatTries(tries: number): Promise<object> {
  const { sha256: _, ...parts } = await readGoldenEvidence();
  const [run] = parts.runs;
  if (!run) throw new Error('The golden evidence has a run.');
  return createEvidence({ ...parts, runs: [{ ...run, tests: run.tests.map((one) => ({ ...one, tries })) }] });
}

test.each([
  '../../etc/passwd',
  '/etc/passwd',
  'C:\\a.json',
  'a/b.json',
  '.hidden.json',
  'id_rsa',
  '..',
  'a\u0000b',
  '\u001b[2J',
  '',
])('refuses the attachment %j', async (attachment) => {
  const text = withEvidence(JSON.stringify({ ...attachEvidence(evidence, 'a.json'), attachment }));
  expect(await read(text)).toMatchObject({ state: 'refused' });
});

test('names an attachment', async () => {
  const attached = attachEvidence(evidence, 'ticket.evidence.json');
  expect(await read(withEvidence(JSON.stringify(attached)))).toMatchObject({ state: 'attached', attached });
});

test('refuses evidence with the same run twice', async () => {
  const { sha256: _, ...parts } = evidence;
  const twice = createEvidence({ ...parts, runs: [...parts.runs, ...parts.runs] });
  await expect(checkEvidence('ticket.md', twice)).rejects.toThrow(/the run \S+ is in it twice/);
});
