import { quoteGo } from './go-text.ts';
import type { GoTypes } from './go-types.ts';
import type { Imports } from './imports.ts';
import type { Literals } from './literals.ts';
import type { MadeValues } from './made-values.ts';
import type { Scope } from './scope.ts';

/** What a test's calls are written with. */
export interface CallWriter {
  readonly types: GoTypes;
  readonly imports: Imports;
  readonly scope: Scope;
  readonly values: MadeValues;
  readonly literals: Literals;
}

/** A call of client-go. */
export interface ClientCall {
  /** Statements before it: the object that is sent. */
  readonly before: readonly string[];
  /** The expression. */
  readonly code: string;
  /** The Go type of what it returns besides an error; `dynamic`: unstructured; null: only an error. */
  readonly returns: string | null;
  /** Variable of the client; null: a raw request. */
  readonly client: string | null;
}

export const metav1 = 'k8s.io/apimachinery/pkg/apis/meta/v1';

export function expectNoError(message: string, imports: Imports): string {
  return `${imports.use('k8s.io/kubernetes/test/e2e/framework')}.ExpectNoError(err, ${quoteGo(message.replaceAll('%', '%%'))})`;
}

export function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
