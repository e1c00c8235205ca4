import { readAuditEvents, ShapeCounts } from '@snoop/snoopdb';
import type { EndpointResolver, LoadInput, LoggedEvent } from '@snoop/snoopdb';
import { escapeControlCharacters, formatJsonLine } from '../output/control-characters.ts';
import { createLineWriter } from '../output/line-writer.ts';
import { describeShapes } from '../output/shapes.ts';

export interface ResolveOptions {
  /** Add explanations and the nearest endpoints. */
  readonly explain: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const linesAtOnce = 1000;

export interface ResolvedEvents {
  readonly summary: readonly string[];
  /** Inputs with content but without an event. */
  readonly withoutEvent: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Prints a JSON line for each event of the inputs, streaming.
 *
 * @returns null if stdout was closed
 * @throws SnoopDbError `unreadable_input`
 */
export async function resolveEvents(
  inputs: readonly LoadInput[],
  resolver: EndpointResolver,
  { explain, stdout, signal }: ResolveOptions,
): Promise<ResolvedEvents | null> {
  const counts = new Map<string, number>();
  const shapes = new ShapeCounts();
  const others = new Map<string, number>();
  const cut: string[] = [];
  const withoutEvent: { name: string; reason: string }[] = [];
  const writer = createLineWriter(stdout);
  const describe = (logged: LoggedEvent): string => {
    const line = resolveEvent(logged, resolver, explain);
    const outcome = line.reason ?? '';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return formatJsonLine(line);
  };
  try {
    for (const input of inputs) {
      let hasEvent = false;
      let reason: string | null = null;
      const onCut = (): void => {
        cut.push(`${escapeControlCharacters(input.name)}: the gzip file is truncated; it was read up to the cut`);
        reason ??= 'it is truncated before the first one';
      };
      for await (const logged of readAuditEvents(input, { signal, onCut })) {
        const events = logged.filter(({ shape, slice }) => {
          if (shape !== null) shapes.add(shape);
          else {
            reason ??= slice.flaw?.reason ?? '';
            countOther(others, slice.flaw?.reason ?? '');
          }
          return shape !== null;
        });
        hasEvent ||= events.length > 0;
        for (let first = 0; first < events.length; first += linesAtOnce) {
          const lines = events.slice(first, first + linesAtOnce).map(describe);
          if (!(await writer.write(`${lines.join('\n')}\n`))) return null;
        }
      }
      if (!hasEvent && reason !== null) withoutEvent.push({ name: input.name, reason });
    }
  } finally {
    writer.end();
  }
  const summary = [countOutcomes(counts)];
  if (shapes.list().length > 0) summary.push(describeShapes(shapes.list()));
  if (others.size > 0) summary.push(countOthers(others));
  summary.push(...cut);
  return { summary, withoutEvent };
}

/** Reasons contain positions, so the number of different ones is limited. */
const maxReasons = 1000;

function countOther(others: Map<string, number>, reason: string): void {
  const name = others.has(reason) || others.size < maxReasons ? reason : 'other reasons';
  others.set(name, (others.get(name) ?? 0) + 1);
}

/** Counts lines and records without an event, with the most frequent reasons. */
function countOthers(others: ReadonlyMap<string, number>): string {
  const total = [...others.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...others].sort(([, many], [, more]) => more - many).slice(0, 3);
  const listed = reasons.map(([reason, count]) => `${count} ${escapeControlCharacters(reason)}`).join('; ');
  const rest = others.size > reasons.length ? '; …' : '';
  return `without an event: ${total} line${total === 1 ? '' : 's'} or records (${listed}${rest})`;
}

/** Creates the object that is printed for an event; missing fields are null. */
function resolveEvent({ slice }: LoggedEvent, resolver: EndpointResolver, explain: boolean) {
  const { auditId, stage, verb, requestUri } = slice;
  // An empty verb means OPTIONS, a missing one nothing.
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
