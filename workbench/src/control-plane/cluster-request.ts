import { urlToHttpOptions } from 'node:url';
import { SnoopError } from '../errors.ts';
import { sendRequest } from '../http-request.ts';
import { version } from '../version.ts';
import { apiserverUrl, readApiserverCa } from './kube-apiserver.ts';
import type { Layout } from './layout.ts';
import type { State } from './state.ts';

const defaultTimeoutMs = 15_000;
const maxBytes = 64_000_000;

/** What a request of the control plane's admin needs. */
export interface AdminAccess {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

export interface AdminRequest {
  /** Default: GET. */
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export interface AdminResponse {
  readonly status: number;
  readonly body: string;
}

export function openAdminAccess(layout: Layout, { ports, tokens }: State): AdminAccess {
  const ca = readApiserverCa(layout);
  if (!ports || ca === null) throw new SnoopError('no_answer', 'The control plane was never started.');
  return { url: apiserverUrl(ports), ca, token: tokens.admin };
}

/**
 * Sends a request to the control plane, as its admin. The clients of live tests would take long to load.
 *
 * @param expected the expected statuses; others throw
 * @throws SnoopError `no_answer`, `bad_answer`
 */
export async function sendToCluster(
  { url, ca, token }: AdminAccess,
  { method = 'GET', path, body, contentType = 'application/json', timeoutMs = defaultTimeoutMs }: AdminRequest,
  expected: readonly number[],
): Promise<AdminResponse> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    'user-agent': `snoop/${version}`,
    authorization: `Bearer ${token}`,
    ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
  };
  const options = {
    ...urlToHttpOptions(new URL(`${url}${path}`)),
    method,
    headers,
    ca,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const answer = await sendRequest(options, { body: text, maxBytes }).catch((cause: unknown) => {
    throw new SnoopError('no_answer', `${method} ${path} got no answer from ${url}.`, { cause });
  });
  if (expected.includes(answer.status)) return answer;
  throw new SnoopError(
    'bad_answer',
    `The apiserver answered ${answer.status} to ${method} ${path}: ${answer.body.slice(0, 300)}`,
  );
}
