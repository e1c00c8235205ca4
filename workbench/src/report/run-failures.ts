import { describeMissing } from './report.ts';
import type { Report } from './report.ts';

/** Lists what failed in the run itself: neither a test nor an error outside of tests. */
export function listRunFailures(report: Report): { readonly title: string; readonly message: string }[] {
  const { run, complete } = report;
  return [
    ...(complete ? [] : [{ title: 'Evidence', message: describeMissing(report) }]),
    ...(run.state === 'interrupted' ? [{ title: 'Run', message: 'The run was interrupted.' }] : []),
  ];
}
