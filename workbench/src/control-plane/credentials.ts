import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@snoop/snoopdb';
import type { Layout } from './layout.ts';
import type { State } from './state.ts';

const dayMs = 24 * 60 * 60 * 1000;
const minDaysLeft = 14;

/** Writes the credentials of the apiserver and of those that use it; existing keys are kept. */
export function writeCredentials(layout: Layout, state: State): void {
  mkdirSync(layout.certs, { recursive: true, mode: 0o700 });
  mkdirSync(layout.controllerManagerCerts, { recursive: true, mode: 0o700 });
  mkdirSync(layout.schedulerCerts, { recursive: true, mode: 0o700 });
  if (!existsSync(layout.serviceAccountKey)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileAtomically(layout.serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  // token,user,uid,"groups": https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
  const tokens = [
    `${state.tokens.admin},admin,admin,"system:masters"`,
    `${state.tokens.controllerManager},system:kube-controller-manager,system:kube-controller-manager`,
    `${state.tokens.scheduler},system:kube-scheduler,system:kube-scheduler`,
    // As the admin: a role of its own would be an object that no author of a test expects.
    `${state.tokens.kwok},kwok,kwok,"system:masters"`,
  ];
  writeFileAtomically(layout.tokens, `${tokens.join('\n')}\n`);
  if (!existsSync(layout.statusToken)) {
    writeFileAtomically(layout.statusToken, `${randomBytes(24).toString('base64url')}\n`);
  }
  removeExpiringCertificate(layout.apiserverCertificate);
  removeExpiringCertificate(join(layout.controllerManagerCerts, 'kube-controller-manager.crt'));
  removeExpiringCertificate(join(layout.schedulerCerts, 'kube-scheduler.crt'));
}

/** All three servers create a missing certificate, valid for a year, but also start with an expired one. */
function removeExpiringCertificate(file: string): void {
  if (!existsSync(file)) return;
  let daysLeft = 0;
  try {
    daysLeft = (Date.parse(new X509Certificate(readFileSync(file)).validTo) - Date.now()) / dayMs;
  } catch {
    // A truncated certificate (full disk) is replaced.
  }
  if (daysLeft >= minDaysLeft) return;
  rmSync(file, { force: true });
  rmSync(file.replace(/\.crt$/, '.key'), { force: true });
}

/**
 * Writes a kubeconfig for one server and one user, readable only by its owner.
 *
 * @param ca the server's CA certificate, as PEM
 */
export function writeKubeconfig(
  file: string,
  server: string,
  ca: string,
  user: { readonly name: string; readonly token: string },
): void {
  writeFileAtomically(
    file,
    `apiVersion: v1
kind: Config
current-context: snoop
contexts:
- name: snoop
  context:
    cluster: snoop
    user: ${user.name}
clusters:
- name: snoop
  cluster:
    server: ${server}
    certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
- name: ${user.name}
  user:
    token: ${user.token}
`,
  );
}
