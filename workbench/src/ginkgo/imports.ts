/** Packages that Kubernetes imports under another name than their last part (hack/.import-aliases, and its e2e tests). */
const aliases: Readonly<Record<string, string>> = {
  'k8s.io/api/core/v1': 'v1',
  'k8s.io/apimachinery/pkg/api/errors': 'apierrors',
  'k8s.io/apimachinery/pkg/apis/meta/v1': 'metav1',
  'k8s.io/apimachinery/pkg/util/rand': 'utilrand',
  'k8s.io/client-go/tools/watch': 'watchtools',
  'k8s.io/pod-security-admission/api': 'admissionapi',
};

/** Names that the imports of a generated file can have; variables must not. */
export const packageNames: readonly string[] = [
  ...['context', 'ginkgo', 'gomega', 'framework', 'json', 'meta', 'ptr', 'resource', 'intstr', 'retry', 'runtime'],
  ...['schema', 'time', 'types', 'unstructured', 'wait', 'watch', ...Object.values(aliases)],
];

/** Packages of a Go file. */
export class Imports {
  readonly #paths = new Set<string>();

  /** Imports a package and returns the name it has in the file. */
  use(path: string): string {
    this.#paths.add(path);
    return nameOf(path);
  }

  /** Formats those that a file uses, in the groups of Kubernetes' e2e tests. */
  format(code: string): string {
    const isUsed = (path: string): boolean => new RegExp(`\\b${nameOf(path)}\\.`).test(code);
    const sorted = [...this.#paths].filter(isUsed).sort((a, b) => (a < b ? -1 : 1));
    const isStandard = (path: string): boolean => !path.includes('.');
    const isKubernetes = (path: string): boolean => path.startsWith('k8s.io/');
    const groups = [
      sorted.filter(isStandard),
      sorted.filter((path) => !isStandard(path) && !isKubernetes(path)),
      sorted.filter(isKubernetes),
    ];
    const texts = groups.filter((group) => group.length > 0).map((group) => group.map(formatImport).join(''));
    return `import (\n${texts.join('\n')})\n`;
  }
}

function formatImport(path: string): string {
  const name = nameOf(path);
  const isPlain =
    (path.endsWith(`/${name}`) && aliases[path] === undefined) || path === name || path === 'github.com/onsi/ginkgo/v2';
  return `\t${isPlain ? '' : `${name} `}"${path}"\n`;
}

function nameOf(path: string): string {
  const alias = aliases[path];
  if (alias !== undefined) return alias;
  if (path === 'github.com/onsi/ginkgo/v2') return 'ginkgo';
  const api = /^k8s\.io\/api\/(.+)$/.exec(path)?.[1];
  return api === undefined ? (path.split('/').at(-1) ?? path) : api.replaceAll('/', '');
}
