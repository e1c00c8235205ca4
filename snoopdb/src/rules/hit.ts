/** Whether a request with this status code succeeded: 2xx, or 101 for an upgrade. */
export function isSuccess(code: number | null): boolean {
  return code !== null && ((code >= 200 && code < 300) || code === 101);
}

/** Whether an audit event proves a hit: a stage after RequestReceived with a success code, not of a dry run. */
export function provesHit(
  { stage, code }: { readonly stage: string | null; readonly code: number | null },
  isDryRun: boolean,
): boolean {
  return stage !== 'RequestReceived' && isSuccess(code) && !isDryRun;
}
