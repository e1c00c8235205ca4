import { expect, test } from 'vitest';
import { createEvidence, type TicketEvidence } from '../../src/ticket/evidence.ts';
import { describeFiling, type Filing } from '../../src/ticket/filing.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from './support/golden-evidence.ts';

const describe = (evidence: TicketEvidence, file = 'ticket.md'): Filing =>
  describeFiling(writeTicket(evidence), evidence, file);

test('files a ticket with gh', async () => {
  expect(describe(await readGoldenEvidence()).command).toBe(
    "gh issue create --repo kubernetes/kubernetes --title 'Write VolumeAttributesClass test+promote - +7 endpoint coverage' --body-file ticket.md",
  );
});

test('names no repository for an API that is not part of Kubernetes', async () => {
  expect(describe(await readGoldenEvidence('custom-resource'))).toEqual({
    command: "gh issue create --title 'Write Widget test - 4 endpoints outside Kubernetes' --body-file ticket.md",
    url: null,
  });
});

test.for([
  ["ada's ticket.md", "'ada'\\''s ticket.md'"],
  ['-ticket.md', "'-ticket.md'"],
  ['$(id).md', "'$(id).md'"],
])('quotes the file %s', async ([file, quoted]) => {
  expect(describe(await readGoldenEvidence(), file).command.endsWith(` --body-file ${quoted}`)).toBe(true);
});

test('fills in the page for a new issue if all of the ticket fits into its address', async () => {
  const evidence = await readGoldenEvidence('outline');
  const { url } = describe(evidence);
  expect(url).toBeNull();
  const short = createEvidence({ ...evidence, query: { ...evidence.query, rows: evidence.query.rows.slice(0, 1) } });
  const runs = short.runs.map((run) => ({ ...run, files: [], steps: run.steps.slice(0, 1) }));
  const filing = describe(createEvidence({ ...short, runs }));
  const page = new URL(filing.url ?? '');
  expect(page.origin + page.pathname).toBe('https://github.com/kubernetes/kubernetes/issues/new');
  expect(page.searchParams.get('title')).toBe('Write VolumeAttributesClass test+promote - outline');
  expect(page.searchParams.get('body')).toBe(writeTicket(createEvidence({ ...short, runs })).body);
  expect(page.href.length).toBeLessThanOrEqual(8_000);
});
