import { createEndpointResolver, readShippedOperations } from '@snoop/snoopdb';
import { percentile } from '../measurement/machine.ts';
import type { Measurement } from '../measurement/figure.ts';

const release = '1.36.0';
const rounds = 15;
const repetitions = 200;
/** Names as a cluster has them. */
const names = ['coredns-7db6d8ff4d-x8x2k', 'kube-system', 'default', 'kube-root-ca.crt', 'my-app', 'node-1'];
const verbs: Record<string, string> = { GET: 'get', POST: 'create', PUT: 'update', DELETE: 'delete', PATCH: 'patch' };

/** Verb and URI to endpoint, over every operation of a release in turn: the median of some rounds. */
export async function measure(): Promise<Measurement> {
  const operations = await readShippedOperations(release);
  if (operations === null) throw new Error(`${release} does not ship with this program`);
  let named = 0;
  const requests = operations.map(({ method, path }) => {
    const uri = path.replace(/\{[^}]+\}/g, () => names[named++ % names.length] ?? '');
    // From bytes, as a log has them: a text that was put together is not yet in one piece.
    const requestURI = Buffer.from(method === 'GET' ? `${uri}?limit=500&resourceVersion=0` : uri).toString('latin1');
    return { verb: verbs[method] ?? '', requestURI };
  });
  const resolver = createEndpointResolver(operations);
  const runOnce = (): number => {
    const started = process.hrtime.bigint();
    let found = 0;
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const request of requests) if (resolver.resolve(request).endpoint !== null) found += 1;
    }
    const ns = Number(process.hrtime.bigint() - started);
    if (found !== repetitions * requests.length) throw new Error('not every operation was resolved');
    return ns / 1000 / found;
  };
  runOnce();
  const measured = percentile(
    Array.from({ length: rounds }, () => runOnce()),
    0.5,
  );
  return {
    figures: [{ what: 'verb + URI to endpoint', measured, unit: 'µs', target: 0.4, floor: 2, better: 'less' }],
    notes: [`over the ${requests.length} operations of ${release}`],
  };
}
