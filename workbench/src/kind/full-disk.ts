import { SnoopError } from '../errors.ts';

const fullDisk = /no space left on device|disk quota exceeded|\bENOSPC\b/i;

/** Whether a program's output says that the disk is full. */
export function isFullDisk(said: string): boolean {
  return fullDisk.test(said);
}

/** Creates the error for a full disk if a program's output says so; else null. */
export function explainFullDisk(said: string): SnoopError | null {
  if (!fullDisk.test(said)) return null;
  const line = said.split('\n').find((one) => fullDisk.test(one)) ?? '';
  return new SnoopError('disk_full', "Docker's disk is full.", {
    advice: [
      `| ${line.trim().slice(-400)}`,
      "'docker system df' shows what uses space; 'docker image prune' and 'docker builder prune' free some. Then try again.",
      'A cluster with its images needs about 6 GB.',
    ],
  });
}
