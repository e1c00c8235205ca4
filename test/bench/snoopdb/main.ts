import { describeMachine } from '../machine.ts';
import { type Measurement, missesFloor, printFigures } from './figure.ts';

const parts: Record<string, () => Promise<{ measure(options: { small: boolean }): Promise<Measurement> }>> = {
  resolver: () => import('./resolver.ts'),
  'bulk-load': () => import('./bulk-load.ts'),
  views: () => import('./views.ts'),
  ready: () => import('./ready.ts'),
};

/**
 * Measures SnoopDB, on a temporary PostgreSQL of its own: every part, or those that are named.
 * @param args names of parts, and `--small` for the sizes that CI runs
 * @returns the exit code: 0, 1 when a floor is missed twice, 2 for an unknown part
 */
export async function measure(args: readonly string[]): Promise<number> {
  const small = args.includes('--small');
  const wanted = args.filter((arg) => arg !== '--small');
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    console.error(`There is no part '${unknown.join("', '")}'.`);
    console.error(`Usage: npm run bench -- snoopdb [--small] [part…]; the parts: ${Object.keys(parts).join(', ')}`);
    return 2;
  }
  console.log(describeMachine());
  let missed = 0;
  for (const [name, load] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const started = performance.now();
    const part = await load();
    let { figures, notes = [] } = await part.measure({ small });
    if (figures.some(missesFloor)) {
      // A machine does other things too: what was missed by chance is reached the second time.
      console.log(`\n${name}: a floor was missed, so it is measured once more; the first time it was`);
      console.log(printFigures(figures));
      ({ figures, notes = [] } = await part.measure({ small }));
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`\n${name}${small ? ', small' : ''} (measured in ${seconds} s)`);
    console.log(printFigures(figures));
    for (const note of notes) console.log(`  ${note}`);
    missed += figures.filter(missesFloor).length;
  }
  if (missed > 0) console.error(`\n${missed} of the floors missed`);
  return missed > 0 ? 1 : 0;
}
