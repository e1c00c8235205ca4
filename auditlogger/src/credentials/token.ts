import { createHash, timingSafeEqual } from 'node:crypto';
import { isSourceName } from '@snoop/snoopdb';
import type { NamedFile } from './watched-files.ts';

/** An accepted token. */
export interface Token {
  /** Its SHA-256: constant-time comparison needs equal lengths. */
  readonly digest: Buffer;
  /** The only source its holder may send as; null: any. */
  readonly source: string | null;
}

/** A shorter token can be guessed. */
const minStrongCharacters = 16;
const maxTokens = 100;

/** The content of a token file. */
export interface Tokens {
  readonly list: readonly Token[];
  /** Whether one of them is too short. */
  readonly isWeak: boolean;
}

/**
 * Parses a token file: one token per line, so that a new token can be rolled out before the old one is removed. A source
 * after the token binds it to that source.
 * @throws Error when it has no token or an invalid one; the message never contains a token
 */
export function readTokens({ flag, path }: NamedFile, content: Buffer): Tokens {
  const lines = content
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw new Error(`${flag} ${path} is empty. Put a token into it, for example from 'openssl rand -hex 32'.`);
  }
  if (lines.length > maxTokens)
    throw new Error(`${flag} ${path} holds ${lines.length} tokens; at most ${maxTokens} are allowed.`);
  const given = lines.map((line, index) => {
    const [token = '', source = null, ...others] = line.split(/[ \t]+/);
    if (!/^[!-~]+$/.test(token)) {
      throw new Error(`${flag} ${path}: token ${index + 1} contains characters that are not allowed in a header.`);
    }
    if (others.length > 0 || (source !== null && !isSourceName(source))) {
      throw new Error(`${flag} ${path}: only the name of one source may follow token ${index + 1}.`);
    }
    return { token, source };
  });
  return {
    list: given.map(({ token, source }) => ({ digest: digest(token), source })),
    isWeak: given.some(({ token }) => token.length < minStrongCharacters),
  };
}

/**
 * Finds the sources that the bearer token of an `Authorization` header may send as, in constant time; a null entry means
 * any.
 * @returns empty for a wrong token; null without a bearer token
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
