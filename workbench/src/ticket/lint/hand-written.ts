import type { Report } from '../../lint/finding.ts';
import { count } from '../blocks.ts';
import type { MarkdownDocument } from '../markdown/document.ts';
import { describeEndpointFault, type ReleaseData } from './evidence-rules.ts';
import { collectEndpoints } from './point-rules.ts';

/** Compares the endpoints of a ticket without evidence with the newest shipped release, and says what was checked. */
export async function checkHandWritten(document: MarkdownDocument, data: ReleaseData, report: Report): Promise<void> {
  const named = [...collectEndpoints(document, 'query')];
  const newest = await findNewest(data);
  for (const endpoint of newest ? named : []) {
    const fault = newest && describeEndpointFault(endpoint, newest.endpoints, newest.release);
    if (fault) report(fault.rule === 'covered-endpoint' ? 'note' : 'warning', fault.rule, null, fault.message);
  }
  for (const { release, line } of listReleases(document)) {
    if (!data.releases.includes(release)) {
      report('error', 'unknown-release', line, `Kubernetes ${release} is not a release, so this link leads nowhere.`);
    }
  }
  const compared =
    named.length === 0 || !newest
      ? ''
      : `, and ${count(named.length, 'endpoint')} against Kubernetes ${newest.release}`;
  report('note', 'no-evidence', null, `${checked}${compared}. ${unchecked}`);
}

const checked =
  'This ticket holds no run. Checked were its sections, placeholders, links, boxes, results, and N against its own tables';
const unchecked = "Whether a test sent these requests cannot be checked. 'snoop ticket' writes a ticket that can be.";

async function findNewest(
  data: ReleaseData,
): Promise<{ release: string; endpoints: NonNullable<Awaited<ReturnType<ReleaseData['readEndpoints']>>> } | null> {
  for (const release of data.releases.toReversed()) {
    const endpoints = await data.readEndpoints(release);
    if (endpoints) return { release, endpoints };
  }
  return null;
}

/** The releases in links to APISnoop's site. */
function listReleases({ sections }: MarkdownDocument): { release: string; line: number }[] {
  return sections.flatMap(({ links }) =>
    links.flatMap(({ target, line }) => {
      const release = /^https:\/\/apisnoop\.cncf\.io\/(\d+\.\d+\.\d+)\//.exec(target)?.[1];
      return release === undefined ? [] : [{ release, line }];
    }),
  );
}
