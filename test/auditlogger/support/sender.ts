import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** From the first byte sent to the last byte of the answer. */
  readonly ms: number;
}

/** Sends bodies over connections that it keeps, as the API server does. */
export interface Sender {
  /** @throws Error when the connection ends without an answer */
  send(body: string | Buffer, headers?: Record<string, string>): Promise<Answer>;
  /**
   * Sends it until the answer does not mean "later". Retries twenty times sooner than `Retry-After`, except large bodies,
   * which would take the processor time of the others.
   */
  sendUntilSettled(body: string | Buffer, headers?: Record<string, string>): Promise<Answer>;
}

/** On a machine that is very busy even an ordinary body may take longer than a body may: 408. */
const later: readonly number[] = [408, 429, 503];

const largeBytes = 10_000_000;

/** @param connections how many bodies are under way at most; the others wait for their turn */
export function createSender(url: string, connections = 8): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  onTestFinished(() => agent.destroy());

  async function send(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    try {
      return await post(agent, url, body, headers);
    } catch (error) {
      // The server may close an idle connection in the moment in which it is used again; so may Go's, which asks again.
      if (error instanceof UnusedConnection) return post(agent, url, body, headers);
      throw error;
    }
  }

  return {
    send,
    async sendUntilSettled(body, headers) {
      for (;;) {
        const answer = await send(body, headers);
        if (!later.includes(answer.status)) return answer;
        // Only the next answer tells whether there is room.
        const isLarge = body.length > largeBytes;
        await wait((isLarge ? 1000 : 50) * Number(answer.retryAfter ?? 1));
      }
    },
  };
}

/** A kept connection was closed before anything came back. */
class UnusedConnection extends Error {}

function post(agent: Agent, url: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let answered = false;
    const sending = request(`${url}/events?timeout=30s`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    });
    sending.once('response', (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () => {
        // As Go's client: what is answered early is not sent to its end, and its connection not used again.
        if (!sending.writableFinished) sending.destroy();
        resolve({
          status: response.statusCode ?? 0,
          text,
          retryAfter: response.headers['retry-after'],
          ms: performance.now() - start,
        });
      });
    });
    // A body that is refused early is not read to its end: what happens to the rest of it does not matter.
    sending.on('error', (error) => {
      if (answered) return;
      reject(sending.reusedSocket ? new UnusedConnection(error.message, { cause: error }) : error);
    });
    sending.end(body);
  });
}
