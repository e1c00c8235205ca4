import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { splitCertificates, toError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** An environment variable is limited to 128 KiB on Linux. */
const maxBytes = 128 * 1024 - 100;

/**
 * Reads the CA certificates that this machine trusts besides Node's own: builds must trust them, too, if a mirror or
 * proxy uses one.
 *
 * @param file PEM, from NODE_EXTRA_CA_CERTS
 * @returns PEM in base64; null when there are none
 * @throws SnoopError `bad_ca_certificates`
 */
export function readExtraCaCertificates(file: string | undefined): string | null {
  if (!file) return null;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SnoopError('bad_ca_certificates', `NODE_EXTRA_CA_CERTS names ${file}: ${toError(error).message}`, {
      cause: error,
    });
  }
  const known = new Set(rootCertificates.map(withoutSpace));
  const extra = splitCertificates(text).filter((pem) => !known.has(withoutSpace(pem)));
  if (extra.length === 0) return null;
  const encoded = Buffer.from(`${extra.join('\n')}\n`).toString('base64');
  if (encoded.length <= maxBytes) return encoded;
  throw new SnoopError(
    'bad_ca_certificates',
    `${file} has ${extra.length} certificates that Node does not have, too many for a build.`,
    {
      advice: ['Set NODE_EXTRA_CA_CERTS to a file with only those that the package mirror needs.'],
    },
  );
}

function withoutSpace(pem: string): string {
  return pem.replace(/\s/g, '');
}
