import { describeError, SnoopDbError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';

/** Why there was no answer: certificate dates, another problem of the certificate, or anything else. */
export interface ConnectionError {
  readonly kind: 'dates' | 'certificate' | 'other';
  /** As a sentence without a full stop. */
  readonly why: string;
}

/** Codes of OpenSSL and Node.js: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const dateCodes = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const certificateCodes = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Explains an error of `sendRaw` or of a connection. */
export function explainConnection(error: unknown): ConnectionError {
  const origin = error instanceof SnoopError && error.code === 'no_answer' ? error.cause : error;
  const code = origin instanceof Error && 'code' in origin ? String(origin.code) : '';
  const kind = dateCodes.has(code) ? 'dates' : certificateCodes.has(code) ? 'certificate' : 'other';
  if (origin instanceof Error && (origin.name === 'TimeoutError' || origin.name === 'AbortError')) {
    return { kind, why: 'no answer in time' };
  }
  const message = origin instanceof SnoopDbError ? origin.message : describeError(origin);
  return { kind, why: (message || code).replace(/\.$/, '') };
}
