import { SnoopError } from '../../errors.ts';

/** A platform, named as in Go and in Kubernetes' downloads. */
export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: string;
}

const goArchitectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

/** @throws SnoopError `unknown_platform` where Kubernetes has no control plane */
export function readPlatform(os: string = process.platform, cpu: string = process.arch): Platform {
  const arch = goArchitectures[cpu];
  if ((os === 'linux' || os === 'darwin') && arch !== undefined) return { os, arch };
  throw new SnoopError('unknown_platform', `A local control plane needs Linux or macOS; this is ${os} on ${cpu}.`, {
    advice: ["Use another cluster: 'snoop test --kubeconfig FILE'."],
  });
}
