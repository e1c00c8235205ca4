/** Longer than a living auditlogger needs to ask its database. */
const answerWithinMs = 2_000;

/**
 * Whether the auditlogger at `url` can store events now, by its `/readyz`.
 *
 * @param url its address, without a path
 */
export async function probeAuditlogger(url: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(answerWithinMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
