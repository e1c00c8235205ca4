import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { runGate, runParser } from './gate-process.ts';
import { makeCoverage, withInputs } from './inputs.ts';

/** The gate of a pull request: two documents, three lists, a coverage file. */
export function measure({ small }: { small: boolean }): Promise<Measurement> {
  return withInputs(async ({ folder, documents, flags }) => {
    const coverage = makeCoverage(documents.operations);
    await writeFile(join(folder, 'coverage.json'), coverage);
    const runs = [];
    const parsing = [];
    for (let round = 0; round < (small ? 2 : 5); round++) {
      runs.push(await runGate(folder, [...flags, '--hits', 'coverage.json']));
      parsing.push(await runParser(folder, ['swagger-1.37.json', 'swagger-1.36.json', 'coverage.json']));
    }
    const [first] = runs;
    if (first?.exitCode !== 0) throw new Error(`The gate did not pass: ${first?.summary}`);
    const seconds = percentile(
      runs.map((run) => run.seconds),
      0.5,
    );
    const parseSeconds = percentile(parsing, 0.5);
    const peakMiB = Math.max(...runs.map((run) => run.peakMiB));
    return {
      figures: [
        { what: 'snoop gate, median', measured: seconds, unit: 's', target: 2, floor: 5, better: 'less' },
        {
          what: 'against a process that only parses',
          measured: seconds / parseSeconds,
          unit: 'times',
          target: 10,
          floor: null,
          better: 'less',
        },
        {
          what: 'peak memory',
          measured: peakMiB,
          unit: 'MiB',
          target: 300,
          floor: 400_000_000 / 2 ** 20,
          better: 'less',
        },
      ],
      notes: [`${documents.origin}; ${documents.operations.length} operations; ${first.summary}`],
    };
  });
}
