import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { splitCertificates, toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** A word of the environment takes at most 128 KiB on Linux. */
const maxBytes = 128 * 1024 - 100;

/**
 * The authorities that this machine trusts beside those that every Node trusts: builds have to trust them too, where a mirror or a proxy
 * is behind one.
 *
 * @param file PEM, as NODE_EXTRA_CA_CERTS names it
 * @returns PEM in base64; null when there are none
 * @throws SnoopError `bad_authorities`
 */
export function readExtraCaCertificates(file: string | undefined): string | null {
  if (!file) return null;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SnoopError('bad_authorities', `NODE_EXTRA_CA_CERTS names ${file}: ${toError(error).message}`, {
      cause: error,
    });
  }
  const known = new Set(rootCertificates.map(withoutSpace));
  const extra = splitCertificates(text).filter((pem) => !known.has(withoutSpace(pem)));
  if (extra.length === 0) return null;
  const encoded = Buffer.from(`${extra.join('\n')}\n`).toString('base64');
  if (encoded.length <= maxBytes) return encoded;
  throw new SnoopError(
    'bad_authorities',
    `${file} holds ${extra.length} certificates that Node does not know, too many for a build.`,
    {
      advice: ['Name a file with those that the package mirror needs in NODE_EXTRA_CA_CERTS.'],
    },
  );
}

function withoutSpace(pem: string): string {
  return pem.replace(/\s/g, '');
}
