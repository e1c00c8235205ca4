import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { explainSystemError } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../../errors.ts';

/** A shorter token can be guessed. */
const minCharacters = 16;
const maxCharacters = 1024;

/** Reads the token of a file: its only line. @throws SnoopError `wrong_use`, `bad_token_file`, without the content */
export async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SnoopError('bad_token_file', `--token-file ${file} cannot be read: ${explainSystemError(cause)}.`, {
      exitCode: 2,
      cause,
    });
  });
  const token = text.trim();
  if (/^[!-~]+$/.test(token) && token.length >= minCharacters && token.length <= maxCharacters) return token;
  throw wrongUse(
    `--token-file ${file} must hold one token of ${minCharacters} to ${maxCharacters} letters, digits or signs, without spaces.`,
    `'openssl rand -hex 32 > ${file}' creates one.`,
  );
}

/** Lets in browsers that opened the link with the token once: it sets a cookie. */
export class TokenGate {
  readonly #token: Buffer;
  readonly #cookie: Buffer;
  readonly #cookieValue: string;
  readonly #cookieName: string;

  constructor(token: string) {
    this.#token = digest(token);
    // Not the token itself: browsers store cookies on disk.
    this.#cookieValue = createHmac('sha256', token).update('snoop ui').digest('base64url');
    this.#cookie = digest(this.#cookieValue);
    // Browsers send a cookie to all ports of a host, where other pages may have other tokens.
    this.#cookieName = `snoop-ui-${this.#cookie.toString('hex').slice(0, 8)}`;
  }

  isToken(given: string): boolean {
    return timingSafeEqual(digest(given), this.#token);
  }

  /** @param header the `Cookie` of a request */
  hasCookie(header: string | undefined): boolean {
    const values = (header ?? '').split(';').flatMap((part) => {
      const [name, value] = part.trim().split('=', 2);
      return name === this.#cookieName && value !== undefined ? [value] : [];
    });
    return values.filter((value) => timingSafeEqual(digest(value), this.#cookie)).length > 0;
  }

  /** The `Set-Cookie` of the link. */
  formatCookie(): string {
    return `${this.#cookieName}=${this.#cookieValue}; HttpOnly; SameSite=Strict; Path=/`;
  }
}

/** Comparison in constant time needs equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
