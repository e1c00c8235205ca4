import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { isSystemError, SnoopDbError } from '../errors.ts';
import {
  fixedColumns,
  ownedColumns,
  type Right,
  relationRights,
  sharedFunctions,
  workbenchRole,
} from '../rights/relation-rights.ts';
import { type Pool, type Queryable, withTransaction } from './database.ts';

/**
 * Makes the role of the workbench, or takes the one that is there, and gives it its rights in this database: those of the
 * list and no others. Safe to run again.
 *
 * @param password null: that of the role stays; a new one has none, and cannot come in by password
 * @returns whether the role is new
 * @throws SnoopDbError `not_allowed` when this role may not make roles, is not the schemas' owner, or the role that is there
 *   could do more than the list says
 */
export async function grantWorkbench(pool: Pool, password: string | null): Promise<{ isNew: boolean }> {
  for (let triesLeft = 3; ; triesLeft -= 1) {
    try {
      return await grantOnce(pool, password);
    } catch (error) {
      // Roles are of the whole server, where no lock of one database keeps two of these apart.
      const isRace = ['42710', '23505', 'XX000'].some((code) => isSystemError(error, code));
      if (!isRace || triesLeft === 0) throw error;
    }
  }
}

async function grantOnce(pool: Pool, password: string | null): Promise<{ isNew: boolean }> {
  return withTransaction(pool, async (client) => {
    const isNew = !(await findRole(client));
    const quoted = password === null ? '' : ` password ${pg.escapeLiteral(hashPassword(password))}`;
    const statement = `${isNew ? 'create' : 'alter'} role ${workbenchRole} login${quoted}`;
    if (isNew || password !== null) await refuseWithWay(() => client.query(statement), statementForOthers);
    await refuseWithWay(
      () => grantRights(client),
      'Do it as the role that owns the schemas public, conformance and testing.',
    );
    return { isNew };
  });
}

/**
 * Whether the role is there.
 * @throws SnoopDbError `not_allowed` when it could do more than the list says
 */
export async function findRole(client: Queryable): Promise<boolean> {
  const found = await client.query<{ isTooStrong: boolean }>(
    `select rolsuper or pg_has_role(rolname, (select nspowner from pg_namespace where nspname = 'testing'), 'member')
            as "isTooStrong"
       from pg_roles where rolname = $1`,
    [workbenchRole],
  );
  if (found.rows[0]?.isTooStrong) {
    throw new SnoopDbError(
      'not_allowed',
      `The role ${workbenchRole} is a superuser or a member of the schemas' owner, so it could rewrite evidence. ` +
        'Take that from it, then grant again.',
    );
  }
  return found.rowCount !== 0;
}

const statementForOthers = `This needs CREATEROLE, or ADMIN on the role if it exists. Ask an administrator to run: create role ${workbenchRole} login; then grant again without a password.`;

/** Gives the role of the workbench its rights, and takes all others. It has to be there. */
async function grantRights(client: Queryable): Promise<void> {
  await client.query(`grant usage on schema public, conformance, testing to ${workbenchRole}`);
  for (const [relation, rights] of Object.entries(relationRights)) {
    await client.query(`revoke all on ${relation} from ${workbenchRole}`);
    for (const right of rights) {
      const without = listOwnedColumns(relation, right);
      const of = without.length === 0 ? '' : ` (${(await listColumns(client, relation, without)).join(', ')})`;
      await client.query(`grant ${right}${of} on ${relation} to ${workbenchRole}`);
    }
  }
  for (const name of sharedFunctions) await client.query(`grant execute on function ${name} to ${workbenchRole}`);
}

/** The columns of a relation that a right leaves out. */
function listOwnedColumns(relation: string, right: Right): readonly string[] {
  if (right !== 'insert' && right !== 'update') return [];
  const owned = ownedColumns[relation] ?? [];
  return right === 'insert' ? owned : [...owned, ...(fixedColumns[relation] ?? [])];
}

/** After a migration: where the role is there, it gets its rights in what is new. */
export async function grantRightsIfThere(client: Queryable): Promise<void> {
  const found = await client.query('select from pg_roles where rolname = $1', [workbenchRole]);
  if (found.rowCount !== 0) await grantRights(client);
}

async function listColumns(client: Queryable, relation: string, without: readonly string[]): Promise<string[]> {
  const found = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> all ($2) order by attnum`,
    [relation, without],
  );
  return found.rows.map(({ name }) => name);
}

async function refuseWithWay(work: () => Promise<unknown>, way: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error;
    throw new SnoopDbError('not_allowed', `SnoopDB refuses: ${error.message}. ${way}`, { cause: error });
  }
}

const iterations = 4096;

/**
 * A password as PostgreSQL keeps it (RFC 5803): so the password itself stands in no statement, and in no log of the server.
 * @throws SnoopDbError `bad_password`
 */
function hashPassword(password: string): string {
  // SASLprep, which both sides would have to do, changes nothing of these.
  if (!/^[\x21-\x7e]+$/.test(password)) {
    throw new SnoopDbError(
      'bad_password',
      'A password has printable ASCII characters only, no blanks, and one at least.',
    );
  }
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
