import { type Measurement, missesFloor, printFigures } from './figure.ts';
import { describeMachine } from './machine.ts';

/** The parts of one benchmark by name, in the order in which they are measured. */
export type Parts = Record<string, () => Promise<{ measure(options: { small: boolean }): Promise<Measurement> }>>;

/**
 * Measures every part of a benchmark, or those that are named, and prints what was found.
 * @param name what comes after `npm run bench --`
 * @param args names of parts, and `--small` for the sizes that CI runs
 * @returns the exit code: 0, 1 when a floor is missed twice, 2 for an unknown part
 */
export async function measureParts(name: string, parts: Parts, args: readonly string[]): Promise<number> {
  const small = args.includes('--small');
  const wanted = args.filter((arg) => arg !== '--small');
  const unknown = wanted.filter((part) => !Object.hasOwn(parts, part));
  if (unknown.length > 0) {
    console.error(`There is no part '${unknown.join("', '")}'.`);
    console.error(`Usage: npm run bench -- ${name} [--small] [part…]; the parts: ${Object.keys(parts).join(', ')}`);
    return 2;
  }
  console.log(describeMachine());
  let missed = 0;
  for (const [partName, load] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(partName)) continue;
    const started = performance.now();
    const part = await load();
    let { figures, notes = [] } = await part.measure({ small });
    if (figures.some(missesFloor)) {
      // A machine does other things too: what was missed by chance is reached the second time.
      console.log(`\n${partName}: a floor was missed, so it is measured once more; the first time it was`);
      console.log(printFigures(figures));
      for (const note of notes) console.log(`  ${note}`);
      ({ figures, notes = [] } = await part.measure({ small }));
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`\n${partName}${small ? ', small' : ''} (measured in ${seconds} s)`);
    console.log(printFigures(figures));
    for (const note of notes) console.log(`  ${note}`);
    missed += figures.filter(missesFloor).length;
  }
  if (missed > 0) console.error(`\n${missed} of the floors missed`);
  return missed > 0 ? 1 : 0;
}
