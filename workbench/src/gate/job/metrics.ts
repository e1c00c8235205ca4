import { Gauge, Registry } from 'prom-client';
import { type KeptAnswer, verdicts } from './kept-answer.ts';

/**
 * Formats a kept answer for Prometheus. Counts are left out while the gate cannot tell, so that those of an older
 * answer never look current.
 *
 * @param answer null: no job has answered yet
 */
export async function formatMetrics(
  answer: KeptAnswer | null,
  now: Date,
): Promise<{ readonly contentType: string; readonly text: string }> {
  const registry = new Registry();
  const gauge = (name: string, help: string, label?: string): Gauge =>
    new Gauge({
      name: `snoop_gate_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
    });
  if (answer !== null) {
    const answeredAtMs = Date.parse(answer.answeredAt);
    gauge('last_answer_timestamp_seconds', 'When the gate answered last').set(answeredAtMs / 1000);
    // Below 0: a clock is wrong. The alert for stopped jobs fires, too.
    gauge('answer_age_seconds', 'Time since the last answer').set((now.getTime() - answeredAtMs) / 1000);
    gauge('exit_code', 'Of the last answer; 0: nothing missing, 1: it fails, 3: it cannot tell').set(answer.exitCode);
    const verdict = gauge('verdict', '1: the verdict of the last answer', 'verdict');
    for (const one of verdicts) verdict.set({ verdict: toLabel(one) }, one === answer.verdict ? 1 : 0);
    if (answer.counts !== null) {
      const { missing, notYetProven, debt, due, pending, stale } = answer.counts;
      const untested = gauge('untested', 'Endpoints without a test; due and pending ones do not fail', 'state');
      const states = { missing, not_yet_proven: notYetProven, debt, due, pending };
      for (const [state, number] of Object.entries(states)) if (number !== null) untested.set({ state }, number);
      gauge('stale_entries', 'Entries of lists that should be removed').set(stale);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function toLabel(words: string): string {
  return words.replaceAll(' ', '_');
}
