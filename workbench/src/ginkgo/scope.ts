import { identifierGo, maskLiterals } from './go-text.ts';
import { packageNames } from './imports.ts';

/** Words that Go or every generated test uses. */
const reserved: readonly string[] = [
  ...['break', 'case', 'chan', 'const', 'continue', 'default', 'defer', 'else', 'fallthrough', 'for', 'func', 'go'],
  ...['goto', 'if', 'import', 'interface', 'map', 'package', 'range', 'return', 'select', 'struct', 'switch', 'type'],
  ...['var', 'any', 'append', 'bool', 'byte', 'cap', 'clear', 'close', 'copy', 'delete', 'error', 'false', 'int32'],
  ...['int64', 'len', 'make', 'max', 'min', 'new', 'nil', 'panic', 'print', 'println', 'string', 'true'],
  ...['ctx', 'current', 'err', 'event', 'f', 'object'],
];

/** The variables of a generated test. */
export class Scope {
  readonly #taken = new Set([...reserved, ...packageNames]);
  readonly #declarations: { readonly name: string; readonly text: string }[] = [];
  readonly #shared = new Map<string, string>();

  /** Chooses a name that no other variable has. */
  allocate(wanted: string): string {
    const base = identifierGo(wanted);
    let name = base;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${base}${number}`;
    this.#taken.add(name);
    return name;
  }

  /** Declares a variable at the start of the test, once for a key. */
  declare(key: string, wanted: string, code: string): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.allocate(wanted);
    this.#shared.set(key, name);
    this.#declarations.push({ name, text: `${name} := ${code}` });
    return name;
  }

  /** The declarations that code uses: what a literal needed that could not be written is left out. */
  declarationsFor(code: string): string[] {
    const words = new Set(listWords(code));
    const used: string[] = [];
    for (const { name, text } of [...this.#declarations].reverse()) {
      if (!words.has(name)) continue;
      used.unshift(text);
      for (const word of listWords(text)) words.add(word);
    }
    return used;
  }
}

function listWords(code: string): readonly string[] {
  return maskLiterals(code).match(/[A-Za-z_]\w*/g) ?? [];
}
