import { readRelease } from '@snoop/snoopdb';

const maxFileBytes = 64 * 2 ** 30;

/**
 * Finds what is wrong with the content of a run.json, beside its format and version. Fields that only people read are not
 * checked.
 *
 * @returns the end of a sentence that begins with the file; null: nothing is wrong
 */
export function findRunProblem(value: Readonly<Record<string, unknown>>): string | null {
  const { id, complete, reasons, files, cluster, document, counters, endedAt } = value;
  if (typeof complete !== 'boolean' || !isTexts(reasons)) return 'does not say whether the run is complete';
  if (complete && reasons.length > 0) return 'calls the run complete, but says what is missing';
  if (!complete && reasons.length === 0) return 'calls the run incomplete, but does not say why';
  // The id becomes a part of file names and of a source.
  if (typeof id !== 'string' || !/^[\w-]{1,100}$/.test(id)) return 'has no id of a run';
  if (!Array.isArray(files) || !files.every(isEntry)) return 'has no list of files';
  if (new Set(files.map(({ name }) => name)).size < files.length) return 'lists a file twice';
  if (!isRecord(cluster) || typeof cluster.version !== 'string' || readRelease(cluster.version) === null) {
    return 'does not describe its cluster';
  }
  if (document !== undefined && (typeof document !== 'string' || readRelease(document) === null)) {
    return 'does not name the release of its endpoints';
  }
  if (!isTexts(cluster.sources)) return 'does not name the sources of its events';
  if (cluster.commit !== null && typeof cluster.commit !== 'string') return 'does not describe its cluster';
  if (typeof endedAt !== 'string' || Number.isNaN(Date.parse(endedAt))) return 'does not say when the run ended';
  return findCounterProblem(counters, complete);
}

function findCounterProblem(counters: unknown, complete: boolean): string | null {
  if (!isRecord(counters)) return 'has no counters of events';
  const { sent, errors, stored, rejected, uncertain } = counters;
  if (![stored, rejected, uncertain].every(isCount)) return 'has no counters of events';
  if (![sent, errors].every((count) => count === null || isCount(count))) return 'has no counters of events';
  if (!complete) return null;
  if (!isCount(sent)) return 'calls the run complete, but does not know how many events were sent';
  const missing = Math.abs(sent - Number(stored) - Number(rejected));
  if (missing > Number(uncertain) || Number(rejected) > 0 || Number(errors) > 0) {
    return 'calls the run complete, but its counters say that events are missing';
  }
  return null;
}

function isEntry(value: unknown): value is { readonly name: string } {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    isNameInFolder(value.name) &&
    isCount(value.bytes) &&
    value.bytes <= maxFileBytes &&
    typeof value.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(value.sha256)
  );
}

function isNameInFolder(name: string): boolean {
  return name.split('/').every((part) => !['', '.', '..'].includes(part)) && !name.includes('\0');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
