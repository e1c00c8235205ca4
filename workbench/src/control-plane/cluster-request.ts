import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess, RawResponse, TimedRequest } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';

const requestTimeoutMs = 15_000;
const maxBytes = 64_000_000;

/**
 * Sends a request to the control plane.
 *
 * @param expected the statuses that are no error
 * @throws SnoopError `no_answer`, `bad_answer`
 */
export async function sendToCluster(
  access: ClusterAccess,
  request: TimedRequest,
  expected: readonly number[],
): Promise<RawResponse> {
  const answer = await sendRaw(access, { timeoutMs: requestTimeoutMs, maxBytes, ...request });
  if (expected.includes(answer.status)) return answer;
  const { method = 'GET', path } = request;
  throw new SnoopError(
    'bad_answer',
    `The apiserver answered ${answer.status} to ${method} ${path}: ${answer.body.slice(0, 300)}`,
  );
}
