import { SnoopError } from '../errors.ts';

const fullDisk = /no space left on device|disk quota exceeded|\bENOSPC\b/i;

/** Whether a program says that the disk is full. */
export function isFullDisk(said: string): boolean {
  return fullDisk.test(said);
}

/** The error that a full disk is, when this is what a program said; else null. */
export function explainFullDisk(said: string): SnoopError | null {
  if (!fullDisk.test(said)) return null;
  const line = said.split('\n').find((one) => fullDisk.test(one)) ?? '';
  return new SnoopError('disk_full', 'The disk that Docker keeps its images and containers on is full.', {
    advice: [
      `| ${line.trim().slice(-400)}`,
      "'docker system df' says what takes room; 'docker image prune' and 'docker builder prune' make some. Then call it again.",
      'A cluster with its images needs about 6 GB.',
    ],
  });
}
