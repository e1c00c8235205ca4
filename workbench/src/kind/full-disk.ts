import { SnoopError } from '../errors.ts';

const fullDisk = /no space left on device|disk quota exceeded|\bENOSPC\b/i;

/** Whether a program's output reports a full disk. */
export function isFullDisk(output: string): boolean {
  return fullDisk.test(output);
}

/** Creates the error for a full disk if a program's output reports one; otherwise null. */
export function explainFullDisk(output: string): SnoopError | null {
  if (!fullDisk.test(output)) return null;
  const line = output.split('\n').find((text) => fullDisk.test(text)) ?? '';
  return new SnoopError('disk_full', "Docker's disk is full.", {
    advice: [
      `| ${line.trim().slice(-400)}`,
      "'docker system df' shows what uses space; 'docker image prune' and 'docker builder prune' free some. Then try again.",
      'A cluster with its images needs about 6 GB.',
    ],
  });
}
