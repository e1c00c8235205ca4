import { expect, test } from 'vitest';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { evidenceNames, readGoldenEvidence } from './support/golden-evidence.ts';

test.for(evidenceNames)('writes the ticket of %s', async (name) => {
  const { title, body } = writeTicket(await readGoldenEvidence(name));
  await expect(`${title}\n\n${body}`).toMatchFileSnapshot(`golden/${name}.md`);
});
