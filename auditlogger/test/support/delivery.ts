import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** A body that a test sends piece by piece. */
export interface Delivery {
  readonly sending: ClientRequest;
  /** Rejects when the connection ends without an answer. */
  readonly answer: Promise<Answered>;
}

/** Sends the headers of a body, and nothing of it yet. */
export function announce(url: string, headers: Record<string, string | number>, path = '/events'): Delivery {
  const sending = request(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  });
  sending.flushHeaders();
  const answer = new Promise<Answered>((resolve, reject) => {
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.once('error', reject);
    });
    // It also comes after the answer, when the connection is cut in the middle of a refused body.
    sending.on('error', reject);
  });
  // Awaited later, or not at all by tests that look at others.
  answer.catch(() => {});
  return { sending, answer };
}
