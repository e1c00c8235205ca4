import { describeError, listLoadedReleases, type Pool, SnoopDbError } from '@snoop/snoopdb';
import express from 'express';
import { SnoopError } from '../errors.ts';
import { isAway } from '../evidence/outage.ts';
import { readProgress, readReleaseFiles, readReleases } from './data/release-files.ts';
import { createLiveDataRoutes } from './live-data-routes.ts';
import { SharedReads } from './shared-reads.ts';

/** Answers `data/`: the files of ./data/model.ts and ./data/live-model.ts. */
export function createDataRoutes(pool: Pool): express.Router {
  const router = express.Router();
  const shared = new SharedReads();
  router.get('/releases.json', async (_request, response) => {
    response.json(await shared.read('releases', () => readReleases(pool)));
  });
  router.get('/progress.json', async (_request, response) => {
    response.json(await shared.read('progress', () => readProgress(pool)));
  });
  router.use('/live', createLiveDataRoutes(pool));
  router.get('/:release/:file.json', async (request, response, next) => {
    const { release, file } = request.params;
    if (file !== 'table' && file !== 'details') return next();
    const files = await shared.read(`release ${release}`, () => readReleaseFiles(pool, release));
    response.json(files[file]);
  });
  router.use((_request, response) => {
    response.status(404).json({ code: 'not_found', message: 'There is no such data.' });
  });
  return router;
}

/** The release whose pages are shown first; null: none is loaded. */
export async function findFirstRelease(pool: Pool): Promise<string | null> {
  const releases = await listLoadedReleases(pool);
  const withCoverage = releases.filter(({ coverageOrigin }) => coverageOrigin !== null);
  return (withCoverage.find(({ isBaseline }) => isBaseline) ?? withCoverage[0] ?? releases[0])?.release ?? null;
}

const statusOf: Readonly<Partial<Record<string, number>>> = {
  unknown_release: 404,
  bad_release: 404,
  no_coverage: 404,
  unknown_endpoint: 404,
  unknown_agent: 404,
  unknown_run: 404,
  bad_query: 400,
};

/** Answers errors of SnoopDB, and that it is away, as JSON. */
export const answerDataError: express.ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  if (error instanceof SnoopDbError || error instanceof SnoopError) {
    const { code, message } = error;
    const advice = error instanceof SnoopError ? error.advice : [];
    response.status(statusOf[code] ?? 503).json({ code, message: [message, ...advice].join(' ') });
  } else if (isAway(error)) {
    const message = `SnoopDB does not answer: ${describeError(error)}. This page tries again.`;
    response.status(503).json({ code: 'database_away', message });
  } else next(error);
};
