import { setTimeout as wait } from 'node:timers/promises';
import { apiserverDefaults, createApiserver } from './apiserver.ts';
import { makeEvents } from './bodies.ts';
import { awaitEnd, printFigures, readToolFlags, reportFailure, sinkHelp } from './program-options.ts';

export const help = `A kube-apiserver as its audit webhook sees it: a buffer, batches that travel in parallel, a throttle, five tries with
growing waits, and repeats within a try where the answer says Retry-After in whole seconds.

Usage: npm run tool -- apiserver [options]

  --seconds N             events happen for so long, of our time, at most [10]
  --count N               events at most                                  [no limit]
  --events-per-second N   of the sender's time                            [1000]
  --scale N               how many times faster than ours its time runs; while a request is under way it runs as ours [1]
  --buffer-size N         [${apiserverDefaults.bufferSize}]     --batch-max-size N    [${apiserverDefaults.batchMaxSize}]
  --batch-max-wait N      seconds [${apiserverDefaults.batchMaxWaitMs / 1000}]  --initial-backoff N   seconds [${apiserverDefaults.initialBackoffMs / 1000}]
  --throttle-qps N        [${apiserverDefaults.throttleQps}]        --throttle-burst N    [${apiserverDefaults.throttleBurst}]
${sinkHelp}
Ctrl-C ends the events; what is buffered is still sent.

Examples:
  npm run tool -- apiserver --events-per-second 4000 --seconds 60
  npm run tool -- apiserver --scale 50 --seconds 10      (and stop the database meanwhile)

Exit codes: 0 everything was acknowledged, 1 events were dropped or lost, 2 wrong use, 3 it could not be done.
`;

const flagNames = [
  'seconds',
  'count',
  'events-per-second',
  'scale',
  'buffer-size',
  'batch-max-size',
  'batch-max-wait',
  'initial-backoff',
  'throttle-qps',
  'throttle-burst',
] as const;

const tickMs = 10;

export function run(args: readonly string[]): Promise<number> {
  return reportFailure(async () => {
    const flags = readToolFlags(args, flagNames);
    const perSecond = flags.number('events-per-second', 1000);
    const seconds = flags.number('seconds', 10);
    const count = flags.number('count', Number.POSITIVE_INFINITY);
    const apiserver = createApiserver({
      ...flags.sink,
      scale: flags.number('scale', 1),
      bufferSize: flags.number('buffer-size', apiserverDefaults.bufferSize),
      batchMaxSize: flags.number('batch-max-size', apiserverDefaults.batchMaxSize),
      batchMaxWaitMs: flags.number('batch-max-wait', apiserverDefaults.batchMaxWaitMs / 1000) * 1000,
      initialBackoffMs: flags.number('initial-backoff', apiserverDefaults.initialBackoffMs / 1000) * 1000,
      throttleQps: flags.number('throttle-qps', apiserverDefaults.throttleQps),
      throttleBurst: flags.number('throttle-burst', apiserverDefaults.throttleBurst),
    });
    let isOver = false;
    const over = awaitEnd(seconds);
    void over.ended.then(() => {
      isOver = true;
    });
    while (!isOver && apiserver.counts.audited < count) {
      const due = Math.min(count, Math.floor((apiserver.clock.now() / 1000) * perSecond)) - apiserver.counts.audited;
      for (const event of makeEvents(Math.max(0, due))) apiserver.audit(event);
      // The next events are due by the clock.
      await wait(tickMs);
    }
    over.forget();
    process.stderr.write('No more events; what is buffered is still being sent.\n');
    await apiserver.shutDown();
    const { counts } = apiserver;
    printFigures({ ...counts }, flags.output);
    return counts.dropped + counts.lost === 0 ? 0 : 1;
  });
}
