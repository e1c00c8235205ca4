import type { Pool } from '@snoop/snoopdb';
import express from 'express';
import {
  readAgents,
  readHits,
  readLiveEndpoint,
  readRun,
  readRunDifference,
  readRuns,
  readTestRequests,
} from './data/live-files.ts';
import { readNumber, readText, requireText } from './query.ts';
import { ReadLimit } from './read-limit.ts';

/** Reading the requests of a test may take 20 s. The pool has four connections, and the live page needs one. */
const maxTestReads = 2;

/** Answers `data/live/`: the files of ./data/live-model.ts. */
export function createLiveDataRoutes(pool: Pool): express.Router {
  const router = express.Router();
  const testReads = new ReadLimit(maxTestReads);
  router.get('/endpoint.json', async ({ query }, response) => {
    response.json(await readLiveEndpoint(pool, requireText(query, 'endpoint'), readText(query, 'release')));
  });
  router.get('/test.json', async ({ query }, response) => {
    const [release, test] = [requireText(query, 'release'), requireText(query, 'test')];
    const read = (): ReturnType<typeof readTestRequests> => readTestRequests(pool, release, test);
    const found = await testReads.read(read, () => !response.destroyed);
    if (found !== undefined) response.json(found);
  });
  router.get('/agents.json', async ({ query }, response) => {
    response.json(await readAgents(pool, readFilter(query)));
  });
  router.get('/hits.json', async ({ query }, response) => {
    response.json(await readHits(pool, requireText(query, 'agent'), readFilter(query)));
  });
  router.get('/runs.json', async ({ query }, response) => {
    response.json(await readRuns(pool, readNumber(query, 'limit', { byDefault: 100, max: 1000 })));
  });
  router.get('/run.json', async ({ query }, response) => {
    const options = { passedOnly: query.passed === '1', countsIndirect: query.indirect === '1' };
    response.json(await readRun(pool, requireText(query, 'run'), options));
  });
  router.get('/run-difference.json', async ({ query }, response) => {
    response.json(await readRunDifference(pool, requireText(query, 'before'), requireText(query, 'after')));
  });
  return router;
}

function readFilter(query: express.Request['query']): { source: string | undefined; release: string | undefined } {
  return { source: readText(query, 'source'), release: readText(query, 'of') };
}
