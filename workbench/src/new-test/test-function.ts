import type { CallNeeds } from './client-calls.ts';
import { Expression, objectName, testNamespace } from './draft.ts';
import type { Draft, DraftFields } from './draft.ts';
import { findKnownNeed, usualNames } from './known-needs.ts';
import { slug } from './names.ts';
import { openMark } from './outline.ts';
import { formatApiVersion } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import { formatImport, formatValue, placeholder, quote } from './source-text.ts';

/** A body of a generated class. */
export interface TypedBody {
  readonly type: string;
  readonly value: Draft;
  readonly imports: readonly string[];
}

/** The parts of a written test. */
export interface TestCode {
  readonly kind: ServedKind;
  /** null: nothing is created. */
  readonly body: Draft | null;
  readonly sentences: readonly string[];
  readonly title: string;
  readonly steps: readonly string[];
  readonly typed: TypedBody | null;
}

/** Writes the test around its steps. */
export function writeFunction({ kind, body, sentences, title, steps, typed }: TestCode, needs: CallNeeds): string[] {
  const creator = body === null ? [] : writeCreator(kind, body, typed, sentences);
  const names = findKnownNeed(kind)?.names ?? usualNames;
  const identity = uses(steps, 'identity') ? [`  const identity = ${formatValue(identify(kind), 2, 20)};`] : [];
  const code = [...creator, ...steps, ...identity];
  const isReadOnly = body === null;
  const second = uses(steps, 'second') ? [`  const second = ${names.second.code};`] : [];
  const named = [...(uses(code, 'name') ? [`  const name = ${names.first.code};`] : []), ...second];
  const setup = names.setup.filter(() => named.length > 0).map((line) => `  ${line}`);
  const selector = uses(steps, 'labelSelector')
    ? [`  const labelSelector = \`live-test=${placeholder('label')}\`;`]
    : [];
  const lines = isReadOnly
    ? ['name', 'namespace'].filter((name) => uses(steps, name)).map((name) => `  let ${name} = '';`)
    : [...setup, ...named, ...identity, ...selector];
  const label = uses([...lines, ...code], 'label') ? [`  const label = uniqueName(${quote(slug(kind.kind))});`] : [];
  const waiting = uses(steps, 'waiting') ? ['  const waiting = { timeout: 30_000, interval: 100 };'] : [];
  const clients = [...needs.setup].filter(([name]) => uses(steps, name)).map(([, line]) => `  ${line}`);
  const fixtures = ['cluster', ...(uses(code, 'namespace') && !isReadOnly ? ['namespace'] : []), 'step'];
  return [
    `liveTest(${quote(title)}, async ({ ${fixtures.join(', ')} }) => {`,
    ...[...clients, ...label, ...lines, ...waiting],
    ...creator,
    '',
    ...steps,
    '});',
  ];
}

/** What the object API needs to find the object. */
function identify(kind: ServedKind): DraftFields {
  const place = kind.namespaced ? { namespace: testNamespace } : {};
  return { apiVersion: formatApiVersion(kind), kind: kind.kind, metadata: { name: objectName, ...place } };
}

/** `name` and `namespace` are parameters and fixtures of the test. */
function writeCreator(kind: ServedKind, body: Draft, typed: TypedBody | null, sentences: readonly string[]): string[] {
  const reason = findKnownNeed(kind)?.reason;
  const comments = [
    ...(reason === undefined ? [] : [`  // ${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`]),
    ...sentences.map((sentence) => `  // ${openMark} ${sentence}`),
  ];
  const value = typed?.value ?? body;
  const head = `const createBody = (${usesName(body) ? 'name: string' : ''})${typed === null ? '' : `: ${typed.type}`} => (`;
  return ['', ...comments, `  ${head}${formatValue(value, 2, 2 + head.length + 2)});`];
}

/** Whether an object's name is part of a body. */
export function usesName(body: Draft): boolean {
  if (body instanceof Expression) return /\bname\b/.test(body.code);
  if (typeof body !== 'object' || body === null) return false;
  return Object.values(body).some(usesName);
}

/** Writes the imports that code uses. */
export function writeImports(needs: CallNeeds, code: readonly string[], typed: TypedBody | null): string[] {
  const types = ['KubernetesObject', ...(typed === null ? [] : [typed.type])].filter((name) => uses(code, name));
  const text = [...code, ...needs.constants.values()];
  const values = [...needs.imports, ...(typed?.imports ?? [])].filter((name) =>
    // A constant may be written for steps that were left out.
    uses(uses(code, 'mergePatch') ? text : code, name),
  );
  const library = '@kubernetes/client-node';
  const vitest = ['expect', 'vi'].filter((name) => uses(code, name));
  const workbench = ['liveTest', ...(uses(code, 'uniqueName') ? ['uniqueName'] : [])];
  return [
    ...(types.length === 0 ? [] : [formatImport(types, library, true)]),
    ...(values.length === 0 ? [] : [formatImport(values, library)]),
    formatImport(workbench, '@snoop/workbench'),
    ...(vitest.length === 0 ? [] : [formatImport(vitest, 'vitest')]),
  ];
}

/** Whether code uses a name, other than as a field. */
export function uses(code: readonly string[], name: string): boolean {
  const used = new RegExp(String.raw`(?<![.\w'$-])${name}(?![\w'-]|: )|\$\{${name}\}`);
  return code.some((line) => !/^\s*\/\//.test(line) && used.test(line));
}
