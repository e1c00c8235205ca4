import type { AnsweredObject } from './made-values.ts';
import type { Scope } from './scope.ts';

/** Whether `err` is declared at this point of the test. */
export interface Flow {
  isDeclared: boolean;
}

/** Lines of Go, written when all variables that are used have their names. */
export type Statement = (flow: Flow) => readonly string[];

/** An answer, with a variable only if something uses it. */
export class Answer implements AnsweredObject {
  readonly isTyped: boolean;
  readonly #scope: Scope;
  readonly #wanted: string;
  #name: string | null = null;

  constructor(scope: Scope, wanted: string, isTyped: boolean) {
    [this.#scope, this.#wanted, this.isTyped] = [scope, wanted, isTyped];
  }

  use(): string {
    this.#name ??= this.#scope.allocate(this.#wanted);
    return this.#name;
  }

  /** null: nothing uses it. */
  get name(): string | null {
    return this.#name;
  }
}

export function lines(...text: readonly string[]): Statement {
  return () => text;
}

/** Assigns what a call returns. */
export function assign(answer: Answer | null, code: string): Statement {
  return (flow) => {
    const isNew = answer?.name !== null && answer !== null;
    const left = answer === null ? 'err' : `${answer.name ?? '_'}, err`;
    const operator = isNew || !flow.isDeclared ? ':=' : '=';
    flow.isDeclared = true;
    return [`${left} ${operator} ${code}`];
  };
}

/** Indents lines, also those of literals. */
export function indent(text: readonly string[], tabs = 1): string[] {
  const pad = '\t'.repeat(tabs);
  return text.flatMap((line) => line.split('\n')).map((line) => (line === '' ? '' : `${pad}${line}`));
}
