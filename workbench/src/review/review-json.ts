import { decideVerdict, type Review } from './verdict.ts';

/** What `--output json` prints. */
export function createReviewJson(review: Review): unknown {
  const { name, findings, runs } = review;
  return {
    verdict: decideVerdict(review),
    name,
    findings,
    runs: runs.map(({ document, findings: found, review: compared, notRun }) => ({
      run: document.run.id,
      findings: found,
      not_run: notRun,
      here: compared?.here.map(({ run }) => run.id) ?? [],
      differences: compared?.differences ?? [],
      of_one_release: compared?.ofOneRelease ?? [],
      answers: compared?.answers ?? [],
      doubts: compared?.doubts ?? [],
      notes: compared?.notes ?? [],
    })),
  };
}
