import { readRelease } from '@snoop/snoopdb';
import { wrongUse } from '../../errors.ts';
import type { GateRequest } from './request.ts';

/** Checks the flags that state facts about sources. @throws SnoopError `wrong_use` */
export function checkFlags(request: GateRequest): void {
  checkRelease('--release', request.release);
  checkRelease('--previous-release', request.previousRelease);
  checkCommit('--commit', request.commit);
  checkRelease('--hits-release', request.hitsRelease ?? null);
  checkDate('--hits-date', request.hitsDate ?? null);
  checkCommit('--hits-commit', request.hitsCommit);
}

function checkRelease(flag: string, text: string | null): void {
  if (text === null || readRelease(text) !== null) return;
  throw wrongUse(`${flag} '${text.slice(0, 60)}' is not a release.`, 'Write it as X.Y.Z, for example 1.38.0.');
}

function checkCommit(flag: string, text: string | null): void {
  if (text === null || /^[0-9a-f]{7,40}$/i.test(text)) return;
  throw wrongUse(`${flag} '${text.slice(0, 60)}' is not a commit.`, 'Give 7 to 40 hex digits: git rev-parse HEAD');
}

function checkDate(flag: string, text: string | null): void {
  if (text === null || (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)))) return;
  throw wrongUse(
    `${flag} '${text.slice(0, 60)}' is not a date.`,
    'Write it as ISO 8601: 2026-04-22 or 2026-04-22T10:00:00Z',
  );
}
