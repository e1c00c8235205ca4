import { findEndpointName, listEndpointNames } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import type { Pattern } from './pattern.ts';
import { isWildcard, readPattern } from './pattern.ts';

/** Creates a filter for an endpoint. @throws SnoopError `unknown_value` for a mistyped name, which would never match */
export async function chooseEndpoint(pool: Pool, wanted: string): Promise<Pattern> {
  if (isWildcard(wanted)) return readPattern(wanted, 'whole');
  const named = findEndpointName(wanted, await listEndpointNames(pool));
  if (named.state === 'found') return readPattern(named.endpoint, 'whole');
  const [sentence, nearest] =
    named.state === 'ambiguous'
      ? [`'${wanted}' is a prefix of ${named.candidates.length} endpoints.`, named.candidates.slice(0, 3)]
      : [`There is no endpoint '${wanted}'.`, findNearest(wanted, named.known, 3)];
  throw new SnoopError('unknown_value', sentence, {
    exitCode: 2,
    advice: [
      ...(nearest.length === 0 ? [] : [didYouMean(nearest)]),
      `For all endpoints that begin like this: --endpoint '${wanted}*'`,
    ],
  });
}
