/** Shorter texts are also parts of words. */
const minCharacters = 4;
const hidden = '***';

/** Secrets that must not be printed: error messages of other programs may contain them. */
export class Secrets {
  readonly #known = new Set<string>();

  /** Adds a token, password or key; empty and short ones are ignored. */
  add(secret: string | null | undefined): void {
    if (secret && secret.trim().length >= minCharacters) this.#known.add(secret.trim());
  }

  /** Adds the password of a URL, as written and decoded. */
  addUrl(url: string | null | undefined): void {
    if (!url || !URL.canParse(url)) return;
    const { password, searchParams } = new URL(url);
    for (const text of [password, searchParams.get('password')]) {
      this.add(text);
      try {
        this.add(decodeURIComponent(text ?? ''));
      } catch {
        // Not encoded.
      }
    }
  }

  /** Hides the known secrets, and everything that looks like one. */
  redact(text: string): string {
    let left = text;
    // Longer ones first: one secret may contain another.
    for (const secret of [...this.#known].sort((a, b) => b.length - a.length)) left = left.replaceAll(secret, hidden);
    return left
      .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden)
      .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi, '$1')
      .replaceAll(/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${hidden}`)
      .replaceAll(/([?&](?:password|token|access_token)=)[^&#\s]*/gi, `$1${hidden}`)
      .replaceAll(/\bey[\w-]{8,}\.[\w-]+\.[\w-]*/g, hidden);
  }
}
