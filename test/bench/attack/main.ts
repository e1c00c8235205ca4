import { attacks } from '../../attack/attacks.ts';
import { type BenchServer, startBenchServer } from '../auditlogger/bench-server.ts';
import { measureParts, type Parts } from '../measurement/parts.ts';
import { measureBeside } from './beside.ts';

/** Measures how a normal sender fares beside each attack, on a temporary PostgreSQL. */
export async function measure(args: readonly string[]): Promise<number> {
  const started: Promise<BenchServer>[] = [];
  const getServer = (): Promise<BenchServer> => {
    const server = started[0] ?? startBenchServer();
    started[0] = server;
    return server;
  };
  const parts: Parts = Object.fromEntries(
    Object.entries(attacks).map(([name, attack]) => [
      name,
      async () => ({
        measure: async ({ small }) => measureBeside(await getServer(), { name, attack, small }),
      }),
    ]),
  );
  try {
    return await measureParts('attack', parts, args);
  } finally {
    for (const server of started) await (await server).remove();
  }
}
