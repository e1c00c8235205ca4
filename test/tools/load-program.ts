import { makeBody } from './bodies.ts';
import { startLoad } from './load.ts';
import { awaitEnd, printFigures, readToolFlags, reportFailure, sinkHelp, ToolUsageError } from './program-options.ts';

export const help = `Sends bodies of made events to an auditlogger and says how many it took and how fast.

Usage: npm run tool -- load [options]

  --seconds N             at most                                                         [10]
  --count N               bodies at most                                                  [no limit]
  --events N              in a body                                                       [400]
  --senders N             each sends its next body when the last one is answered          [4]
  --per-second N          so many bodies a second instead, whatever the answers do
${sinkHelp}
Latency counts what was stored at the first try; with --per-second from the moment at which it was due to be sent.

Examples:
  npm run tool -- load --senders 64 --events 1
  npm run tool -- load --per-second 10 --seconds 60 --output json

Exit codes: 0 all answers were 200, 1 some were not, 2 wrong use, 3 it could not be done.
`;

export function run(args: readonly string[]): Promise<number> {
  return reportFailure(async () => {
    const flags = readToolFlags(args, ['seconds', 'count', 'events', 'senders', 'per-second']);
    const perSecond = flags.number('per-second', Number.NaN);
    const senders = flags.number('senders', Number.NaN);
    if (!Number.isNaN(perSecond) && !Number.isNaN(senders)) {
      throw new ToolUsageError('Give --senders or --per-second, not both.');
    }
    const events = flags.number('events', 400);
    const seconds = flags.number('seconds', 10);
    let left = flags.number('count', Number.POSITIVE_INFINITY);
    const load = startLoad({
      ...flags.sink,
      pace: Number.isNaN(perSecond)
        ? { kind: 'closed', senders: Number.isNaN(senders) ? 4 : senders }
        : { kind: 'open', perSecond },
      nextBody: () => (left-- > 0 ? makeBody(events) : null),
    });
    const over = awaitEnd(seconds);
    await Promise.race([load.done, over.ended]);
    over.forget();
    const result = await load.stop();
    const { answers, acknowledged, latency } = result;
    printFigures(
      {
        requests: result.requests,
        acknowledged,
        answers,
        seconds: Math.round(result.seconds * 100) / 100,
        bodiesPerSecond: Math.round(acknowledged / result.seconds),
        eventsPerSecond: Math.round((acknowledged * events) / result.seconds),
        latencyMs: latency,
      },
      flags.output,
    );
    return Object.keys(answers).every((answer) => answer === '200') ? 0 : 1;
  });
}
