import { loadClusterDocument, migrate, type Pool } from '@snoop/snoopdb';
import { type Checker, createChecker } from '../../tools/checker.ts';
import { makeDatabase } from '../../tools/database.ts';
import { awaitReady, startAuditlogger } from '../../tools/program.ts';
import { makeDocument } from './document.ts';
import { type Answer, createSender, type Sender } from './sender.ts';

/** The default source. */
export const source = 'cluster';

export interface Ready {
  readonly program: Awaited<ReturnType<typeof startAuditlogger>>;
  readonly pool: Pool;
  readonly checker: Checker;
  readonly sender: Sender;
  /** Sends a body once, and reports it and a 200 to the checker. */
  deliver(body: Buffer, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a body until the answer does not mean "later", and reports both to the checker. */
  deliverUntilTaken(body: Buffer, headers?: Record<string, string>): Promise<Answer>;
}

/**
 * Starts the program with a database that is ready and has the cluster's document; both end with the test.
 * @param options.memoryMebibytes see {@link startAuditlogger}
 */
export async function startReady(
  options: { args?: readonly string[]; connections?: number; memoryMebibytes?: number } = {},
): Promise<Ready> {
  const { url, pool } = await makeDatabase();
  return startOn({ url, pool, ...options });
}

/** Like {@link startReady}, with an existing database. */
export async function startOn(options: {
  url: string;
  pool: Pool;
  args?: readonly string[];
  connections?: number;
  memoryMebibytes?: number;
}): Promise<Ready> {
  const { url, pool, args = [], connections = 8, memoryMebibytes } = options;
  await migrate(pool);
  await loadClusterDocument(pool, { source, version: 'v1.36.3', etag: null, document: makeDocument() });
  const program = await startAuditlogger(url, [...args], {}, memoryMebibytes);
  await awaitReady(program);
  const checker = createChecker();
  const sender = createSender(program.url, connections);
  return { program, pool, checker, sender, ...reportTo(checker, sender) };
}

/** Sends on behalf of the checker. */
export function reportTo(checker: Checker, sender: Sender): Pick<Ready, 'deliver' | 'deliverUntilTaken'> {
  async function follow(body: Buffer, answer: Promise<Answer>): Promise<Answer> {
    const given = await answer;
    if (given.status === 200) checker.acknowledged(body);
    return given;
  }
  return {
    deliver(body, headers) {
      checker.sent(body);
      return follow(body, sender.send(body, headers));
    },
    deliverUntilTaken(body, headers) {
      checker.sent(body);
      return follow(body, sender.sendUntilSettled(body, headers));
    },
  };
}
