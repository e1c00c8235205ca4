import { formatCode } from './blocks.ts';
import type { TicketEvidence } from './evidence.ts';

const apiSnoop = 'https://github.com/kubernetes-sigs/apisnoop';
const testGrid = 'https://testgrid.k8s.io/sig-release-master-blocking';

/** The boxes on the way from a mock test to a conformance test. Only the first can be ticked: the mock test has run. */
export function writeProgress({ runs, outline_only: outlineOnly }: TicketEvidence): string {
  const ids = runs.map(({ run }) => formatCode(run.id)).join(', ');
  const boxes = [
    { isTicked: !outlineOnly, text: `[APISnoop](${apiSnoop}) org-flow: ${runs.length === 1 ? 'run' : 'runs'} ${ids}` },
    { isTicked: false, text: 'test approval issue:' },
    { isTicked: false, text: 'test pr:' },
    { isTicked: false, text: `two weeks soak start date ([testgrid](${testGrid})):` },
    { isTicked: false, text: 'two weeks soak end date:' },
    { isTicked: false, text: 'test promotion pr:' },
  ];
  const ticked = boxes.filter(({ isTicked }) => isTicked).length;
  return [
    `# Progress <code>[${ticked}/${boxes.length}]</code>`,
    '',
    ...boxes.map(({ isTicked, text }) => `- [${isTicked ? 'x' : ' '}] ${text}`),
  ].join('\n');
}
