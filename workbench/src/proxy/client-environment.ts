import type { ClientFiles } from './client-files.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The environment of a program whose requests go through the proxy. */
export function createClientEnvironment(
  env: Variables,
  proxy: { readonly url: string; readonly token: string },
  files: ClientFiles,
): Variables {
  return {
    ...env,
    KUBECONFIG: files.kubeconfig,
    KUBECACHEDIR: files.cache,
    SNOOP_PROXY: proxy.url,
    SNOOP_PROXY_CA: files.ca,
    SNOOP_PROXY_TOKEN: proxy.token,
    ...skipProxies(env),
  };
}

/** curl and others send even requests to loopback through the proxies of the environment. */
function skipProxies(env: Variables): Variables {
  const names = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  if (!names.some((name) => env[name])) return {};
  const hosts = [env.no_proxy || env.NO_PROXY, '127.0.0.1'].filter(Boolean).join(',');
  return { no_proxy: hosts, NO_PROXY: hosts };
}
