import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createEventWriter, type EventWriter, type Pool, useNearestBaseline } from '../../src/index.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

export interface RunDatabase {
  readonly pool: Pool;
  readonly writer: EventWriter;
}

/**
 * Gives the tests of a file a database with the baseline of Kubernetes 1.36, checked and emptied after each test, and a
 * writer of a cluster's events.
 */
export function useRunDatabase(source: string): RunDatabase {
  const { open } = useDatabase();
  let writer: EventWriter;
  beforeEach(async () => {
    await useNearestBaseline(open().pool, '1.36.3');
    writer = createEventWriter(open().pool, { source });
  });
  afterEach(() => writer.close());
  return {
    get pool() {
      return open().pool;
    },
    get writer() {
      return writer;
    },
  };
}

/** Gives the tests of a file a database to import runs into. */
export function useImportDatabase(): Pick<RunDatabase, 'pool'> {
  const { open } = useDatabase();
  return {
    get pool() {
      return open().pool;
    },
  };
}

function useDatabase(): { open(): TestDatabase } {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.checkAndEmptyLiveUse());
  afterAll(() => database.drop());
  return { open: () => database };
}
