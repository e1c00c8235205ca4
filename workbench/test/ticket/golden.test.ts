import { expect, test } from 'vitest';
import { writeTicket } from '../../src/ticket/write-ticket.ts';
import { evidenceNames, readEvidence } from './evidence-files.ts';

test.for(evidenceNames)('writes the ticket of %s', async (name) => {
  const { title, body } = writeTicket(await readEvidence(name));
  await expect(`${title}\n\n${body}`).toMatchFileSnapshot(`golden/${name}.md`);
});
