import { createInterface, type Interface } from 'node:readline';
import { type Pool, type PoolClient, withClient } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { describeError, printResult, type StatementResult } from './result.ts';
import { splitStatements } from './statements.ts';

const welcome = `psql is not on the PATH; this is snoop's own prompt. Statements end with a semicolon.
\\d lists the relations, \\d NAME the columns of one, \\? shows help, \\q quits.
`;

const explanation = `  \\d              all relations with their descriptions
  \\d SCHEMA.NAME  the columns of one
  \\?              this page
  \\q              quit (or Ctrl-D)
Ctrl-C cancels the running statement, or discards what was typed.
`;

/**
 * Reads statements from a terminal or a pipe, runs them one after another on one connection, and prints tables.
 *
 * @param commands statements to run instead, as with `-c`
 * @returns 0; 3 when a statement of a pipe or of `commands` failed
 */
export async function runPrompt(pool: Pool, commands: readonly string[], context: Context): Promise<number> {
  return withClient(pool, async (client) => {
    const session = await openSession(pool, client, context);
    try {
      if (commands.length > 0) return (await session.runAll(commands)) ? 0 : 3;
      const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      return isTerminal ? await runInteractive(session, context) : await runPiped(session);
    } finally {
      session.close();
    }
  });
}

interface Session {
  /** Runs statements until one fails. */
  runAll(statements: readonly string[]): Promise<boolean>;
  /** Runs one line that starts with a backslash. */
  runMetaCommand(line: string): Promise<'done' | 'leave' | 'unknown'>;
  /** Cancels the running statement. @returns false when none runs */
  cancel(): boolean;
  close(): void;
}

async function openSession(pool: Pool, client: PoolClient, context: Context): Promise<Session> {
  const { stdout, stderr, signal } = context;
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  let running = false;
  const cancel = (): boolean => {
    // On another connection, since this one is busy.
    if (running) pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => {});
    return running;
  };
  signal.addEventListener('abort', cancel, { once: true });
  const onNotice = (notice: { message?: string | undefined }): void => {
    stderr.write(`NOTICE:  ${escapeControlCharacters(notice.message ?? '')}\n`);
  };
  client.on('notice', onNotice);

  const run = async (statement: string): Promise<boolean> => {
    if (/^\s*copy\b[^;]*\b(stdin|stdout)\b/i.test(statement)) {
      stderr.write('ERROR:  this prompt does not support COPY from stdin or to stdout; use psql.\n');
      return false;
    }
    running = true;
    try {
      for (const result of toResults(await client.query(createTextQuery(statement)))) printResult(stdout, result);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      stderr.write(describeError(error, statement));
      return false;
    } finally {
      running = false;
    }
  };

  return {
    async runAll(statements) {
      for (const statement of statements) if (!(await run(statement))) return false;
      return true;
    },
    async runMetaCommand(line) {
      const [word = '', ...names] = line.trim().replace(/;$/, '').split(/\s+/);
      if (word === '\\q') return 'leave';
      if (word === '\\?' || word === '\\h') stdout.write(explanation);
      else if (/^\\d\w?\+?$/.test(word)) await run(describeRelations(names[0]));
      else {
        stderr.write(`Unknown command ${escapeControlCharacters(word)}. \\? shows help.\n`);
        return 'unknown';
      }
      return 'done';
    },
    cancel,
    close: () => {
      signal.removeEventListener('abort', cancel);
      client.off('notice', onNotice);
    },
  };
}

function describeRelations(name: string | undefined): string {
  if (name === undefined) return 'select * from public.describe_relations()';
  const [relation = '', schema] = name.replaceAll('"', '').split('.').reverse();
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  if (schema !== undefined) return `select * from public.describe_columns(${quote(schema)}, ${quote(relation)})`;
  return `select described.* from public.describe_relations() as found, public.describe_columns(found.schema, found.name) as described
           where found.name = ${quote(relation)}`;
}

/** Values as PostgreSQL prints them. */
function createTextQuery(statement: string) {
  return { text: statement, rowMode: 'array' as const, types: { getTypeParser: () => (value: string) => value } };
}

/** `pg` returns a list when the text has several statements. */
function toResults(result: unknown): StatementResult[] {
  return (Array.isArray(result) ? result : [result]) as StatementResult[];
}

/** Runs a pipe's statements up to the first error; the last one needs no semicolon. */
async function runPiped(session: Session): Promise<number> {
  let buffer = '';
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (buffer.trim() === '' && line.trimStart().startsWith('\\')) {
      const outcome = await session.runMetaCommand(line);
      if (outcome !== 'done') return outcome === 'leave' ? 0 : 3;
      continue;
    }
    const { statements, rest } = splitStatements(`${buffer}${line}\n`);
    buffer = rest;
    if (!(await session.runAll(statements))) return 3;
  }
  const last = buffer.trim();
  return last === '' || (await session.runAll([last])) ? 0 : 3;
}

/** Runs a terminal's statements; errors do not end the session. */
async function runInteractive(session: Session, context: Context): Promise<number> {
  const { stdout, stderr } = context;
  stderr.write(welcome);
  const lines: Interface = createInterface({ input: process.stdin, output: stdout, historySize: 200 });
  let buffer = '';
  const ask = (): void => {
    lines.setPrompt(buffer.trim() === '' ? 'snoop=> ' : 'snoop-> ');
    lines.prompt();
  };
  // readline handles Ctrl-C itself in a terminal.
  lines.on('SIGINT', () => {
    if (session.cancel()) return;
    buffer = '';
    // Go to the end of the line and delete it.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    stdout.write('\n');
    ask();
  });
  ask();
  for await (const line of lines) {
    if (buffer.trim() === '' && line.trimStart().startsWith('\\')) {
      if ((await session.runMetaCommand(line)) === 'leave') break;
    } else if (buffer.trim() === '' && /^(exit|quit)\s*;?\s*$/i.test(line)) break;
    else {
      const { statements, rest } = splitStatements(`${buffer}${line}\n`);
      buffer = rest;
      await session.runAll(statements);
    }
    ask();
  }
  lines.close();
  return 0;
}
