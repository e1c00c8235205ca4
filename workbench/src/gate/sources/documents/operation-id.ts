/** The verbs that begin an operation's name in a kube-apiserver. `deletecollection` is `delete` there. */
const verbs = /^(?:get|log|read|replace|patch|delete|watch|connect|proxy|list|create)/;

/**
 * The operationId that a kube-apiserver makes of an operation's name and its path: `listNamespacedWidget` below
 * `/apis/example.com/v1` is `listExampleComV1NamespacedWidget` (Kubernetes:
 * staging/src/k8s.io/apiserver/pkg/endpoints/openapi/openapi.go).
 */
export function formatOperationId(operation: string, path: string): string {
  const verb = verbs.exec(operation)?.[0] ?? '';
  const [group, version] = splitGroup(path);
  return `${verb}${toWords(group, true)}${toWords(version, true)}${toWords(operation.slice(verb.length), true)}`;
}

/** The tag of a group and version: `exampleCom_v1`. */
export function formatTag(path: string): string {
  const [group, version] = splitGroup(path);
  return `${toWords(group, false)}_${toWords(version, false)}`;
}

function splitGroup(path: string): [group: string, version: string] {
  const [, group = '', version = ''] = path.split('/').filter(Boolean);
  return [group.replace(/\.k8s\.io$/, ''), version];
}

/** Without punctuation; the letter after it, and the first one if asked for, in upper case. */
function toWords(text: string, capitalize: boolean): string {
  let isUpper = capitalize;
  let words = '';
  for (const [index, letter] of [...text].entries()) {
    if (/[\p{L}_]/u.test(letter) || (index > 0 && /\p{Nd}/u.test(letter))) {
      words += isUpper ? letter.toUpperCase() : letter;
      isUpper = false;
    } else isUpper = true;
  }
  return words;
}
