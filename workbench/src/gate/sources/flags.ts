import { readRelease } from '@snoop/snoopdb';
import { wrongUse } from '../../errors.ts';
import type { StatedFacts } from './hits/options.ts';
import type { StatedSources } from './request.ts';

/**
 * Checks the flags that state facts about sources.
 *
 * @returns those about hits
 * @throws SnoopError `wrong_use`
 */
export function checkFlags(request: StatedSources): StatedFacts {
  refuseEmpty(request);
  checkRelease('--release', request.release);
  checkRelease('--previous-release', request.previousRelease);
  checkCommit('--commit', request.commit);
  return {
    release: checkRelease('--hits-release', request.hitsRelease),
    date: checkDate('--hits-date', request.hitsDate),
    commit: checkCommit('--hits-commit', request.hitsCommit),
  };
}

/** An empty name would be the current folder; it comes from a variable that is not set. */
function refuseEmpty(request: StatedSources): void {
  const { repo, openapi, previous, conformance, ineligible, pending, hits } = request;
  const given = { repo, openapi, previous, conformance, ineligible, pending };
  const [flag] = Object.entries(given).find(([, name]) => name?.trim() === '') ?? [];
  if (flag === undefined && hits.every((name) => name.trim() !== '')) return;
  throw wrongUse(`--${flag ?? 'hits'} is empty.`, 'Give a value, or leave the flag out. Is a variable not set?');
}

function checkRelease(flag: string, text: string | null): string | null {
  const release = text === null ? null : readRelease(text);
  if (text === null || release !== null) return release;
  throw wrongUse(`${flag} '${text.slice(0, 60)}' is not a release.`, 'Write it as X.Y.Z, for example 1.38.0.');
}

function checkCommit(flag: string, text: string | null): string | null {
  if (text === null || /^[0-9a-f]{7,40}$/i.test(text)) return text;
  throw wrongUse(`${flag} '${text.slice(0, 60)}' is not a commit.`, 'Give 7 to 40 hex digits: git rev-parse HEAD');
}

function checkDate(flag: string, text: string | null): string | null {
  if (text === null) return null;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw wrongUse(
    `${flag} '${text.slice(0, 60)}' is not a date.`,
    'Write it as ISO 8601: 2026-04-22 or 2026-04-22T10:00:00Z',
  );
}
