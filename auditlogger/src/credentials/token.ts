import { createHash, timingSafeEqual } from 'node:crypto';
import { isSourceName } from '@snoop/snoopdb';
import type { NamedFile } from './watched-files.ts';

/** A token that is good. */
export interface Token {
  /** Its SHA-256: of equal length for all, as the comparison in constant time wants them. */
  readonly digest: Buffer;
  /** The one source that its holder may send as; null: any. */
  readonly source: string | null;
}

/** Fewer can be guessed by somebody who is patient. */
const enoughCharacters = 16;
const mostTokens = 100;

/** What a token file holds. */
export interface Tokens {
  readonly list: readonly Token[];
  /** Whether one of them is so short that it could be guessed. */
  readonly isWeak: boolean;
}

/**
 * Reads a token file: one token a line, so that a new one can be brought to all senders before the old one goes. A
 * source after the token binds it to that source.
 * @throws Error when there is none in it, or something that cannot be sent as one; never with the token
 */
export function readTokens({ flag, path }: NamedFile, content: Buffer): Tokens {
  const lines = content
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw new Error(`${flag} ${path} is empty: it wants a token, such as 'openssl rand -hex 32' prints one.`);
  }
  if (lines.length > mostTokens)
    throw new Error(`${flag} ${path} holds ${lines.length} tokens; ${mostTokens} at most.`);
  const given = lines.map((line, index) => {
    const [token = '', source = null, ...others] = line.split(/[ \t]+/);
    if (!/^[!-~]+$/.test(token)) {
      throw new Error(`${flag} ${path}: token ${index + 1} holds characters that a header cannot carry.`);
    }
    if (others.length > 0 || (source !== null && !isSourceName(source))) {
      throw new Error(`${flag} ${path}: after token ${index + 1} only the name of one source may stand.`);
    }
    return { token, source };
  });
  return {
    list: given.map(({ token, source }) => ({ digest: digest(token), source })),
    isWeak: given.some(({ token }) => token.length < enoughCharacters),
  };
}

/**
 * The sources that the bearer token of a header `Authorization` may send as; null among them: any. Takes as long for a
 * wrong token as for a right one.
 * @returns none for a wrong token; null when there is no bearer token in it at all
 */
export function findSources(header: string | undefined, { list }: Tokens): readonly (string | null)[] | null {
  const [, token] = /^Bearer +([!-~]+) *$/i.exec(header ?? '') ?? [];
  if (token === undefined) return null;
  const shown = digest(token);
  return list.filter((right) => timingSafeEqual(shown, right.digest)).map(({ source }) => source);
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
