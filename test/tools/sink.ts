import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** What a sink got. */
export interface SunkBody {
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
}

/** A receiver that answers as a test says, to see what a sender makes of it; closed with the test. */
export async function startSink(answer: (got: SunkBody, response: ServerResponse) => void): Promise<{ url: string }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    answer({ body: Buffer.concat(chunks).toString(), headers: request.headers, url: request.url ?? '' }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/events` };
}
