import { X509Certificate } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { SnoopError } from '../errors.ts';
import { ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { readBearerToken } from './secrets.ts';
import { onlyFinding } from './station.ts';
import type { DoctorOptions } from './options.ts';
import type { Station } from './station.ts';

/** A credential plugin may contact another server. */
const limitMs = 30_000;

/** Which cluster, and whether the kubeconfig gives credentials that are valid by their dates. */
export const kubeconfigStation: Station = {
  name: 'kubeconfig',
  limitMs: () => limitMs,
  async check({ options, secrets }) {
    const target = await findTarget(options);
    if ('state' in target) return onlyFinding(target);
    const { kubeconfig, context, server, user } = target;
    for (const one of readKubeconfig(kubeconfig).users) {
      for (const secret of [one.token, one.password, one.keyData]) secrets.add(secret);
    }
    const access = openOwnKubeConfig(kubeconfig);
    const request: RequestOptions = {};
    try {
      await access.applyToHTTPSOptions(request);
    } catch (error) {
      if (!(error instanceof SnoopError)) throw error;
      return { findings: [wrong('no_credentials', { why: error.message }, error.advice)], facts: { target } };
    }
    const token = readBearerToken(request);
    secrets.add(token);
    const kind = request.cert ? 'a client certificate' : token === null ? 'no token or certificate' : 'a token';
    const found = [...checkCertificate(request.cert, user), ...checkToken(token, user)];
    const sentence = `context ${context} of ${kubeconfig.files.join(', ')}: ${server}, user ${user} with ${kind}`;
    return { findings: found.length > 0 ? found : [ok(sentence)], facts: { target, access } };
  },
};

async function findTarget({
  kubeconfig,
  context,
  environment,
  stateFolder,
  cwd,
  progress,
}: DoctorOptions): Promise<Target | Finding> {
  try {
    return await selectTarget({ kubeconfig, context, environment, stateFolder, cwd, progress });
  } catch (error) {
    if (!(error instanceof SnoopError) || error.code === 'wrong_use') throw error;
    if (error.code === 'no_control_plane') return wrong('no_cluster', { folder: stateFolder }, error.advice);
    return wrong('kubeconfig_unusable', { why: error.message }, error.advice);
  }
}

function checkCertificate(pem: RequestOptions['cert'], user: string): Finding[] {
  if (typeof pem !== 'string' && !Buffer.isBuffer(pem)) return [];
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    return [wrong('no_credentials', { why: `the client certificate of ${user} cannot be read: ${String(error)}` })];
  }
  const { validFrom, validTo } = certificate;
  if (Date.parse(validTo) < Date.now()) return [wrong('client_certificate_expired', { user, date: validTo })];
  if (Date.parse(validFrom) > Date.now()) return [wrong('client_certificate_early', { user, date: validFrom })];
  return [];
}

/** Tokens of service accounts and OpenID Connect are JSON Web Tokens (RFC 7519); others have no readable date. */
function checkToken(token: string | null, user: string): Finding[] {
  const [, payload] = token?.split('.') ?? [];
  if (payload === undefined) return [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const expiry = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : null;
    if (typeof expiry !== 'number' || expiry * 1000 > Date.now()) return [];
    return [wrong('token_expired', { user, date: new Date(expiry * 1000).toISOString() })];
  } catch {
    return [];
  }
}
