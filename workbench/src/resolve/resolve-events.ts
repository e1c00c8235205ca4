import { readAuditEvents } from '@snoop/snoopdb';
import type { EndpointResolver, LoadInput, LoggedEvent } from '@snoop/snoopdb';
import { writeJsonLine } from '../output/disarm.ts';
import { createLineWriter } from '../output/line-writer.ts';

export interface ResolveOptions {
  /** Whether to add how it was decided and the nearest endpoints. */
  readonly explain: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** So many events are printed at once. */
const linesAtOnce = 1000;

/**
 * Prints a JSON line for each event of the inputs, one input after the other, and holds no more of them than a piece.
 *
 * @returns how many there were, for people; null when nobody reads any more
 * @throws SnoopDbError `unreadable_input`
 */
export async function resolveEvents(
  inputs: readonly LoadInput[],
  resolver: EndpointResolver,
  { explain, stdout, signal }: ResolveOptions,
): Promise<string | null> {
  const counts = new Map<string, number>();
  const writer = createLineWriter(stdout);
  const describe = (logged: LoggedEvent): string => {
    const line = resolveEvent(logged, resolver, explain);
    const outcome = line.reason ?? '';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return writeJsonLine(line);
  };
  try {
    for (const input of inputs) {
      for await (const events of readAuditEvents(input, { signal })) {
        for (let first = 0; first < events.length; first += linesAtOnce) {
          const lines = events.slice(first, first + linesAtOnce).map(describe);
          if (!(await writer.write(`${lines.join('\n')}\n`))) return null;
        }
      }
    }
  } finally {
    writer.end();
  }
  return countOutcomes(counts);
}

/** What is printed of an event; what it lacks is null. */
function resolveEvent({ slice }: LoggedEvent, resolver: EndpointResolver, explain: boolean) {
  const { auditId, stage, verb, requestUri } = slice;
  // Without a verb nothing tells the method; an empty one would be an OPTIONS.
  const request = { verb: verb ?? 'no verb', requestURI: requestUri ?? '' };
  const explanation = explain ? resolver.explain(request) : null;
  const resolution = explanation?.resolution ?? resolver.resolve(request);
  const line = {
    auditID: auditId,
    stage,
    verb,
    requestURI: requestUri,
    endpoint: resolution.endpoint,
    reason: resolution.endpoint === null ? resolution.reason : null,
    ...(resolution.endpoint !== null && resolution.ambiguous !== undefined && { ambiguous: resolution.ambiguous }),
  };
  if (explanation === null) return line;
  const { resolution: _, nearest, says, ...how } = explanation;
  const flaw = slice.flaw === null ? says : `${says}; the line: ${slice.flaw.reason}`;
  return { ...line, explanation: { says: flaw, ...how }, nearest };
}

function countOutcomes(counts: ReadonlyMap<string, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...counts]
    .filter(([reason]) => reason !== '')
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`);
  const without = reasons.length > 0 ? `; without: ${reasons.join(', ')}` : '';
  return `${total} event${total === 1 ? '' : 's'}, ${counts.get('') ?? 0} with an endpoint${without}`;
}
