import type { TicketEvidence } from './evidence.ts';

const apiSnoop = 'https://github.com/kubernetes-sigs/apisnoop';
const testGrid = 'https://testgrid.k8s.io/sig-release-master-blocking';

/** The boxes that a ticket's way goes through. The first is ticked: the ticket exists. */
export function writeProgress({ runs }: TicketEvidence): string {
  const ids = runs.map(({ run }) => `\`${run.id}\``).join(', ');
  const boxes = [
    `[x] [APISnoop](${apiSnoop}) org-flow: ${runs.length === 1 ? 'run' : 'runs'} ${ids}`,
    '[ ] test approval issue:',
    '[ ] test pr:',
    `[ ] two weeks soak start date ([testgrid](${testGrid})):`,
    '[ ] two weeks soak end date:',
    '[ ] test promotion pr:',
  ];
  const ticked = boxes.filter((box) => box.startsWith('[x]')).length;
  return [`# Progress <code>[${ticked}/${boxes.length}]</code>`, '', ...boxes.map((box) => `- ${box}`)].join('\n');
}
