import { open } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { isSystemError, toError } from '@snoop/snoopdb';
import { type KeptAnswer, maxKeptBytes, parseKeptAnswer } from './kept-answer.ts';
import { formatMetrics } from './metrics.ts';

const maxConnections = 64;
const timeoutMs = 10_000;

/**
 * Creates the server of `/metrics` and `/healthz`. The file is read for each scrape, since the kubelet replaces it. An
 * unreadable file is answered 503: without metrics the alert for stopped jobs fires.
 *
 * @param file the kept answer in the volume of its ConfigMap
 */
export function createGateMetricsServer(
  file: string,
  { now, log }: { readonly now: () => Date; readonly log: (text: string) => void },
): Server {
  const server = createServer({ maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1000 }, (request, response) => {
    const path = request.url?.split('?')[0];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead) return answer(response, 405, 'Only GET and HEAD.\n');
    if (path === '/healthz') return answer(response, 200, 'ok\n');
    if (path !== '/metrics') return answer(response, 404, 'Not found. There is /metrics and /healthz.\n');
    void readKeptFile(file)
      .then((kept) => formatMetrics(kept, now()))
      .then(({ contentType, text }) => answer(response, 200, text, contentType))
      .catch((error: unknown) => {
        log(`${file}: ${toError(error).message}`);
        answer(response, 503, 'The kept answer cannot be read; see the log.\n');
      });
  });
  server.headersTimeout = timeoutMs;
  server.requestTimeout = timeoutMs;
  server.timeout = timeoutMs;
  server.maxConnections = maxConnections;
  return server;
}

/** @returns null: no job has answered yet */
async function readKeptFile(file: string): Promise<KeptAnswer | null> {
  const handle = await open(file).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    if (size > maxKeptBytes) throw new Error(`it has ${size} bytes; the limit is ${maxKeptBytes}`);
    return parseKeptAnswer(await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
