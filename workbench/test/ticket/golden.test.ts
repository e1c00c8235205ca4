import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createEvidence } from '../../src/ticket/evidence.ts';
import { writeTicket } from '../../src/ticket/write-ticket.ts';

/** Real runs, exported, with the query's result at that time. `npx vitest run --update` renews the tickets. */
test.for(['volume-attributes-class'])('writes the ticket of %s', async (name) => {
  const { sha256: _, ...parts } = JSON.parse(await readFile(new URL(`evidence/${name}.json`, import.meta.url), 'utf8'));
  const { title, body } = writeTicket(createEvidence(parts));
  await expect(`${title}\n\n${body}`).toMatchFileSnapshot(`golden/${name}.md`);
});
