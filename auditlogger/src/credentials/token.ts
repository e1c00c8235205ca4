import { createHash, timingSafeEqual } from 'node:crypto';
import type { NamedFile } from './watched-files.ts';

/** SHA-256 of each token that is good: of equal length, as the comparison in constant time wants them. */
export type TokenDigests = readonly Buffer[];

/** Fewer can be guessed by somebody who is patient. */
const enoughCharacters = 16;
const mostTokens = 100;

/** What a token file holds. */
export interface Tokens {
  readonly digests: TokenDigests;
  /** Whether one of them is so short that it could be guessed. */
  readonly isWeak: boolean;
}

/**
 * Reads a token file: one token a line, so that a new one can be brought to all senders before the old one goes.
 * @throws Error when there is none in it, or something that cannot be sent as one; never with the token
 */
export function readTokens({ flag, path }: NamedFile, content: Buffer): Tokens {
  const tokens = content
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (tokens.length === 0) {
    throw new Error(`${flag} ${path} is empty: it wants a token, such as 'openssl rand -hex 32' prints one.`);
  }
  if (tokens.length > mostTokens)
    throw new Error(`${flag} ${path} holds ${tokens.length} tokens; ${mostTokens} at most.`);
  const wrong = tokens.findIndex((token) => !/^[!-~]+$/.test(token));
  if (wrong !== -1) {
    throw new Error(`${flag} ${path}: token ${wrong + 1} holds blanks or characters that a header cannot carry.`);
  }
  return { digests: tokens.map(digest), isWeak: tokens.some((token) => token.length < enoughCharacters) };
}

/**
 * Whether a header `Authorization` shows one of the tokens. Takes as long for a wrong one as for a right one.
 * @returns null when there is no bearer token in it at all
 */
export function isTokenRight(header: string | undefined, digests: TokenDigests): boolean | null {
  const [, token] = /^Bearer +([!-~]+) *$/i.exec(header ?? '') ?? [];
  if (token === undefined) return null;
  const shown = digest(token);
  let isRight = false;
  for (const right of digests) isRight = timingSafeEqual(shown, right) || isRight;
  return isRight;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
