import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Measurement } from '../measurement/figure.ts';
import { createEventMaker, type KnownEndpoint } from '../measurement/made-events.ts';
import { runGate } from './gate-process.ts';
import { withInputs } from './inputs.ts';

/** The gate with the audit log of a run, which the published jobs keep: for information. */
export function measure({ small }: { small: boolean }): Promise<Measurement> {
  const events = small ? 20_000 : 200_000;
  return withInputs(async ({ folder, documents, flags }) => {
    const endpoints = documents.operations.filter(({ deprecated }) => !deprecated);
    const file = join(folder, 'audit.log');
    await pipeline(Readable.from(makeLines(endpoints, events)), createWriteStream(file));
    const { seconds, peakMiB, exitCode, summary } = await runGate(folder, [
      ...flags,
      '--hits',
      'audit.log',
      '--max-age',
      'none',
      '--partial',
    ]);
    const what = `${events.toLocaleString('en-US')} events`;
    return {
      figures: [
        {
          what: `snoop gate, ${what}`,
          measured: events / seconds,
          unit: '/s',
          target: 20_000,
          floor: null,
          better: 'more',
        },
        { what: 'peak memory', measured: peakMiB, unit: 'MiB', target: 300, floor: null, better: 'less' },
      ],
      notes: [`${seconds.toFixed(1)} s; ${documents.origin}; exit code ${exitCode}: ${summary}`],
    };
  });
}

/** In pieces of some megabytes. */
function* makeLines(endpoints: readonly KnownEndpoint[], events: number): Generator<string> {
  const make = createEventMaker(endpoints);
  for (let first = 0; first < events; first += 2000) {
    const numbers = Array.from({ length: Math.min(2000, events - first) }, (_, index) => first + index);
    yield `${numbers.map((number) => make(number).replaceAll('v1.36.0', 'v1.37.0')).join('\n')}\n`;
  }
}
